"""What a file is to everybody who handles one: its name, what it holds, and how large it may become."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from aam_export.files.names import DataFileName, IdSyncFileName

BLOCK_BYTES = 1 << 20
SentFileName = DataFileName | IdSyncFileName


@dataclass(frozen=True)
class SplitLimits:
    """No file grows beyond these sizes in bytes, unless one user alone does (S1, S2, S8)."""

    compressed: int
    uncompressed: int

    @property
    def block_bytes(self) -> int:
        """Blocks small enough that a file comes close to its limit, whatever that is."""
        return max(1, min(BLOCK_BYTES, self.compressed // 16, self.uncompressed // 16))


@dataclass(frozen=True)
class FileContent:
    """What a file holds. Sizes in bytes; `crc32` is of the lines, `sha256` of the file."""

    size: int
    line_bytes: int
    lines: int
    users: int
    signals: int
    crc32: int
    sha256: str


@dataclass(frozen=True)
class StagedFile:
    """A finished file in the staging folder.

    `earlier` are contents that stood for the same lines before: encryption makes other bytes of them every time.
    """

    name: SentFileName
    path: Path
    content: FileContent
    earlier: tuple[FileContent, ...] = ()

    @property
    def contents(self) -> tuple[FileContent, ...]:
        """All that may stand in the drop and be this file."""
        return (self.content, *self.earlier)
