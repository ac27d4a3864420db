"""Every rule that is cited stands in export/aam_export/rules.yml, and every rule there is kept and shown, or says why not."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

from aam_export.rules import LIST, read, rules

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
import make_rules_docs
from make_rules_docs import REPOSITORY

# Where rules are cited: all that people write here, but for the demo's invented rows and Adobe's sample files.
FOLDERS = (".ci", ".github", "demo", "docs", "export", "macros", "models", "scripts", "seeds", "tests")
SUFFIXES = {".csv", ".example", ".md", ".py", ".sql", ".toml", ".yml"}
NOT_OURS = {".venv", "build", "dbt_packages", "fixtures", "logs", "raw", "target"}
# A capital letter and a number, standing alone: `(L7)`, `rule="S4"`, `U1-U8`, `# M8`. Not %C3%A9, a2-B2 or T08:00.
CITATION = re.compile(r"(?:(?<![\w%&.\\-])|(?<=[A-Z]\d-)|(?<=[A-Z]\d\d-))[A-Z][1-9]\d?(?![\w%]|-\d)")
# Groups that are cited as a whole, by their letters: `(R)`, `(L3, L5, U)`, `rule="D"`.
GROUPS = re.compile(r'(?<=\()[A-Z]\d{0,2}(?:, [A-Z]\d{0,2})*(?=\))|(?<=rule=")[A-Z](?=")')
# Those between two: `U1 to U8`, `N1-N11`.
RANGE = re.compile(r"\b([A-Z])(\d{1,2})(?: to |[-\u2013])\1(\d{1,2})\b")
# What reads as a citation, and is none.
OTHERS = {
    "pyproject.toml": {"C4", "T20"},  # families of ruff's checks
    "test_pii_detectors.py": {"M1", "Q1", "X11"},  # texts that are no personal data
}
PAGES = ("rules.md", "delivery.md")
# Pages outside this repository, which no reader of it has.
ELSEWHERE = re.compile(r"\(design\b|\bdelivery \d|aam-(?:inbound|feedback)-spec|\breview\.md", re.IGNORECASE)


@cache
def texts() -> list[tuple[Path, str]]:
    """Every file that may cite a rule, but the list itself, the pages made from it, and the samples below."""
    left_out = {LIST, Path(__file__), *(make_rules_docs.DOCS / page for page in PAGES)}
    files = [file for file in REPOSITORY.iterdir() if file.is_file()]
    files += [file for folder in FOLDERS for file in (REPOSITORY / folder).rglob("*")]
    return [
        (file, file.read_text(encoding="utf-8"))
        for file in sorted(files)
        if file.suffix in SUFFIXES
        and file not in left_out
        and not NOT_OURS.intersection(file.relative_to(REPOSITORY).parts)
    ]


def citations(text: str) -> Iterator[tuple[int, str]]:
    """Line and number of every rule, or letter of every group, that a text cites."""
    for line, words in enumerate(text.splitlines(), 1):
        found = CITATION.findall(words)
        found += [cited for group in GROUPS.findall(words) for cited in group.split(", ") if len(cited) == 1]
        yield from ((line, cited) for cited in found)


def unresolved(text: str) -> list[str]:
    known = rules().keys() | read()["groups"].keys()
    return [f"{line}: {cited}" for line, cited in citations(text) if cited not in known]


def cites(text: str, number: str) -> bool:
    cited = {cited for _, cited in citations(text)}
    for letter, first, last in RANGE.findall(text):
        cited.update(f"{letter}{between}" for between in range(int(first), int(last)))
    return number in cited


def test_every_citation_resolves() -> None:
    found = [
        f"{file.relative_to(REPOSITORY)}:{cited}"
        for file, text in texts()
        for cited in unresolved(text)
        if cited.rpartition(" ")[2] not in OTHERS.get(file.name, ())
    ]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "too long (Z9)",
        "too long (S4, Z9)",
        "too long (S4 to Z9)",
        "names (N1-Z9)",
        'raise RecordError("too long", rule="Z9")',
        "('too_long', 'Z9', 'a signal that is too long'),",
        "    'Z9' as rule,",
        "- {user_id: good, reason: signal_too_long, rule: Z9}",
        "| `too_long` | Z9 | too long |",
        '"""Z9. Nothing else."""',
        "most = 10  # Z9",
        "crm,too_long,Z9",
        "of the groups (L, Q)",
        'raise GateError("not marked", rule="Q")',
        "(L77)",
    ],
)
def test_a_citation_of_no_rule_is_seen(text: str) -> None:
    assert len(unresolved(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "an S3 server, `s3://bucket`, SHA-256, UTF-8, MD5, R2D2",
        "dpuuid=%C3%A9&x=%E9%A1%A7%E5%AE%A2-7",
        "aam-export run --now 2018-01-01T08:00:00",
        'of_id("maid", "a1-B2-c3"), "12345678-Z", "2024-W01-1", "ab_C3_d"',
        "(S4), (U1 to U8), (L4-L7), (N1, N2; M6), (L, S), (R)",
        'ignore = ["S101", "S603"]  # E501',
    ],
)
def test_what_is_no_citation_is_let_be(text: str) -> None:
    assert unresolved(text) == []


def test_citations_are_looked_for_where_they_stand() -> None:
    """An empty search would find nothing wrong."""
    found = {cited for file, text in texts() if file.name not in OTHERS for _, cited in citations(text)}
    assert {number for number, rule in rules().items() if rule.enforced_by} <= found
    assert {file.suffix for file, text in texts() if any(citations(text))} >= {".py", ".sql", ".yml", ".md", ".toml"}


def test_no_page_is_cited_that_is_not_here() -> None:
    assert [file.name for file, text in texts() if ELSEWHERE.search(text)] == []
    assert ELSEWHERE.search("refused (design, delivery 9)")


@pytest.mark.parametrize("number", rules())
def test_a_rule_is_enforced_and_shown_or_says_why_not(number: str) -> None:
    rule = rules()[number]
    if rule.not_enforced:
        assert not (rule.enforced_by or rule.shown_by or make_rules_docs.reasons_of(number))
        return
    assert rule.enforced_by, f"{number}: nobody enforces it"
    assert rule.shown_by, f"{number}: no test shows it"
    for entry in (*rule.enforced_by, *rule.shown_by):
        files = make_rules_docs.files_of(entry)
        assert len(files) == 1, f"{number}: {entry} is {len(files)} files"
        assert any(cites(text, number) for text in evidence(entry, files[0])), f"{number}: {entry} does not cite it"


def evidence(entry: str, file: Path) -> Iterator[str]:
    """What may cite the rule: a file, for a model also its description, for a unit test nothing but its own."""
    kind, name = make_rules_docs.split(entry)
    if kind != "unit test":
        yield file.read_text(encoding="utf-8")
    if kind in ("model", "unit test"):
        yield described().get((kind, name), "")


@cache
def described() -> dict[tuple[str, str], str]:
    """Kind and name of all that YAML describes → its part of the file."""
    contents = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in (REPOSITORY / "models").rglob("*.yml")]
    return {
        (kind, part["name"]): yaml.safe_dump(part, width=10_000)
        for content in contents
        for kind, parts in (("model", "models"), ("unit test", "unit_tests"))
        for part in content.get(parts, ())
    }


def test_rules_with_reasons_name_their_list() -> None:
    named = {number for number, rule in rules().items() if "macro inbound_reject_reasons" in rule.enforced_by}
    assert named == {number for number in rules() if make_rules_docs.reasons_of(number)} != set()


def test_sources_and_groups_are_those_of_the_rules() -> None:
    content = read()
    assert {source for rule in rules().values() for source in rule.source} == content["sources"].keys()
    assert list(dict.fromkeys(number[0] for number in rules())) == list(content["groups"])
    assert all(rule.source for rule in rules().values())
    assert [number for number, rule in rules().items() if ("design" in rule.source) != (number[0] == "V")] == []


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_are_made_from_the_list(page: str) -> None:
    text = (make_rules_docs.DOCS / page).read_text(encoding="utf-8")
    assert text.partition(make_rules_docs.MARKER)[2] == make_rules_docs.pages()[page], "run `make docs`"


def test_what_check_reports_is_on_its_page() -> None:
    """docs/check.md says of each rule that `aam-export check` reports what to do."""
    page = (REPOSITORY / "docs/check.md").read_text(encoding="utf-8")
    cells = re.findall(r"^\| ((?:[A-Z]\d+(?:, |\u2013)?)+) \|", page, re.MULTILINE)
    told: set[str] = set()
    for cell in ", ".join(cells).split(", "):
        first, _, last = cell.partition("\u2013")
        told |= {f"{first[0]}{number}" for number in range(int(first[1:]), int((last or first)[1:]) + 1)}
    in_check = (REPOSITORY / "export/aam_export/check").rglob("*.py")
    reported = {number for file in in_check for number in re.findall(r'"([A-Z]\d+)"', file.read_text(encoding="utf-8"))}
    assert reported <= told <= rules().keys()
