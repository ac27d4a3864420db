"""What a drop is to the delivery: a place that takes whole files under final names."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

from aam_export.errors import ConflictError, StagingError
from aam_export.files.content import FileContent, StagedFile
from aam_export.files.names import PROCESSED

READ_BYTES = 1 << 20
OK, WARNING, FAILED, SKIPPED = "ok", "warning", "failed", "skipped"


@dataclass(frozen=True)
class Finding:
    """What one check of `aam-export doctor` found. `hint` says what to do, where something is to be done."""

    check: str
    state: str
    message: str
    hint: str = ""


@dataclass
class Arrival:
    """What the ledger knows of a file that goes up under a temporary name: does it stand there, whole (`known`)?

    It is recorded just before the file gets its final name. Where later both names are gone, the file got it, and the
    receiver has taken it away (V4). `note` writes down what becomes of `known`.
    """

    known: bool = False
    note: Callable[[bool], None] = lambda known: None

    def record(self) -> None:
        if not self.known:
            self.known = True  # first: an answer of the ledger's that was lost may have been a yes
            self.note(True)

    def withdraw(self) -> None:
        self.note(False)
        self.known = False


class Drop(Protocol):
    """A destination. Every method raises DropError in words a person can act on."""

    destination: str
    """The destination as a URL, in one spelling: what the ledger remembers."""

    parallel_files: int
    """How many files may be put at a time, each from a thread of its own. Drops that keep an `arrival` put one."""

    def url(self, key: str) -> str:
        """Where the object of a key stands."""
        ...

    def check(self) -> None:
        """Find out, without leaving anything behind, what would make a delivery fail: before a batch is begun."""
        ...

    def list_names(self, partner_name: str) -> list[str] | None:
        """Names of the files that stand under a partner's folder; None where the drop does not let us look."""
        ...

    def put(
        self,
        file: StagedFile,
        key: str,
        *,
        attempted: bool,
        advance: Callable[[int], None],
        arrival: Arrival | None = None,
    ) -> FileContent:
        """Put a file under its final key, complete or not at all, and verify it; returns the content that stands.

        `attempted` says that this batch tried before, with an unknown outcome: an equal object there is then ours.
        Never overwrites: raises ConflictError where a different object stands. `advance` is told bytes as they leave,
        and 0 where we only wait; what it raises ends the attempt.
        Drops that rename keep `arrival`; the others need none.
        """
        ...


@runtime_checkable
class Probing(Protocol):
    """A drop that can say more than `check` of what would make a delivery fail, without sending data."""

    def probe(self, partner_name: str, now: datetime) -> Iterator[Finding]:
        """One finding a check, as they are made; leaves nothing behind. `now` is UTC, the files' day (N1)."""
        ...


def processed(name: str) -> str:
    """Under which name a file stands once the receiver has read it (R9). It is then there, and taken (R10)."""
    return name + PROCESSED


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while data := handle.read(READ_BYTES):
            digest.update(data)
    return digest.hexdigest()


def check_unchanged(file: StagedFile, sha256: str | None = None) -> None:
    """Raise StagingError unless the file on disk is the one that was verified; `sha256` is its own, where known."""
    if (sha256 or sha256_of(file.path)) != file.content.sha256:
        raise StagingError(
            f"staged file {file.path} changed since it was verified",
            hint="it was not delivered; check the disk, and run again",
        )


def conflict(url: str) -> ConflictError:
    return ConflictError(
        f"{url} exists and is not the file of this batch",
        hint="find out who wrote it; move it away, and run again",
    )
