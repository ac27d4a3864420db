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


def upload_all(
    drop: Drop,
    rounds: Iterable[Sequence[Upload]],
    *,
    begin: Callable[[Upload], None],
    end: Callable[[Upload, FileContent], None],
    tick: Callable[[int], None],
    limit_minutes: float,
) -> None:
    """Put every file, a round after the other; raises what failed first, when nothing is under way any more.

    Of a round, `drop.parallel_files` go up at a time. The limit is for all rounds.

    `begin` is called before a file's first byte leaves and `end`, with the content that stands, when it is in the drop;
    `tick`, often, with the bytes that have left since. All three from the calling thread. A failure stops the others at
    their next part.
    """
    transfer = _Transfer(limit_minutes)
    for uploads in rounds:
        if drop.parallel_files > 1:
            _put_several(drop, deque(uploads), transfer, begin, end, tick)
            continue
        for upload in uploads:
            begin(upload)
            end(upload, transfer.put(drop, upload, tick))


def _put_several(
    drop: Drop,
    waiting: deque[Upload],
    transfer: _Transfer,
    begin: Callable[[Upload], None],
    end: Callable[[Upload, FileContent], None],
    tick: Callable[[int], None],
) -> None:
    running: dict[Future[FileContent], Upload] = {}
    with ThreadPoolExecutor(drop.parallel_files, thread_name_prefix="file") as pool:
        try:
            while waiting or running:
                while waiting and len(running) < drop.parallel_files:
                    upload = waiting.popleft()
                    begin(upload)
                    running[pool.submit(transfer.put, drop, upload, transfer.count)] = upload
                done, _ = wait(running, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
                tick(transfer.take())
                for future in done:
                    content = future.result()
                    end(running.pop(future), content)
        except BaseException:
            transfer.stop()
            wait(running)
            for future, upload in running.items():
                if future.exception() is None:
                    with contextlib.suppress(AamExportError):  # the first failure is the one to report
                        end(upload, future.result())
            raise


class _Transfer:
    """Bytes that have left, counted from any thread; and the word that no more shall, after a failure or too long."""

    def __init__(self, limit_minutes: float) -> None:
        self._limit_minutes = limit_minutes
        self._ends = time.monotonic() + limit_minutes * 60
        self._lock = threading.Lock()
        self._bytes = 0
        self._stopped = False

    def put(self, drop: Drop, upload: Upload, tell: Callable[[int], None]) -> FileContent:
        """Put a file; `tell` gets the bytes that leave."""
        left = upload.file.content.size

        def advance(size: int) -> None:
            nonlocal left
            left -= size
            tell(size)
            if left > 0:  # a file of which all has left is let stand
                self._require_time()

        self._require_time()
        logger.debug("Putting %s, %d bytes", upload.url, left)
        content = drop.put(upload.file, upload.key, attempted=upload.attempted, advance=advance, arrival=upload.arrival)
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

    def count(self, size: int) -> None:
        with self._lock:
            self._bytes += size

    def take(self) -> int:
        """Bytes counted since this was last asked."""
        with self._lock:
            taken, self._bytes = self._bytes, 0
        return taken

    def stop(self) -> None:
        self._stopped = True
