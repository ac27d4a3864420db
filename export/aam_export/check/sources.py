"""Where the bytes of files to check come from. Local files here; a drop gives its own sources."""

from __future__ import annotations

import contextlib
import os
import select
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, Protocol

from aam_export.errors import ConfigurationError
from aam_export.printable import printable

PIPE_SECONDS = 2
"""How long a pipe in a folder is waited for; one that was named by itself is read like any program reads it."""


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
    """A file on this machine; `in_folder` says that it was found in a folder, and not named by itself."""

    path: Path
    in_folder: bool = False

    @cached_property
    def label(self) -> str:
        return printable(str(self.path))

    @cached_property
    def parts(self) -> tuple[str, ...]:
        return Path(os.path.normpath(self.path.absolute())).parts

    @property
    def size(self) -> int:
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    def open(self) -> BinaryIO:
        # Opened so, a pipe without a writer does not keep us waiting for ever.
        descriptor = os.open(self.path, os.O_RDONLY | (os.O_NONBLOCK if self.in_folder else 0))
        try:
            mode = os.fstat(descriptor).st_mode
            if not (stat.S_ISFIFO(mode) or stat.S_ISREG(mode)):
                raise OSError(0, "not a file")
            if self.in_folder and stat.S_ISFIFO(mode) and not select.select([descriptor], [], [], PIPE_SECONDS)[0]:
                raise OSError(0, "a pipe that nobody writes to")
            os.set_blocking(descriptor, True)
            return os.fdopen(descriptor, "rb")
        except BaseException:
            os.close(descriptor)
            raise


@dataclass(frozen=True)
class Tree:
    """Files that were named together: all of a folder (`whole`), or one file by itself.

    `unreadable` are the places below it that can't be looked at, and why. `root` are the parts of its own path, with
    which those of its sources begin.
    """

    label: str
    sources: tuple[Source, ...]
    whole: bool
    unreadable: tuple[tuple[str, str], ...] = ()
    root: tuple[str, ...] = ()


def local_trees(paths: Iterable[Path]) -> list[Tree]:
    """The files that paths of files and folders name, in the order of their paths.

    Links are followed, each file and folder once. Raises ConfigurationError for a path that is not there.
    """
    trees = []
    for path in paths:
        label = printable(str(path))
        try:
            found = os.stat(path)  # noqa: PTH116
        except (FileNotFoundError, NotADirectoryError, ValueError):
            raise ConfigurationError(f"{label} does not exist", hint="name a file or a folder to check") from None
        except OSError as error:
            trees.append(Tree(label, (), whole=True, unreadable=((label, _why(error)),)))
            continue
        if stat.S_ISDIR(found.st_mode):
            trees.append(_folder(path))
        else:
            trees.append(Tree(label, (LocalSource(path),), whole=False))
    return trees


def _folder(top: Path) -> Tree:
    files: list[Path] = []
    unreadable: list[tuple[str, str]] = []
    links: list[str] = []
    seen: set[tuple[int, int]] = set()
    _walk(str(top), files, links, unreadable, seen)
    known = _identities(files) if links else set()
    while links:  # after what is really here, so that a link to it is no second file
        link = links.pop(0)
        try:
            identity, is_folder = _identity(link)
        except OSError as error:
            unreadable.append((printable(link), f"a link that leads nowhere: {_why(error)}"))
            continue
        if not is_folder:
            if identity not in known:
                known.add(identity)
                files.append(Path(link))
        elif identity not in seen:
            found: list[Path] = []
            _walk(link, found, links, unreadable, seen)
            fresh = [file for file in found if not _identities([file]) & known]
            known |= _identities(fresh)
            files += fresh
    sources = tuple(LocalSource(file, in_folder=True) for file in sorted(files))
    parts = Path(os.path.normpath(top.absolute())).parts
    return Tree(printable(str(top)), sources, whole=True, unreadable=tuple(sorted(unreadable)), root=parts)


def _walk(
    top: str,
    files: list[Path],
    links: list[str],
    unreadable: list[tuple[str, str]],
    seen: set[tuple[int, int]],
) -> None:
    """All files below a folder; links are gathered, not followed."""
    folders = [top]
    while folders:
        folder = folders.pop()
        try:
            identity, _ = _identity(folder)
            if identity in seen:
                continue
            seen.add(identity)
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_symlink():
                        links.append(entry.path)
                    elif entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    else:
                        files.append(Path(entry.path))
        except OSError as error:
            unreadable.append((printable(folder), _why(error)))


def _identity(path: str | Path) -> tuple[tuple[int, int], bool]:
    """What a path leads to, whatever it is called, and whether that is a folder."""
    found = os.stat(path)  # noqa: PTH116
    return (found.st_dev, found.st_ino), stat.S_ISDIR(found.st_mode)


def _identities(files: Iterable[Path]) -> set[tuple[int, int]]:
    found = set()
    for file in files:
        with contextlib.suppress(OSError):  # it went away, which reading it will say
            found.add(_identity(file)[0])
    return found


def _why(error: OSError) -> str:
    return error.strerror or str(error)
