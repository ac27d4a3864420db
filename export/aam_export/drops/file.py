"""A folder as a drop: for trying out, for tests, and for whatever carries files on from there."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from aam_export.drops.base import sha256_of
from aam_export.errors import ConflictError, DropError, StagingError
from aam_export.staging import StagedFile


class FileDrop:
    def __init__(self, folder: Path, destination: str) -> None:
        self._folder = folder
        self.destination = destination

    def url(self, key: str) -> str:
        return f"file:{self._folder / key}"

    def check(self) -> None:
        with self._translated(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            probe = self._folder / f".aam-export-{os.getpid()}"
            probe.touch()
            probe.unlink()

    def put(self, file: StagedFile, key: str, *, attempted: bool, advance: Callable[[int], None]) -> None:
        final = self._folder / key
        # The same name on every attempt, so that what a killed run left is written over and cleared away.
        temporary = final.with_name(f".{final.name}.part")
        with self._translated(final):
            final.parent.mkdir(parents=True, exist_ok=True)
            if not final.exists():
                shutil.copyfile(file.path, temporary)
                if sha256_of(temporary) != file.content.sha256:
                    temporary.unlink()
                    raise StagingError(
                        f"staged file {file.path} changed since it was verified",
                        hint="it was not delivered; check the disk, and run again",
                    )
                _sync(temporary)
                with contextlib.suppress(FileExistsError):
                    os.link(temporary, final)  # unlike a rename, never overwrites
            temporary.unlink(missing_ok=True)
            _sync(final.parent)
            if sha256_of(final) != file.content.sha256:
                raise ConflictError(
                    f"{final} exists and is not the file of this batch",
                    hint="find out who wrote it; move it away, and run again",
                )
        advance(file.content.size)

    @contextlib.contextmanager
    def _translated(self, path: Path):  # type: ignore[no-untyped-def]
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
