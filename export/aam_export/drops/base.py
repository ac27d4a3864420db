"""What a drop is to the delivery: a place that takes whole files under final names."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from aam_export.staging import StagedFile

READ_BYTES = 1 << 20


class Drop(Protocol):
    """A destination. Every method raises DropError in words a person can act on."""

    destination: str
    """The destination as configured, in one spelling: what the ledger remembers."""

    def url(self, key: str) -> str:
        """Where the object of a key stands."""
        ...

    def check(self) -> None:
        """Find out, without leaving anything behind, what would make a delivery fail: before a batch is begun."""
        ...

    def list_names(self, partner_name: str) -> list[str]:
        """Names of the files that stand under a partner's folder; none where the drop does not let us look."""
        ...

    def put(self, file: StagedFile, key: str, *, attempted: bool, advance: Callable[[int], None]) -> None:
        """Put a file under its final key, complete or not at all, and verify it.

        `attempted` says that this batch tried before, with an unknown outcome: an equal object there is then ours.
        Never overwrites: raises ConflictError where a different object stands. `advance` is told bytes as they leave.
        """
        ...


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while data := handle.read(READ_BYTES):
            digest.update(data)
    return digest.hexdigest()
