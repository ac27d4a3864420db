"""What SFTP and FTP have in common: a file goes up under a temporary name, is measured there, and then gets its name.

So it stands whole or not at all (V3), in the destination's own folder, without the folders of S3 (N9). A server may
take a file away as soon as it stands, and an answer may be lost, so the ledger is told that a file is whole under its
temporary name *before* it is renamed. From then on nothing but the rename makes that name go: where both names are
gone, the file has arrived.
"""

from __future__ import annotations

import contextlib
import io
import threading
import time
from collections.abc import Callable
from typing import BinaryIO, Protocol, TypeVar

from aam_export.drops.base import Arrival, check_unchanged, conflict, processed
from aam_export.drops.patience import Patience
from aam_export.errors import ConflictError, DropError
from aam_export.files.content import FileContent, StagedFile

Result = TypeVar("Result")

CONNECT_SECONDS = 20
KEEP_ALIVE_SECONDS = 15
GIVE_UP_SECONDS = 3600.0
"""A file is not begun again when so long has passed since its first attempt."""
WRITE_BYTES = 1 << 16
PROBE, PROBE_RENAMED = ".aam-export-probe", ".aam-export-probe-renamed"


class InterruptedTransferError(Exception):
    """The connection failed: what was asked for may have been done or not. Trying again may help; if not, `hint`."""

    def __init__(self, message: str, hint: str = "check host, port and network") -> None:
        super().__init__(message)
        self.hint = hint


class Server(Protocol):
    """A connection to one folder of a server; names are those of files in it.

    Methods raise InterruptedTransferError, or DropError where trying again would not help.
    """

    @property
    def connected(self) -> bool: ...
    def connect(self) -> None: ...
    def close(self) -> None: ...

    def names(self) -> list[str] | None:
        """All names; None where the server does not let us look."""
        ...

    def size(self, name: str) -> int | None:
        """Bytes of a file; None where there is none."""
        ...

    def sha256(self, name: str) -> str | None:
        """SHA-256 of a file's bytes; None where it can't be read."""
        ...

    def write(self, handle: BinaryIO, size: int, name: str, advance: Callable[[int], None]) -> None:
        """Write a file anew from the `size` bytes of `handle`; `advance` is told bytes as they leave."""
        ...

    def rename(self, old: str, new: str) -> None:
        """Rename a file; over no other, where the protocol knows how. FileNotFoundError where there is no `old`."""
        ...

    def remove(self, name: str) -> None:
        """Remove a file; it may be gone already."""
        ...


class RenamingDrop:
    """A server's folder, over one connection that is made anew when it fails."""

    parallel_files = 1  # one connection, and the ledger is told of each file's arrival

    def __init__(self, server: Server, destination: str, patience: Patience) -> None:
        self._server = server
        self._patience = patience
        self._lock = threading.Lock()
        self.destination = destination

    def url(self, key: str) -> str:
        return self.destination + _file_name(key)

    def check(self) -> None:
        """Try, with an empty file, what a delivery does: write, rename, remove."""
        self._patiently(self._probe)

    def list_names(self, partner_name: str) -> list[str] | None:
        return self._patiently(self._server.names)

    def put(
        self,
        file: StagedFile,
        key: str,
        *,
        attempted: bool,
        advance: Callable[[int], None],
        arrival: Arrival | None = None,
    ) -> FileContent:
        check_unchanged(file)
        meter = _Meter(advance)
        attempt = _Attempt(self._server, file, _file_name(key), self.url(key), attempted, arrival or Arrival(), meter)
        content = self._patiently(attempt.run, meter.advance)
        meter.again()
        meter.advance(file.content.size)
        return content

    def _patiently(self, what: Callable[[], Result], advance: Callable[[int], None] = lambda size: None) -> Result:
        """Do something over a connection that may fail; `advance` is told while we wait."""
        began = time.monotonic()
        pauses = iter(self._patience.pauses)
        with self._lock:  # one connection, one thing at a time
            while True:
                try:
                    if not self._server.connected:
                        self._server.connect()
                    return what()
                except InterruptedTransferError as error:
                    self._server.close()
                    pause = next(pauses, None)
                    if pause is None or time.monotonic() - began > GIVE_UP_SECONDS:
                        raise DropError(
                            f"can't go on with {self.destination}: {error}",
                            hint=f"{error.hint}, and run again: what is there already is not sent twice",
                        ) from error
                    time.sleep(pause)
                    advance(0)
                except BaseException:
                    self._server.close()  # in the middle of something, perhaps
                    raise

    def _probe(self) -> None:
        server = self._server
        server.remove(PROBE_RENAMED)
        server.write(io.BytesIO(), 0, PROBE, lambda sent: None)
        try:
            server.rename(PROBE, PROBE_RENAMED)
        except FileNotFoundError as error:
            raise DropError(
                f"{self.destination}: a file that was written there is gone at once",
                hint=f"have the server leave names alone that begin with a dot, such as {PROBE}",
            ) from error
        except DropError:
            with contextlib.suppress(DropError, InterruptedTransferError):
                server.remove(PROBE)
            raise
        server.remove(PROBE_RENAMED)


