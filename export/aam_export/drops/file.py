"""A folder as a drop: for trying out, for tests, and for whatever carries files on from there."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from aam_export.drops.base import sha256_of
from aam_export.errors import ConflictError, DropError, StagingError
from aam_export.staging import StagedFile

NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
PROBE = ".aam-export-probe"


class FileDrop:
    def __init__(self, folder: Path, destination: str) -> None:
        self._folder = folder
        self.destination = destination

    def url(self, key: str) -> str:
        return f"file:{self._folder / key}"

    def check(self) -> None:
        with _translated(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            # The same name in every run, so that what a killed one left is cleared away.
            folder = self._folder / PROBE
            shutil.rmtree(folder, ignore_errors=True)
            try:
                folder.mkdir()
                probe = folder / "probe"
                probe.touch()
                self._link(probe, probe.with_name("link"))
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def list_names(self, partner_name: str) -> list[str]:
        return [path.name for path in (self._folder / partner_name).glob("date=*/*")]

    def put(self, file: StagedFile, key: str, *, attempted: bool, advance: Callable[[int], None]) -> None:
        final = self._folder / key
        with _translated(final):
            final.parent.mkdir(parents=True, exist_ok=True)
            # The same name on every attempt, so that what a killed run left is written over and cleared away.
            temporary = final.with_name(f".{final.name}.part")
            try:
                if not final.exists():
                    shutil.copyfile(file.path, temporary)
                    if sha256_of(temporary) != file.content.sha256:
                        raise StagingError(
                            f"staged file {file.path} changed since it was verified",
                            hint="it was not delivered; check the disk, and run again",
                        )
                    _sync(temporary)
                    with contextlib.suppress(FileExistsError):
                        self._link(temporary, final)
            finally:
                temporary.unlink(missing_ok=True)
            for folder in (final.parent, *final.parent.parents):
                _sync(folder)
                if folder == self._folder.parent:
                    break
            if sha256_of(final) != file.content.sha256:
                raise ConflictError(
                    f"{final} exists and is not the file of this batch",
                    hint="find out who wrote it; move it away, and run again",
                )
        advance(file.content.size)

    def _link(self, temporary: Path, final: Path) -> None:
        """Give a whole file its final name; unlike a rename, a link never overwrites."""
        try:
            os.link(temporary, final)
        except FileExistsError:
            raise
        except OSError as error:
            if error.errno not in NO_LINKS:
                raise
            raise DropError(
                f"the drop {self._folder} is on a file system without hard links, "
                "where a file can't be put under its name without perhaps overwriting another",
                hint="use a folder on another file system, and have the files carried on from there",
            ) from error


@contextlib.contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DropError(
            f"can't write to the drop: {error.filename or path}: {error.strerror}",
            hint="mend the folder's rights or free space, and run again: what is there already is not sent twice",
        ) from error


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
