"""The table of drops and cases: as the suite ran it, and as docs/drops.md keeps it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

DONE, FAILED, SKIPPED, NOT_CONCERNED = "✓", "✗", "skipped", "-"
Cells = Mapping[tuple[str, str], str]


def render(drops: Sequence[str], cases: Sequence[str], cells: Cells) -> list[str]:
    """Lines of a Markdown table, a row a case; a pair that `cells` does not know is not concerned."""
    lines = ["| case | " + " | ".join(drops) + " |", "|---|" + "---|" * len(drops)]
    for case in cases:
        lines.append(f"| {case} | " + " | ".join(cells.get((drop, case), NOT_CONCERNED) for drop in drops) + " |")
    return lines


def test_id(drop: str, case: str) -> str:
    return f"{drop}: {case}"


def from_reports(reports: Iterable[tuple[str, str]]) -> list[str]:
    """The table of what ran: outcome and node ID of each test; no lines where none was of a case."""
    cells: dict[tuple[str, str], str] = {}
    words = {"passed": DONE, "failed": FAILED, "error": FAILED, "skipped": SKIPPED}
    for outcome, node_id in reports:
        match = re.search(r"::test_conformance\[(.+?): (.+)\]$", node_id)
        if match and outcome in words:
            pair = (match[1], match[2])
            if cells.get(pair) != FAILED:
                cells[pair] = words[outcome]
    drops, cases = (list(dict.fromkeys(pair[place] for pair in cells)) for place in (0, 1))
    return render(drops, cases, cells) if cells else []
