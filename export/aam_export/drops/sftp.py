"""A folder behind SFTP as a drop.

The server proves who it is by its host key, before we say who we are: a key that neither `known_hosts` nor `host_key`
names is refused. SFTP's rename never overwrites (draft-ietf-secsh-filexfer-02, 6.5).
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import logging
import os
import socket
import stat
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import paramiko
from paramiko.sftp import CMD_CLOSE, CMD_OPENDIR, CMD_READDIR

from aam_export.drops.address import PASSWORD, USER, Address
from aam_export.drops.known_hosts import KnownKeys, known_keys
from aam_export.drops.patience import Patience
from aam_export.drops.private_key import KEY_FILE, private_key
from aam_export.drops.renaming import (
    CONNECT_SECONDS,
    KEEP_ALIVE_SECONDS,
    WRITE_BYTES,
    InterruptedTransferError,
)
from aam_export.errors import ConfigurationError, DropError

# Failures are told as errors of ours; the library's own account of them, with tracebacks, is for those who ask for it.
logging.getLogger("paramiko").addHandler(logging.NullHandler())


class SftpServer:
    """A folder behind SFTP, over one connection.

    `host_key` is a fingerprint (`SHA256:…`); without it, the file `known_hosts` says which keys are right.
    """

    def __init__(self, address: Address, patience: Patience, *, host_key: str | None, known_hosts: Path) -> None:
        self._address = address
        self._silence = patience.silence
        self._host_key = host_key
        self._known_hosts = known_hosts
        self._client = paramiko.SSHClient()
        self._sftp: _Sftp | None = None

    @property
    def connected(self) -> bool:
        return self._sftp is not None

    def connect(self) -> None:
        address = self._address
        client = self._client = paramiko.SSHClient()
        known = self._read_known_hosts() if self._host_key is None else KnownKeys()
        client.set_missing_host_key_policy(_Verified(address, self._host_key, self._known_hosts, known))
        user, key, password = address.user_name(), private_key(), os.environ.get(PASSWORD)
        if not (key or password or paramiko.Agent().get_keys()):
            raise ConfigurationError(
                f"nothing proves to {address.destination} who we are",
                hint=f"set {KEY_FILE} or {PASSWORD}, or add a key to ssh-agent",
            )
        try:
            with self._translated("log in to"):
                client.connect(
                    address.host,
                    address.port,
                    user,
                    None if key else password,
                    pkey=key,
                    allow_agent=not (key or password),
                    look_for_keys=False,
                    timeout=CONNECT_SECONDS,
                    banner_timeout=CONNECT_SECONDS,
                    auth_timeout=CONNECT_SECONDS,
                    channel_timeout=CONNECT_SECONDS,
                    transport_factory=partial(_transport, known),
                )
                transport = client.get_transport()
                assert transport is not None
                transport.set_keepalive(KEEP_ALIVE_SECONDS)
                sftp = _Sftp.from_transport(transport)
                assert isinstance(sftp, _Sftp)
                sftp.get_channel().settimeout(self._silence)  # type: ignore[union-attr]
        except BaseException:
            client.close()
            raise
        self._sftp = sftp
        self._find_folder()

    def close(self) -> None:
        self._sftp = None
        self._client.close()

    def names(self) -> list[str] | None:
        with self._translated("list"):
            try:
                return self._open.names(self._path())
            except PermissionError:
                return None

    def size(self, name: str) -> int | None:
        with self._translated("look at", name):
            try:
                found = self._open.stat(self._path(name))
            except FileNotFoundError:
                return None
            return -1 if stat.S_ISDIR(found.st_mode or 0) else found.st_size

    def sha256(self, name: str) -> str | None:
        digest = hashlib.sha256()
        with self._translated("read", name):
            try:
                with self._open.open(self._path(name), "rb") as handle:
                    handle.prefetch(max_concurrent_requests=64)
                    while data := handle.read(WRITE_BYTES):
                        digest.update(data)
            except (PermissionError, FileNotFoundError):
                return None
        return digest.hexdigest()

    def write(self, handle: BinaryIO, size: int, name: str, advance: Callable[[int], None]) -> None:
        sent = 0
        with self._translated("write", name), self._open.open(self._path(name), "wb") as remote:
            remote.set_pipelined(True)
            while data := handle.read(paramiko.SFTPFile.MAX_REQUEST_SIZE):
                sent += len(data)
                # The last write waits for the answers to all before it: without them a failure would go unseen.
                remote.set_pipelined(sent < size)
                remote.write(data)
                advance(len(data))

    def rename(self, old: str, new: str) -> None:
        with self._translated("rename", old):
            try:
                self._open.rename(self._path(old), self._path(new))
            except FileNotFoundError:
                raise _GoneError(old) from None

    def remove(self, name: str) -> None:
        with self._translated("remove", name), contextlib.suppress(FileNotFoundError):
            self._open.remove(self._path(name))

    @property
    def _open(self) -> _Sftp:
        assert self._sftp is not None, "connect first"
        return self._sftp

    def _path(self, name: str = "") -> str:
        return "/".join(part for part in (self._address.folder or ".", name) if part)

    def _find_folder(self) -> None:
        with self._translated("look at"):
            try:
                self._open.stat(self._path())
            except FileNotFoundError:
                raise DropError(
                    f"{self._address.destination}: there is no such folder",
                    hint="mend the path of the destination, or have the folder made: nobody may look into a new one",
                    rule="N9",
                ) from None

    def _read_known_hosts(self) -> KnownKeys:
        try:
            return known_keys(self._known_hosts, self._address.host, self._address.port)
        except OSError as error:
            raise ConfigurationError(
                f"{self._known_hosts} can't be read: {error.strerror}",
                hint="mend it, or set host_key in the exposure",
            ) from error

    @contextlib.contextmanager
    def _translated(self, what: str, name: str = "") -> Iterator[None]:
        place = f"{self._address.destination}{name}"
        try:
            yield
        except _GoneError as error:
            raise FileNotFoundError(errno.ENOENT, f"{place} is gone") from error
        except paramiko.AuthenticationException as error:
            raise DropError(
                f"can't {what} {place}: {error}",
                hint=f"check the user ({self._address.user_name()}; {USER}) and {KEY_FILE}, {PASSWORD} or ssh-agent",
            ) from error
        except (paramiko.SSHException, EOFError) as error:
            raise InterruptedTransferError(f"can't {what} {place}: {error or 'the connection broke'}") from error
        except TimeoutError as error:
            raise InterruptedTransferError(f"can't {what} {place}: the server does not answer") from error
        except OSError as error:
            if error.errno == errno.EACCES:
                raise DropError(
                    f"can't {what} {place}: {error.strerror}",
                    hint="let the user write, rename and remove files in that folder",
                ) from error
            if isinstance(error, socket.gaierror | ConnectionError) or not self._alive():
                raise InterruptedTransferError(f"can't {what} {place}: {error.strerror or error}") from error
            raise DropError(
                f"can't {what} {place}: the server says '{error.strerror or error}'",
                hint="see to the server's disk and rights, and run again: what is there already is not sent twice",
            ) from error

    def _alive(self) -> bool:
        transport = self._client.get_transport()
        channel = self._sftp.get_channel() if self._sftp else None
        return bool(transport and transport.is_active() and channel and not channel.closed)


class _Sftp(paramiko.SFTPClient):
    """Lists names of any bytes: servers do not say which encoding they are in, and most of them are not ours."""

    def names(self, folder: str) -> list[str]:
        return [name for name, _ in self.entries(folder)]

    def entries(self, folder: str) -> list[tuple[str, paramiko.SFTPAttributes]]:
        """Names in a folder, with what the server says of each."""
        _, answer = self._request(CMD_OPENDIR, any_bytes(folder))  # type: ignore[attr-defined]
        handle = answer.get_binary()
        found: list[tuple[str, paramiko.SFTPAttributes]] = []
        while True:
            try:
                _, answer = self._request(CMD_READDIR, handle)  # type: ignore[attr-defined]
            except EOFError:
                break
            for _ in range(answer.get_int()):
                name = answer.get_binary().decode("utf-8", "surrogateescape")
                answer.get_binary()  # the same in words, for people
                found.append((name, paramiko.SFTPAttributes._from_msg(answer)))  # type: ignore[attr-defined]
        self._request(CMD_CLOSE, handle)  # type: ignore[attr-defined]
        return [entry for entry in found if entry[0] not in (".", "..")]


def any_bytes(path: str) -> bytes:
    """A path as its server has it, whatever the encoding of its names."""
    return path.encode("utf-8", "surrogateescape")


class _GoneError(Exception):
    pass


class _Verified(paramiko.MissingHostKeyPolicy):
    """Asked about every key: it is right if a file names it, or if it has the fingerprint that the exposure names."""

    def __init__(self, address: Address, host_key: str | None, known_hosts: Path, known: KnownKeys) -> None:
        self._address = address
        self._host_key = host_key
        self._known_hosts = known_hosts
        self._known = known

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        if self._host_key is None:
            if why := self._why_not(hostname, key):
                raise _wrong_host_key(self._address, key, why)
            return
        if key.fingerprint != self._host_key.rstrip("="):
            raise _wrong_host_key(self._address, key, f"host_key is {self._host_key}")

    def _why_not(self, hostname: str, key: paramiko.PKey) -> str:
        known, file = self._known, self._known_hosts
        if key in known.revoked:
            return f"{file} says that it is revoked"
        if key in known.keys:
            return ""
        if known.keys:
            return f"{file} has another"
        if known.authorities:
            lines = ", ".join(map(str, known.authorities))
            return (
                f"{file}, line {lines}, trusts a certificate authority for {hostname}, whose certificates aam-export "
                "can't check: it takes keys alone"
            )
        broken = f"; line {', '.join(map(str, known.broken))} can't be read" if known.broken else ""
        return f"{file} does not know {hostname}{broken}"


def _transport(known: KnownKeys, sock: Any, **more: Any) -> paramiko.Transport:
    """A connection that asks first for keys of the kinds by which the host is known, as OpenSSH does."""
    transport = paramiko.Transport(sock, **more)
    options = transport.get_security_options()
    kinds = {kind for key in known.keys for kind in (key.get_name(), *_RSA.get(key.get_name(), ()))}
    offered = list(options.key_types)
    options.key_types = sorted(offered, key=lambda kind: kind not in kinds)
    return transport


_RSA = {"ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256")}


def _wrong_host_key(address: Address, key: paramiko.PKey, why: str) -> DropError:
    return DropError(
        f"{address.destination}: the server shows the {key.get_name()} key {key.fingerprint}, and {why}",
        hint="ask those who run the server for its fingerprint; if this is it, set host_key in the exposure or add the "
        "key to known_hosts; if not, somebody stands between",
    )
