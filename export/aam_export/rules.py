"""The rules that this project cites by number, Audience Manager's and our own: what a message means by `S4`.

They stand in rules.yml, each with its source and with who sees to it; docs/rules.md and docs/delivery.md show them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

LIST = Path(__file__).with_suffix(".yml")
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times faster, where PyYAML was built with it


@dataclass(frozen=True)
class Rule:
    """A rule in a line (`text`), what that leaves out, and who sees to it; rules.yml says what each field holds."""

    text: str
    source: tuple[str, ...]
    more: str = ""
    enforced_by: tuple[str, ...] = ()
    shown_by: tuple[str, ...] = ()
    not_enforced: str = ""
    gap: str = ""


@cache
def read() -> dict[str, Any]:
    """The list as it is written: `sources`, `groups` and `rules`."""
    content: dict[str, Any] = yaml.load(LIST.read_text(encoding="utf-8"), Loader=LOADER)  # noqa: S506
    return content


@cache
def rules() -> Mapping[str, Rule]:
    """Number → rule, in the order of the list. Read when first asked for: most runs have nothing to explain."""
    found = {}
    for number, entry in read()["rules"].items():
        fields: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()
        }
        found[number] = Rule(**fields)
    return found
