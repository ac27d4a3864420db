"""Measures the detectors of personal data on generated rows, and writes the counts into docs/pii.md.

make pii [SEED=1] [PEERS=1]

Every text is made from the seed: numbers with right checks by python-stdnum and phonenumbers, and honest IDs and
values of more than sixty shapes. Where the package Faker is installed, phone numbers and bank accounts as its locales
write them are asked about as well. With --peers, what pii_peers.py finds in the same texts goes into a table beside.
"""

from __future__ import annotations

import argparse
import importlib
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "tests/support"))

from pii_detectors import detect  # noqa: E402
from pii_samples import Sample, encoded_emails, honest, in_texts, phones, populations, positives  # noqa: E402
from sandbox import DUCKDB, Sandbox  # noqa: E402

PAGE = REPOSITORY / "docs/pii.md"
BEGIN, END = "<!-- Written by `make pii` from here on. -->\n", "<!-- Up to here. -->\n"
PEERS_BEGIN = "<!-- Written by `make pii PEERS=1` from here on. -->\n"
POPULATION, PERSONAL, AMONG = "population ", "of numbers by population", "honest, among or like them"
HONEST = ("honest IDs and values", AMONG)
# What the models ask of a text, whatever its population.
TIMED = """
select
    count({{ aam_inbound.pii_kind('text') }}),
    count({{ aam_inbound.pii_ambiguous_shape('text') }}),
    count({{ aam_inbound.pii_ambiguous_kind('text') }})
from {{ target.schema }}.samples
"""
KINDS = (
    "email",
    "payment_card",
    "iban",
    "us_ssn",
    "uk_nino",
    "fr_nir",
    "es_dni",
    "it_codice_fiscale",
    "ipv4",
    "ipv6",
    "phone",
)


def of_locales(seed: int, count: int) -> Iterator[Sample]:
    """Phone numbers and bank accounts as Faker's locales write them; none where it is not installed."""
    try:
        package, config = importlib.import_module("faker"), importlib.import_module("faker.config")
    except ImportError:
        return
    package.Faker.seed(seed)
    for locale in sorted(config.AVAILABLE_LOCALES):
        faker = package.Faker(locale)
        for kind, make in (("phone", "phone_number"), ("iban", "iban")):
            if not hasattr(faker, make):
                continue
            for _ in range(count):
                text = str(getattr(faker, make)())
                if not text.isdigit():
                    yield Sample(text, kind, f"{kind}, as Faker's locales write it")


def named(sample: Sample) -> Sample:
    """The sample, its group as a row of the page."""
    where = {"_in_text": " in one piece, in a text", "_encoded": " in base64 or hex"}
    for ending, told in where.items():
        if sample.group.endswith(ending):
            return Sample(sample.text, sample.kind, sample.group.removesuffix(ending) + told)
    if sample.group.startswith("phone_"):
        return Sample(sample.text, sample.kind, f"phone, {sample.group.removeprefix('phone_')}")
    return sample


def row_of(sample: Sample) -> str:
    """The row of the page in which a sample is counted."""
    if sample.group.startswith(POPULATION):
        return PERSONAL if sample.kind else AMONG
    return sample.group if sample.kind else HONEST[0]


def by_row(samples: Sequence[Sample], flags: Sequence[bool]) -> dict[str, list[bool]]:
    """Whether something was found in each text, by row of the page; kinds first, in their order."""
    found: defaultdict[str, list[bool]] = defaultdict(list)
    for sample, flag in zip(samples, flags, strict=True):
        found[row_of(sample)].append(flag)
    kinds = sorted(group for group in found if group.startswith(KINDS))
    return {group: found[group] for group in (*kinds, PERSONAL, *HONEST)}


def table(found: dict[str, list[bool]]) -> list[str]:
    """The lines of the page: what was found of each group, and how many honest texts were flagged."""
    lines = ["| rows | of | found |", "|---|---|---|"]
    for group, flags in found.items():
        if group == HONEST[0]:
            lines += ["", "| honest rows | of | flagged |", "|---|---|---|"]
        lines.append(f"| {group} | {len(flags)} | {sum(flags)} ({share(flags)}) |")
    return lines


