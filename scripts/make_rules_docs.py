"""Writes the rules of export/aam_export/rules.yml into their pages of docs, below the markers; a test compares them.

make docs
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from aam_export.rules import Rule, read, rules

REPOSITORY = Path(__file__).resolve().parents[1]
DOCS = REPOSITORY / "docs"
PAGE = "rules.md"
MARKER = "<!-- Written by `make docs` from here on. -->\n"
REASONS = REPOSITORY / "macros/rules/inbound_reject_reasons.sql"
# Where each kind of thing that rules.yml names has its file.
FILES = {
    "model": ("models", "**/{}.sql"),
    "macro": ("macros", "**/{}.sql"),
    "dbt test": ("tests", "**/{}.sql"),
    "module": ("export/aam_export", "{}.py"),
    "pytest": ("tests", "**/{}.py"),
}


def split(entry: str) -> tuple[str, str]:
    """Kind and name: `dbt test line_form`, or a file of pytest by its name alone."""
    kind, _, name = entry.rpartition(" ")
    return kind or "pytest", name


def files_of(entry: str) -> list[Path]:
    """The files that an entry of `enforced_by` or `shown_by` names: one, unless it is wrong."""
    kind, name = split(entry)
    if kind == "unit test":
        name_of_test = re.compile(rf"^  - name: {re.escape(name)}$", re.MULTILINE)
        found = (REPOSITORY / "models").rglob("*.yml")
        return [file for file in found if name_of_test.search(file.read_text(encoding="utf-8"))]
    folder, pattern = FILES[kind]
    return sorted((REPOSITORY / folder).glob(pattern.format(name)))


def reasons_of(number: str) -> list[str]:
    """The reasons for which rows are kept out under a rule."""
    listed = re.findall(r"\('(\w+)', '(\w+)', ", REASONS.read_text(encoding="utf-8"))
    return [reason for reason, rule in listed if rule == number]


def linked(entry: str) -> str:
    """An entry with a link to its file."""
    kind, name = split(entry)
    files = files_of(entry)
    if len(files) != 1:
        raise SystemExit(f"rules.yml: {entry} is {len(files)} files, and should be one")
    return f"{'' if kind == 'pytest' else kind + ' '}[{name}]({os.path.relpath(files[0], DOCS)})"


def plain(text: str) -> str:
    """A text in which `<` is no beginning of HTML; what stands between backticks is as it is."""
    parts = text.split("`")
    parts[::2] = [part.replace("<", r"\<") for part in parts[::2]]
    return "`".join(parts)


def section(number: str, rule: Rule, sources: Mapping[str, str]) -> str:
    """A rule on its page."""
    text = rule.text[0].upper() + rule.text[1:]
    lines = [f"### {number}", "", f"**{plain(text)}.** {plain(rule.more)}".rstrip(), ""]
    facts = {
        "Source": "; ".join(sources[source] for source in rule.source if source != "design"),
        "Enforced by": ", ".join(map(linked, rule.enforced_by)),
        "Shown by": ", ".join(map(linked, rule.shown_by)),
        "[Reasons](rejects.md)": ", ".join(f"`{reason}`" for reason in reasons_of(number)),
        "Not enforced": rule.not_enforced,
        "Not held yet": rule.gap,
    }
    lines += [f"- {name}: {fact}" for name, fact in facts.items() if fact]
    return "\n".join(lines) + "\n"


def pages() -> dict[str, str]:
    """Page → what stands below its marker."""
    content = read()
    texts: dict[str, str] = {}
    for letter, group in content["groups"].items():
        page = group.get("page", PAGE)
        sections = [
            section(number, rule, content["sources"]) for number, rule in rules().items() if number[0] == letter
        ]
        title = f"\n## {letter}: {group['title']}\n" if page == PAGE else ""
        texts[page] = texts.get(page, "") + title + "".join(f"\n{text}" for text in sections)
    return texts


def main() -> None:
    for name, text in pages().items():
        page = DOCS / name
        written, marker, _ = page.read_text(encoding="utf-8").partition(MARKER)
        page.write_text(written + marker + text, encoding="utf-8")


if __name__ == "__main__":
    main()