class _Attempt:
    """Attempts at one file, each of which begins with finding out what the one before came to."""

    def __init__(
        self,
        server: Server,
        file: StagedFile,
        name: str,
        url: str,
        attempted: bool,
        arrival: Arrival,
        meter: _Meter,
    ) -> None:
        self._server = server
        self._file = file
        self._name = name
        self._temporary = f".{name}.part"
        self._url = url
        self._attempted = attempted
        self._arrival = arrival
        self._meter = meter

    def run(self) -> FileContent:
        """Returns the content that stands, or stood until the server took it away."""
        try:
            return self._run()
        except ConflictError:
            # Once the other file is out of the way, nothing shall look as if ours had been renamed.
            if self._arrival.known:
                self._arrival.withdraw()
            self._server.remove(self._temporary)
            raise

    def _run(self) -> FileContent:
        standing = self._standing()
        if standing:
            if self._arrival.known:
                self._server.remove(self._temporary)  # a server that renames by linking may have died between its steps
            return standing
        if self._arrival.known:
            size, ours = self._look_at(self._temporary)
            if size is None:
                return self._file.content
            if not ours:  # the server crashed, and lost what it had not yet written
                self._arrival.withdraw()
        if not self._arrival.known:
            self._upload()
            self._arrival.record()
        # The upload took its time, and FTP's rename would overwrite.
        return self._standing() or self._rename()

    def _standing(self) -> FileContent | None:
        """Our file under its final name, or as the receiver marks it; raises ConflictError where another stands."""
        for name in (self._name, processed(self._name)):
            size, ours = self._look_at(name)
            if size == 0 and name != self._name and self._attempted:
                return self._file.content  # a mark and nothing else
            if size is not None and not ours:
                raise conflict(self._server_url(name))
            if ours:
                return ours
        return None

    def _server_url(self, name: str) -> str:
        return self._url.removesuffix(self._name) + name

    def _look_at(self, name: str) -> tuple[int | None, FileContent | None]:
        """How many bytes stand under a name, if any do, and which content of ours they are, if they are."""
        size = self._server.size(name)
        candidates = [content for content in self._file.contents if content.size == size]
        if not candidates:
            return size, None
        sha256 = self._server.sha256(name)
        if sha256 is None:  # a folder that can't be read: the size has to do, and that we tried before
            return size, candidates[0] if self._attempted or self._arrival.known else None
        return size, next((content for content in candidates if content.sha256 == sha256), None)

    def _upload(self) -> None:
        size = self._file.content.size
        try:
            self._meter.again()
            with self._file.path.open("rb") as handle:
                self._server.write(handle, size, self._temporary, self._meter.advance)
        except DropError:
            with contextlib.suppress(DropError, InterruptedTransferError):
                self._server.remove(self._temporary)  # a full disk needs the space
            raise
        found = self._server.size(self._temporary)
        if found != size:
            raise InterruptedTransferError(f"{found or 0:,} of {size:,} bytes of {self._url} arrived")

    def _rename(self) -> FileContent:
        try:
            self._server.rename(self._temporary, self._name)
        except FileNotFoundError as error:
            raise InterruptedTransferError(
                str(error)
            ) from error  # an earlier request, given up for lost, was done after all
        except DropError:
            standing = self._standing()
            if standing:
                return standing
            raise
        # The answer is the proof. The receiver may have taken the file since; a file of another size is not ours.
        if self._server.size(self._name) not in (None, *(content.size for content in self._file.contents)):
            raise conflict(self._url)
        return self._file.content


class _Meter:
    """Tells bytes once, however often they are sent."""

    def __init__(self, advance: Callable[[int], None]) -> None:
        self._advance = advance
        self._sent = self._told = 0

    def again(self) -> None:
        """The file is about to be sent from its beginning."""
        self._sent = 0

    def advance(self, size: int) -> None:
        self._sent += size
        more = max(0, self._sent - self._told)
        self._told += more
        self._advance(more)


def _file_name(key: str) -> str:
    return key.rpartition("/")[2]