def beside(columns: dict[str, dict[str, list[bool]]], speed: dict[str, float]) -> list[str]:
    """A table of several detectors: what each found, and what it flagged."""
    lines = [f"| rows | of | {' | '.join(columns)} |", "|---|---|" + "---|" * len(columns)]
    first = next(iter(columns.values()))
    for group, flags in first.items():
        said = " | ".join(share(column[group]) for column in columns.values())
        lines.append(f"| {'flagged of ' if group in HONEST else ''}{group} | {len(flags)} | {said} |")
    kinds = [group for group in first if group not in HONEST]
    for title, groups in (("**all that is personal**", kinds), ("**flagged of all that is honest**", HONEST)):
        all_flags = [[flag for group in groups for flag in column[group]] for column in columns.values()]
        lines.append(f"| {title} | {len(all_flags[0])} | {' | '.join(f'**{share(flags)}**' for flags in all_flags)} |")
    lines.append(f"| texts a second, on one core | | {' | '.join(f'{speed[name]:,.0f}' for name in columns)} |")
    return lines


def seconds_of_ours(sandbox: Sandbox) -> float:
    """Processor time of the detectors over the samples, in one thread."""
    sandbox.write("models/timed.sql", TIMED)
    outcome = sandbox.dbt("compile", "--select", "timed")
    assert outcome.returncode == 0, outcome.stdout
    [compiled] = (sandbox.folder / "target/compiled").rglob("timed.sql")
    with duckdb.connect(str(sandbox.database), read_only=True, config={"threads": 1}) as connection:
        sql = compiled.read_text(encoding="utf-8")
        connection.execute(sql).fetchall()
        began = time.process_time()
        connection.execute(sql).fetchall()
        return time.process_time() - began


def compare(python: str, sandbox: Sandbox, samples: list[Sample], ours: dict[str, list[bool]]) -> list[str]:
    """The lines of the table beside the peers, which the interpreter `python` can import."""
    asked, answers = sandbox.folder / "texts.json", sandbox.folder / "answers.json"
    asked.write_text(json.dumps([sample.text for sample in samples]), encoding="utf-8")
    subprocess.run([python, str(REPOSITORY / "scripts/pii_peers.py"), str(asked), str(answers)], check=True)
    columns, speed = {"ours": ours}, {"ours": len(samples) / seconds_of_ours(sandbox)}
    for name, said in json.loads(answers.read_text(encoding="utf-8")).items():
        column = f"{name} {said['version']}"
        columns[column] = by_row(samples, said["found"])
        speed[column] = len(samples) / said["seconds"]
    return beside(columns, speed)


def share(found: list[bool]) -> str:
    return f"{100 * sum(found) / len(found):.2f} %"


def write(begin: str, lines: list[str]) -> None:
    """Put lines between a mark of the page and the next end."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(begin)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{begin}\n{chr(10).join(lines)}\n\n{END}{after}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=400, help="texts of each kind")
    parser.add_argument("--write", action="store_true", help="write the table into docs/pii.md")
    parser.add_argument("--peers", metavar="PYTHON", help="compare with what this interpreter has: see pii_peers.py")
    parser.add_argument("--missed", action="store_true", help="print what was missed, and what was flagged wrongly")
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    samples = [
        *map(named, positives(rng, arguments.count)),
        *map(named, phones(rng, 3)),
        *map(named, in_texts(rng, arguments.count)),
        *map(named, encoded_emails(rng, arguments.count)),
        *of_locales(arguments.seed, 20),
        *(Sample(s.text, None, f"honest {s.group}") for s in honest(rng, arguments.count // 4)),
        *(Sample(s.text, s.kind, f"{POPULATION}{s.group}") for s in populations(rng)),
    ]
    with tempfile.TemporaryDirectory() as folder:
        sandbox = DUCKDB.adopt(Path(folder))
        rows = detect(sandbox, samples)
        found = by_row(samples, [bool(row.kind or row.population_kind) for row in rows])
        compared = compare(arguments.peers, sandbox, samples, found) if arguments.peers else []
    print("\n".join([*table(found), "", *compared]))
    if arguments.missed:
        for row in rows:
            if bool(row.kind or row.population_kind) != bool(row.sample.kind):
                print(row.sample.group, repr(row.sample.text), row.kind or row.population_kind)
    if arguments.write:
        write(BEGIN, table(found))
        if compared:
            write(PEERS_BEGIN, compared)


if __name__ == "__main__":
    main()
