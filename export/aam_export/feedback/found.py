"""A file, or a mail, that stands in a source."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

# Not there yet (O42), or of the store's own.
_UNFINISHED = (".tmp", ".part", ".filepart", ".crdownload")


@dataclass(frozen=True)
class Found:
    """A file, or a mail, that stands in a source.

    `path` is its place there, `name` the last part of it, `modified` when the store got it (UTC), as it tells.
    """

    source: str
    path: str
    size: int
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


def is_unfinished(name: str) -> bool:
    """Whether a name says that its file is still being written (O42)."""
    return name.startswith(".") or name.lower().endswith(_UNFINISHED)
