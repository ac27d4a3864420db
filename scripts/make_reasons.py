"""Writes what docs/rejects.md says of each reason into export/aam_export/report/reasons.json; a test compares them.

make docs
"""

from __future__ import annotations

import json
import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
PAGE = REPOSITORY / "docs" / "rejects.md"
LIST = REPOSITORY / "export" / "aam_export" / "report" / "reasons.json"
ROW = re.compile(r"^\| `(\w+)` \| (\w+) \| (.*) \| (.*) \|$", re.MULTILINE)


def plain(text: str) -> str:
    """Markdown without its marks."""
    return re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text).replace("`", "").replace("\\|", "|")


def text() -> str:
    """The reasons in the order of the page: slug → rule, what it is, how to mend it."""
    rows = ROW.findall(PAGE.read_text(encoding="utf-8"))
    reasons = {slug: {"rule": rule, "what": plain(what), "mend": plain(mend)} for slug, rule, what, mend in rows}
    return json.dumps(reasons, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    LIST.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
