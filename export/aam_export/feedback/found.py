"""A file, or a mail, that stands in a source."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import BinaryIO

from aam_export.feedback.refusal import RefusedFile

# Not there yet (O42), or of the store's own.
_UNFINISHED = (".tmp", ".part", ".filepart", ".crdownload")
_NOT_STORABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True)
class Found:
    """A file, or a mail, that stands in a source.

    `path` is its place there, `name` the last part of it, `modified` when the store got it (UTC), as it tells. `size`
    is None where the store does not know it to the byte, as servers of mail may not.
    """

    source: str
    path: str
    size: int | None
    modified: datetime | None
    open: Callable[[], AbstractContextManager[BinaryIO]]
    is_mail: bool = False

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def place(self) -> str:
        """Where it stands, for people."""
        return self.path if self.source == self.path else f"{self.source.rstrip('/')}/{self.path}"


def unreadable(source: str, path: str, reason: str, hint: str) -> Found:
    """What stands there and can't be looked at: it is refused by its name, and costs nothing else."""

    @contextlib.contextmanager
    def refuse() -> Iterator[BinaryIO]:
        raise RefusedFile(reason, hint)
        yield

    return Found(source, path, None, None, refuse)


def is_unfinished(name: str) -> bool:
    """Whether a name says that its file is still being written (O42)."""
    return name.startswith(".") or name.lower().endswith(_UNFINISHED)


def moment(seconds: float | None) -> datetime | None:
    """When a store got a file (UTC), from Unix seconds; None where it does not say, or says what no time is."""
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, timezone.utc)
    except (ValueError, OverflowError, OSError):
        return None


def storable(text: str) -> str:
    """A text as any warehouse takes it: bytes that are not UTF-8, halves of characters and NUL stand as escapes."""
    return _NOT_STORABLE.sub(_escaped, text)


def _escaped(character: re.Match[str]) -> str:
    code = ord(character[0])
    # Python keeps a byte that it can't decode, as in foreign names of files, as a character of this range.
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else character[0].encode("unicode_escape").decode()
