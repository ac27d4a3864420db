"""Files into a drop, several at a time. The caller's thread keeps the books: what it is told, it is told there."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Protocol

from aam_export.drops import Arrival, Drop
from aam_export.errors import AamExportError, DropError
from aam_export.files.content import FileContent, StagedFile

POLL_SECONDS = 0.5
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Upload:
    """A file to be put under a key; `attempted` says that it has been tried before, with an unknown outcome."""

    file: StagedFile
    key: str
    url: str
    attempted: bool
    arrival: Arrival = field(default_factory=Arrival)


class Progress(Protocol):
    """Who keeps the books of an upload; told everything from the thread that called `upload_all`.

    What a method raises ends the upload.
    """

    def begin(self, upload: Upload) -> None:
        """A file's first byte is about to leave."""
        ...

    def advance(self, size: int) -> None:
        """So many bytes have left since; none where we only wait. Called often."""
        ...

    def end(self, upload: Upload, content: FileContent) -> None:
        """A file is in the drop, with this content."""
        ...


def upload_all(drop: Drop, rounds: Iterable[Sequence[Upload]], progress: Progress, *, limit_minutes: float) -> None:
    """Put every file, a round after the other; raises what failed first, when nothing is under way any more.

    Of a round, `drop.parallel_files` go up at a time. The limit is for all rounds. A failure stops the others at their
    next part.
    """
    transfer = _Transfer(limit_minutes)
    for uploads in rounds:
        if drop.parallel_files > 1:
            _put_several(drop, deque(uploads), transfer, progress)
            continue
        for upload in uploads:
            progress.begin(upload)
            progress.end(upload, transfer.put(drop, upload, progress.advance))


def _put_several(drop: Drop, waiting: deque[Upload], transfer: _Transfer, progress: Progress) -> None:
    running: dict[Future[FileContent], Upload] = {}
    with ThreadPoolExecutor(drop.parallel_files, thread_name_prefix="file") as pool:
        try:
            while waiting or running:
                while waiting and len(running) < drop.parallel_files:
                    upload = waiting.popleft()
                    progress.begin(upload)
                    running[pool.submit(transfer.put, drop, upload, transfer.advance)] = upload
                done, _ = wait(running, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
                progress.advance(transfer.take())
                for future in done:
                    content = future.result()
                    progress.end(running.pop(future), content)
        except BaseException:
            transfer.stop()
            wait(running)
            for future, upload in running.items():
                if future.exception() is None:
                    with contextlib.suppress(AamExportError):  # the first failure is the one to report
                        progress.end(upload, future.result())
            raise


class _Transfer:
    """Bytes that have left, counted from any thread; and the word that no more shall, after a failure or too long."""

    def __init__(self, limit_minutes: float) -> None:
        self._limit_minutes = limit_minutes
        self._ends = time.monotonic() + limit_minutes * 60
        self._lock = threading.Lock()
        self._bytes = 0
        self._stopped = False

    def put(self, drop: Drop, upload: Upload, advance: Callable[[int], None]) -> FileContent:
        """Put a file; `advance` gets the bytes that leave."""
        left = upload.file.content.size

        def go_on(size: int) -> None:
            nonlocal left
            left -= size
            advance(size)
            if left > 0:  # a file of which all has left is let stand
                self._require_time()

        self._require_time()
        logger.debug("Putting %s, %d bytes", upload.url, left)
        content = drop.put(upload.file, upload.key, attempted=upload.attempted, advance=go_on, arrival=upload.arrival)
        logger.debug("%s stands", upload.url)
        return content

    def _require_time(self) -> None:
        """Raise DropError where the upload is to end."""
        if self._stopped:
            raise DropError("the upload was stopped, for another file failed", hint="run again, which goes on with it")
        if time.monotonic() > self._ends:
            raise DropError(
                f"the upload took longer than upload_minutes ({self._limit_minutes:g}) allows",
                hint="run again, which goes on with it; look at the network, or give it more upload_minutes",
            )

    def advance(self, size: int) -> None:
        with self._lock:
            self._bytes += size

    def take(self) -> int:
        """Bytes that have left since this was last asked."""
        with self._lock:
            taken, self._bytes = self._bytes, 0
        return taken

    def stop(self) -> None:
        self._stopped = True
