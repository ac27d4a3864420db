"""A folder as a drop: for trying out, for tests, and for whatever carries files on from there.

A file stands whole under its final name, or not at all (V3).
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from aam_export.drops.base import Arrival, check_unchanged, conflict, processed, sha256_of
from aam_export.errors import DropError
from aam_export.files.content import FileContent, StagedFile

NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
PROBE = ".aam-export-probe"


class FileDrop:
    """A folder; files get their names by hard links, which never overwrite."""

    parallel_files = 1  # a disk is no faster for being asked twice

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

    def list_names(self, partner_name: str) -> list[str] | None:
        try:
            folders = [path for path in (self._folder / partner_name).iterdir() if path.name.startswith("date=")]
            return [path.name for folder in folders if folder.is_dir() for path in folder.iterdir()]
        except FileNotFoundError:
            return []
        except PermissionError:
            return None
        except OSError as error:
            raise DropError(
                f"can't list the drop: {error.filename or self._folder}: {error.strerror}",
                hint="mend the folder, and run again",
            ) from error

    def put(
        self,
        file: StagedFile,
        key: str,
        *,
        attempted: bool,
        advance: Callable[[int], None],
        arrival: Arrival | None = None,
    ) -> FileContent:
        final = self._folder / key
        arrival = arrival or Arrival()
        with _translated(final):
            final.parent.mkdir(parents=True, exist_ok=True)
            # The same name on every attempt, so that what a killed run left is written over and cleared away.
            temporary = final.with_name(f".{final.name}.part")
            taken = arrival.known and not temporary.exists()
            marked = final.with_name(processed(final.name))
            if not (final.exists() or marked.exists() or taken):
                self._write(file, temporary, final, arrival)
            for folder in (final.parent, *final.parent.parents):
                _sync(folder)
                if folder == self._folder.parent:
                    break
            content = _standing(file, final)
            temporary.unlink(missing_ok=True)
        advance(file.content.size)
        return content

    def _write(self, file: StagedFile, temporary: Path, final: Path, arrival: Arrival) -> None:
        try:
            shutil.copyfile(file.path, temporary)
            if sha256_of(temporary) != file.content.sha256:
                check_unchanged(file)
                raise DropError(f"{temporary} is not what was written to it", hint="check the disk, and run again")
            _sync(temporary)
            arrival.record()
            self._link(temporary, final)
        except Exception:
            if arrival.known:
                arrival.withdraw()
            temporary.unlink(missing_ok=True)
            raise

    def _link(self, temporary: Path, final: Path) -> None:
        """Give a whole file its final name; unlike a rename, a link never overwrites."""
        try:
            os.link(temporary, final)
        except FileExistsError:
            raise conflict(str(final)) from None
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


def _standing(file: StagedFile, final: Path) -> FileContent:
    """The content that stands under a final name, as given or as the receiver marks it, or stood until it was taken."""
    for path in (final, final.with_name(processed(final.name))):
        try:
            sha256 = sha256_of(path)
        except FileNotFoundError:
            continue
        for content in file.contents:
            if content.sha256 == sha256:
                return content
        if path == final or path.stat().st_size:  # a mark may hold nothing
            raise conflict(str(path))
    return file.content
