"""Where a server's folder is, from a destination such as `sftp://user@host/path`; secrets come from elsewhere (V12)."""

from __future__ import annotations

import os
import posixpath
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from aam_export.errors import ConfigurationError

PORTS = {"sftp": 22, "ftps": 21, "ftp": 21}
USER, PASSWORD = "AAM_DROP_USER", "AAM_DROP_PASSWORD"


@dataclass(frozen=True)
class Address:
    """`folder` is absolute, or relative to where the server puts the user who logs in ("" is that place itself)."""

    scheme: str
    user: str | None
    host: str
    port: int
    folder: str

    @property
    def destination(self) -> str:
        """The address in one spelling."""
        user = f"{quote(self.user)}@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        folder = self.folder
        if self.scheme == "sftp":
            folder = folder.lstrip("/") if folder.startswith("/") or not folder else f"~/{folder}"
        return f"{self.scheme}://{user}{host}{port}/" + (f"{quote(folder, safe='/~')}/" if folder else "")

    def user_name(self) -> str:
        """Who logs in; raises ConfigurationError where nobody is named."""
        user = self.user or os.environ.get(USER)
        if not user:
            raise ConfigurationError(
                f"nobody is named who logs in to {self.destination}",
                hint=f"write {self.scheme}://<user>@{self.host}/…, or set {USER}",
            )
        return user


def parse_address(destination: str) -> Address:
    """Read a destination; raises ConfigurationError, which never shows a password."""
    scheme, _, rest = destination.partition("://")
    shown = f"{scheme}://…@{rest.rpartition('@')[2]}" if "@" in rest else destination
    try:
        parts = urlsplit(destination)
        host, port = parts.hostname, parts.port
        user = unquote(parts.username) if parts.username else None
        path = unquote(parts.path, errors="strict")
        (host or "").encode("idna")  # what looking for the host would stumble over
    except ValueError as error:
        raise _unusable(shown, scheme, str(error)) from None
    if parts.password is not None:
        raise ConfigurationError(
            f"destination '{shown}' holds a password",
            hint=f"take it out, and set {PASSWORD}: settings are written into dbt's artifacts and the ledger",
        )
    if not host:
        raise _unusable(shown, scheme, "it names no host")
    if parts.query or parts.fragment or not (path + (user or "")).isprintable():
        raise _unusable(shown, scheme, "it has characters that no path of a drop has")
    return Address(scheme, user, host, port or PORTS[scheme], _folder(scheme, path))


def _folder(scheme: str, path: str) -> str:
    """FTP counts from where the user is put, SFTP from the root (`/~/in` from the user's folder), as curl does."""
    folder = posixpath.normpath(f"/{path.strip('/')}").strip("/")
    if scheme == "sftp" and folder:
        home, _, below = folder.partition("/")
        return below if home == "~" else f"/{folder}"
    return folder


def _unusable(shown: str, scheme: str, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"destination '{shown}' can't be used: {why}", hint=f"write {scheme}://<user>@<host>[:<port>]/<path>"
    )
