"""Measures the detectors of personal data on generated rows, and writes the counts into docs/pii.md.

make pii [SEED=1]

Every text is made from the seed: numbers with right checks by python-stdnum and phonenumbers, and honest IDs and
values of more than sixty shapes. Where the package Faker is installed, phone numbers and bank accounts as its locales
write them are asked about as well.
"""

from __future__ import annotations

import argparse
import importlib
import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "tests/support"))

from pii_detectors import Detected, detect  # noqa: E402
from pii_samples import Sample, encoded_emails, honest, in_texts, phones, populations, positives  # noqa: E402
from sandbox import DUCKDB  # noqa: E402

PAGE = REPOSITORY / "docs/pii.md"
BEGIN, END = "<!-- Written by `make pii` from here on. -->\n", "<!-- Up to here. -->\n"
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


def table(rows: list[Detected]) -> list[str]:
    """The lines of the page: what was found of each group, and how many honest texts were flagged."""
    found: defaultdict[str, list[bool]] = defaultdict(list)
    for row in rows:
        kind, flagged = row.sample.kind, bool(row.kind or row.population_kind)
        if row.sample.group.startswith("population "):
            found["of numbers by population" if kind else "honest, among or like them"].append(flagged)
        elif kind:
            found[row.sample.group].append(flagged)
        else:
            found["honest IDs and values"].append(flagged)
    order = [*(group for group in found if group.startswith(KINDS)), "of numbers by population"]
    lines = ["| rows | of | found |", "|---|---|---|"]
    for group in sorted(set(order) & set(found), key=lambda name: (name.startswith("of "), name)):
        lines.append(f"| {group} | {len(found[group])} | {sum(found[group])} ({share(found[group])}) |")
    lines += ["", "| honest rows | of | flagged |", "|---|---|---|"]
    for group in ("honest IDs and values", "honest, among or like them"):
        lines.append(f"| {group} | {len(found[group])} | {sum(found[group])} ({share(found[group])}) |")
    return lines


def share(found: list[bool]) -> str:
    return f"{100 * sum(found) / len(found):.2f} %"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=400, help="texts of each kind")
    parser.add_argument("--write", action="store_true", help="write the table into docs/pii.md")
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
        *(Sample(s.text, s.kind, f"population {s.group}") for s in populations(rng)),
    ]
    with tempfile.TemporaryDirectory() as folder:
        rows = detect(DUCKDB.adopt(Path(folder)), samples)
    lines = table(rows)
    print("\n".join(lines))
    if arguments.missed:
        for row in rows:
            if bool(row.kind or row.population_kind) != bool(row.sample.kind):
                print(row.sample.group, repr(row.sample.text), row.kind or row.population_kind)
    if arguments.write:
        page = PAGE.read_text(encoding="utf-8")
        before, _, rest = page.partition(BEGIN)
        after = rest.partition(END)[2]
        PAGE.write_text(f"{before}{BEGIN}\n{chr(10).join(lines)}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
