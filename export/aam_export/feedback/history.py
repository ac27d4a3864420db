"""The history of inbound files, whose form is not public, without the people in it (A12, R13).

Asked with details of sampled errors, it has rows of the customer's own files. So a value is kept in clear where its
member's name tells that it is no person's, and is a SHA-256 everywhere else; an ID can still be looked for. What is
nested may be samples: of it, only the numbers that R3 and R11 name are kept in clear.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any

_LABELS = (
    "records received", "received records", "records processed", "processed records", "stored records", "format errors",
    "invalid aam id", "invalid device id", "no matching aam id", "no trait realized", "total devices", "total signals",
    "total unused signals", "unused signals", "total realized traits", "realized traits", "total removed traits",
    "total traits failed validation", "percentage success", "percent success",
)  # fmt: skip
_COUNTS = {label.replace(" ", "") for label in _LABELS}
# Words of which names of members are made; any other name may be an ID itself. Those of people, and of what is theirs:
_PERSONAL = frozenset(
    ("uuid", "dpuuid", "user", "users", "device", "devices", "signal", "signals", "key", "value", "values", "sample",
     "samples", "sampled", "row", "rows", "line", "lines")
)  # fmt: skip
_WORDS = _PERSONAL.union(
    (word for label in _LABELS for word in label.split()),
    ("data", "sync", "file", "name", "names", "source", "sources", "active", "sampling", "details", "error", "errors",
     "type", "types", "count", "date", "time", "start", "end", "job", "status", "state", "created", "updated", "ids",
     "pid", "dpid", "list", "of"),
)  # fmt: skip


def without_people(item: Mapping[str, Any]) -> dict[str, Any]:
    """An object of the answer as it may be kept."""
    return {_name(name): _top(name, value) for name, value in item.items()}


def _top(name: str, value: Any) -> Any:
    if isinstance(value, dict | list) or not _is_plain(_words(name)):
        return _nested(name, value)
    return value


def _is_plain(words: Iterable[str]) -> bool:
    """Whether a member of the object itself is of a file, and of nobody."""
    words = list(words)
    return "".join(words) in _COUNTS or (_WORDS.issuperset(words) and _PERSONAL.isdisjoint(words))


def _nested(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {_name(inner): _nested(inner, item) for inner, item in value.items()}
    if isinstance(value, list):
        return [_nested("", item) for item in value]
    if value is None or isinstance(value, bool):
        return value
    words = _words(name)
    is_count = isinstance(value, int | float) and "".join(words) in _COUNTS
    return value if is_count or words == ["error", "type"] else _hashed(str(value))


def _name(name: str) -> str:
    return name if _WORDS.issuperset(_words(name)) else _hashed(name)


def _words(name: str) -> list[str]:
    """The words of a name, whichever way it joins them: `dataFileName`, `No Matching AAM ID`; digits are words, too."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^A-Za-z\s_-]+", name)]


def _hashed(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
