"""Folders on SFTP and FTPS servers as sources, over the connections of the drops (O41)."""

from __future__ import annotations

import contextlib
import ftplib
import stat
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import BinaryIO, cast

from aam_export.drops import USUAL
from aam_export.drops.address import parse_address
from aam_export.drops.ftp import FtpServer
from aam_export.drops.renaming import InterruptedTransferError
from aam_export.drops.sftp import SftpServer, any_bytes
from aam_export.errors import ConfigurationError, DropError
from aam_export.feedback.found import Found, is_unfinished, moment, storable, unreadable
from aam_export.feedback.refusal import RefusedFile
from aam_export.settings import DropSettings

Entry = tuple[str, int | None, datetime | DropError | None]
"""Path, size and time of a file, or why what stands there can't be looked at."""

_READ = "see to it on the server: whether the user may read it, its name, and whether it is still there"


class _SftpFolder(SftpServer):
    """An SFTP folder that is read."""

    def walk(self, folder: str = "") -> Iterator[Entry]:
        """Every file, in folders inside as well; one of these that can't be looked into costs itself alone."""
        try:
            with self._translated("list", folder):
                entries = sorted(self._open.entries(self._path(folder)), key=lambda entry: entry[0])
        except DropError as error:
            if not folder:
                raise
            yield folder, None, error
            return
        for name, attributes in entries:
            path = f"{folder}/{name}" if folder else name
            if stat.S_ISDIR(attributes.st_mode or 0):
                yield from self.walk(path)
            else:
                yield path, attributes.st_size or 0, moment(attributes.st_mtime)

    @contextlib.contextmanager
    def reading(self, path: str) -> Iterator[BinaryIO]:
        place = any_bytes(self._path(path))
        with _one_file(self), self._translated("read", path), self._open.open(place, "rb") as handle:
            handle.prefetch(max_concurrent_requests=64)
            yield cast(BinaryIO, handle)


class _FtpFolder(FtpServer):
    """An FTPS folder that is read; of folders inside, the names alone are seen, and they are left out."""

    def walk(self) -> Iterator[Entry]:
        for name in sorted(self.names() or []):
            if "\r" in name:
                yield name, None, DropError(f"'{storable(name)!r}' holds a line end, and FTP can't ask for such a name")
                continue
            size = self.size(name)
            if size is not None:
                yield name, size, self._modified(name)

    def _modified(self, name: str) -> datetime | None:
        try:
            answer = self._open.voidcmd(f"MDTM {name}")
            return datetime.strptime(answer[4:18], "%Y%m%d%H%M%S").replace(tzinfo=timezone.utc)
        except (ftplib.Error, ValueError):
            return None

    @contextlib.contextmanager
    def reading(self, path: str) -> Iterator[BinaryIO]:
        with _one_file(self), self._translated("read", path):
            self._open.voidcmd("TYPE I")
            connection = self._open.transfercmd(f"RETR {path}")
            with connection, connection.makefile("rb") as handle:
                yield cast(BinaryIO, handle)
            self._open.voidresp()


@contextlib.contextmanager
def _one_file(server: SftpServer | FtpServer) -> Iterator[None]:
    """A connection for reading a file: where that ends in its midst, the next file has a new one.

    A file that the server does not give is refused, and costs no other (O36); one without a connection ends all.
    """
    if not server.connected:
        server.connect()
    try:
        yield
    except InterruptedTransferError as error:
        server.close()
        raise OSError(str(error)) from error
    except DropError as error:
        server.close()
        raise RefusedFile(error.message, _READ) from error
    except BaseException:
        server.close()
        raise


def on_server(source: str, settings: DropSettings, project_folder: Path) -> Iterator[Found]:
    """The files of a server's folder; the connection lasts until the last one was taken."""
    address = parse_address(source)
    server: _SftpFolder | _FtpFolder
    if address.scheme == "sftp":
        known_hosts = project_folder / Path(settings.known_hosts).expanduser()
        server = _SftpFolder(address, USUAL, host_key=settings.host_key, known_hosts=known_hosts)
    elif address.scheme == "ftp" and not settings.allow_plain_ftp:
        raise ConfigurationError(
            f"source '{address.destination}' sends password and data unencrypted",
            hint="write ftps://; if the server has no TLS, set allow_plain_ftp: true in the exposure",
        )
    else:
        server = _FtpFolder(address, USUAL)
    try:
        server.connect()
        place = address.destination.rstrip("/")
        for path, size, known in list(server.walk()):
            if isinstance(known, DropError):
                yield unreadable(place, path, known.message, _READ)
            elif not is_unfinished(path.rpartition("/")[2]):
                yield Found(place, path, size, known, _Opener(server, path), path.lower().endswith(".eml"))
    except InterruptedTransferError as error:
        raise DropError(
            f"can't go on with {address.destination}: {error}", hint=f"{error.hint}, and receive again"
        ) from error
    finally:
        server.close()


class _Opener:
    def __init__(self, server: _SftpFolder | _FtpFolder, path: str) -> None:
        self._server = server
        self._path = path

    def __call__(self) -> contextlib.AbstractContextManager[BinaryIO]:
        return self._server.reading(self._path)
