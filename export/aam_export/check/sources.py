"""Where the bytes of files to check come from. Local files here; a drop gives its own sources."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from aam_export.errors import ConfigurationError


class Source(Protocol):
    """One file. `label` names it in reports, `parts` are its folders and, last, its name."""

    @property
    def label(self) -> str: ...
    @property
    def parts(self) -> tuple[str, ...]: ...
    @property
    def size(self) -> int: ...
    def open(self) -> BinaryIO: ...


@dataclass(frozen=True)
class LocalSource:
    """A file on this machine."""

    path: Path

    @property
    def label(self) -> str:
        return str(self.path)

    @property
    def parts(self) -> tuple[str, ...]:
        return self.path.absolute().parts

    @property
    def size(self) -> int:
        return self.path.stat().st_size

    def open(self) -> BinaryIO:
        return self.path.open("rb")


@dataclass(frozen=True)
class Tree:
    """Files that were named together: all of a folder (`whole`), or one file by itself."""

    label: str
    sources: tuple[Source, ...]
    whole: bool


def local_trees(paths: Iterable[Path]) -> list[Tree]:
    """The files that paths of files and folders name, in the order of their paths."""
    trees = []
    for path in paths:
        if path.is_dir():
            files = sorted(found for found in path.rglob("*") if found.is_file())
            trees.append(Tree(str(path), tuple(map(LocalSource, files)), whole=True))
        elif path.exists():
            trees.append(Tree(str(path), (LocalSource(path),), whole=False))
        else:
            raise ConfigurationError(f"{path} does not exist", hint="name a file or a folder to check")
    return trees
