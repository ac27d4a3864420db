"""Writes the table of settings in docs/drops.md, as the exporter describes them; a test compares it.

make docs
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aam_export.settings import DropSettings

PAGE = Path(__file__).resolve().parents[1] / "docs" / "drops.md"
BEGIN = "<!-- Written by `make docs` up to the next marker. -->\n"
END = "<!-- /settings -->\n"


def default_of(value: Any) -> str:
    """As YAML has it; nothing for what has no default of its own."""
    if value is None or value == ():
        return "none"
    if isinstance(value, tuple):
        return ", ".join(f"`{item}`" for item in value)
    return f"`{str(value).lower()}`" if isinstance(value, bool) else f"`{value}`"


def table() -> str:
    """A row a setting, in the order of the class."""
    rows = ["| setting | default | takes | means |", "|---|---|---|---|"]
    for name, field in DropSettings.model_fields.items():
        default = "required" if field.is_required() else default_of(field.default)
        rows.append(f"| `{name}` | {default} | {DropSettings.takes(name)} | {field.description} |")
    return "\n".join(rows) + "\n"


def main() -> None:
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise SystemExit(f"{PAGE} has no place for the table: {BEGIN}{END}")
    PAGE.write_text(before + BEGIN + table() + end + after, encoding="utf-8")


if __name__ == "__main__":
    main()
