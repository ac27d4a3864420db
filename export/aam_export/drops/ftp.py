"""A folder behind FTPS (explicit TLS) or FTP as a drop, by the standard library; transfers are binary (N9).

FTP's rename may overwrite, so the final name is looked at just before.
"""

from __future__ import annotations

import contextlib
import ftplib
import hashlib
import io
import os
import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from aam_export.drops.address import PASSWORD, PORTS, USER, Address
from aam_export.drops.patience import Patience
from aam_export.drops.renaming import (
    CONNECT_SECONDS,
    KEEP_ALIVE_SECONDS,
    WRITE_BYTES,
    InterruptedTransferError,
)
from aam_export.errors import ConfigurationError, DropError

NOT_IMPLEMENTED = ("500", "502", "504")
NOT_LOGGED_IN = "530"
TROUBLE = ("421", "425", "426", "450", "451")
"""Answers after which trying again may help; 452, a full disk, is not among them."""

IMPLICIT_PORT = 990
PROBE_SECONDS = 5
ANSWER_SECONDS = 5
"""How long a server that has broken a transfer off is waited for to say why."""


class FtpServer:
    """A folder behind FTPS or FTP, over one control connection."""

    def __init__(self, address: Address, patience: Patience) -> None:
        self._address = address
        self._silence = patience.silence
        self._ftp: ftplib.FTP | None = None

    @property
    def connected(self) -> bool:
        return self._ftp is not None

    def connect(self) -> None:
        address = self._address
        user, password = address.user_name(), os.environ.get(PASSWORD)
        if password is None and user != "anonymous":
            raise ConfigurationError(
                f"nothing proves to {address.destination} who we are", hint=f"set {PASSWORD}, the password of {user}"
            )
        secure = address.scheme == "ftps"
        if secure and address.port == IMPLICIT_PORT:
            raise self._implicit()
        ftp = _Ftps(context=ssl.create_default_context()) if secure else _Ftp()
        try:
            with self._translated("connect to"):
                try:
                    ftp.connect(address.host, address.port, CONNECT_SECONDS)
                except TimeoutError:
                    if self._speaks_tls_at_once():
                        raise self._implicit() from None
                    raise
                _keep_alive(_socket(ftp))
            if isinstance(ftp, ftplib.FTP_TLS):
                with self._translated("agree on TLS with"):
                    ftp.auth()
            with self._translated("log in to"):
                ftp.login(user, password or "")
            with self._translated("agree on TLS with"):
                if isinstance(ftp, ftplib.FTP_TLS):
                    ftp.prot_p()
            with self._translated("look at"):
                ftp.timeout = self._silence
                _socket(ftp).settimeout(self._silence)
                if address.folder:
                    self._enter(ftp, address.folder)
        except BaseException:
            ftp.close()
            raise
        self._ftp = ftp

    def close(self) -> None:
        if self._ftp is not None:
            self._ftp.close()
        self._ftp = None

    def names(self) -> list[str] | None:
        with self._translated("list"):
            parts: list[bytes] = []
            try:
                answer = self._open.retrbinary("NLST", parts.append)  # names may be of any bytes
            except ftplib.error_perm:  # a folder that we may not look at or, with some servers, that is empty
                return None
            lines = b"".join(parts).decode("utf-8", "surrogateescape").split("\n")
            names = [line.rstrip("\r") for line in lines if line]
            if not names and "failed" in answer:  # vsftpd, of one that it may not look at: 226 … (but failed to open …)
                return None
            return [name.rpartition("/")[2] for name in names]

    def size(self, name: str) -> int | None:
        with self._translated("look at", name):
            self._open.voidcmd("TYPE I")  # the size of a text, which a list leaves as the type, would be another
            try:
                return self._open.size(name)
            except ftplib.error_perm as error:
                if str(error)[:3] in NOT_IMPLEMENTED:
                    raise DropError(
                        f"{self._address.destination}: the server can't say how large a file is: {error}",
                        hint="a file that can't be measured can't be verified: ask for a server with SIZE (RFC 3659)",
                    ) from error
                return None

    def sha256(self, name: str) -> str | None:
        digest = hashlib.sha256()
        with self._translated("read", name):
            try:
                self._open.retrbinary(f"RETR {name}", digest.update, WRITE_BYTES)
            except ftplib.error_perm:
                return None
        return digest.hexdigest()

    def write(self, handle: BinaryIO, size: int, name: str, advance: Callable[[int], None]) -> None:
        with self._translated("write", name):
            try:
                self._open.storbinary(f"STOR {name}", handle, WRITE_BYTES, lambda data: advance(len(data)))
            except (ssl.SSLError, ConnectionError) as error:
                # A server that gives up breaks the data connection off, and says why on the other. Where it says that
                # all is well, what arrived is measured anyway.
                _socket(self._open).settimeout(ANSWER_SECONDS)
                try:
                    self._open.voidresp()
                except TimeoutError:
                    raise InterruptedTransferError(
                        f"can't write {self._address.destination}{name}: the server broke the transfer off, and does "
                        f"not say why: {error.strerror or error}",
                        "see to the server, its disk space, and the network",
                    ) from error
                _socket(self._open).settimeout(self._silence)

    def rename(self, old: str, new: str) -> None:
        if self.size(old) is None:
            raise FileNotFoundError(f"{self._address.destination}{old} is gone")
        with self._translated("rename", old):
            self._open.rename(old, new)

    def remove(self, name: str) -> None:
        if self.size(name) is not None:
            with self._translated("remove", name):
                self._open.delete(name)

    @property
    def _open(self) -> ftplib.FTP:
        assert self._ftp is not None, "connect first"
        return self._ftp

    def _speaks_tls_at_once(self) -> bool:
        """Whether a server that does not greet is one that waits for TLS first."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # nothing is sent: only a hand is shaken
        address = (self._address.host, self._address.port)
        try:
            with socket.create_connection(address, PROBE_SECONDS) as plain, context.wrap_socket(plain):
                return True
        except OSError:
            return False

    def _implicit(self) -> ConfigurationError:
        return ConfigurationError(
            f"{self._address.destination}: port {self._address.port} wants TLS before anything is said (implicit "
            "FTPS), and aam-export agrees on it with AUTH TLS (explicit FTPS)",
            hint=f"ask for a port with explicit FTPS, which usually is {PORTS['ftps']}, or for SFTP",
            rule="D1",
        )

    def _enter(self, ftp: ftplib.FTP, folder: str) -> None:
        try:
            ftp.cwd(folder)
        except ftplib.error_perm as error:
            raise DropError(
                f"{self._address.destination}: there is no such folder, or it can't be entered: {error}",
                hint="mend the path of the destination, or have the folder made: nobody may look into a new one",
                rule="N9",
            ) from error

    @contextlib.contextmanager
    def _translated(self, what: str, name: str = "") -> Iterator[None]:
        place = f"{self._address.destination}{name}"
        try:
            yield
        except ssl.SSLCertVerificationError as error:
            raise DropError(
                f"can't {what} {place}: its certificate is not to be trusted: {error.verify_message}",
                hint="check the host's name; an authority of your own is trusted if SSL_CERT_FILE names it",
            ) from error
        except ftplib.error_perm as error:
            raise self._refused(what, place, str(error)) from error
        except ftplib.error_temp as error:
            if str(error)[:3] in TROUBLE:
                hint = "see to the server, and to its disk space"
                raise InterruptedTransferError(f"can't {what} {place}: the server says '{error}'", hint) from error
            raise self._refused(what, place, str(error)) from error
        except TimeoutError as error:
            raise InterruptedTransferError(f"can't {what} {place}: the server does not answer") from error
        except (ftplib.Error, EOFError, OSError) as error:
            said = error.strerror if isinstance(error, OSError) else ""
            raise InterruptedTransferError(
                f"can't {what} {place}: {said or error or 'the connection broke'}"
            ) from error
        except ValueError as error:  # ftplib's, about a line break in a user's name or a password
            raise ConfigurationError(f"can't {what} {place}: {error}", hint=f"check {USER} and {PASSWORD}") from None

    def _refused(self, what: str, place: str, answer: str) -> DropError:
        if what.startswith("agree"):
            hint = "have the server offer TLS; ftp:// without it needs allow_plain_ftp: true in the exposure (D1)"
        elif answer[:3] == NOT_LOGGED_IN:
            hint = f"check the user ({self._address.user_name()}; {USER}) and {PASSWORD}"
        elif answer[:3] in ("452", "552"):
            hint = "free space on the server, and run again: what is there already is not sent twice"
        else:
            hint = "let the user write, rename and remove files in that folder"
        return DropError(f"can't {what} {place}: the server says '{answer}'", hint=hint)


class _AnyAnswers(ftplib.FTP):
    """Reads what a server says in whatever encoding: the numbers are what counts. Names go back as they came."""

    _answers: Any = None

    @property
    def file(self) -> Any:
        return self._answers

    @file.setter
    def file(self, value: Any) -> None:
        if isinstance(value, io.TextIOWrapper):
            value.reconfigure(errors="backslashreplace")
        self._answers = value

    def putline(self, line: str) -> None:
        if "\r" in line or "\n" in line:
            raise ValueError("an illegal newline character should not be contained")
        self.sock.sendall(f"{line}\r\n".encode(self.encoding, "surrogateescape"))  # type: ignore[union-attr]


class _Ftp(_AnyAnswers):
    pass


class _Ftps(_AnyAnswers, ftplib.FTP_TLS):
    """Data connections continue the TLS session of the control connection, which servers ask for against hijackers."""

    def ntransfercmd(self, cmd: str, rest: Any = None) -> Any:
        connection, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        try:
            return self.context.wrap_socket(
                connection, server_hostname=self.host, session=getattr(self.sock, "session", None)
            ), size
        except BaseException:
            connection.close()
            raise


def _keep_alive(connection: socket.socket) -> None:
    """The control connection is silent during a transfer, and firewalls forget what is silent."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option in ("TCP_KEEPIDLE", "TCP_KEEPINTVL"):
        if hasattr(socket, option):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), KEEP_ALIVE_SECONDS)


def _socket(ftp: ftplib.FTP) -> socket.socket:
    assert ftp.sock is not None, "connect first"
    return ftp.sock
