"""A folder of an IMAP server as a source of receipts: it is read, and nothing in it is changed (R1, R2)."""

from __future__ import annotations

import contextlib
import imaplib
import io
import os
import ssl
from collections.abc import Iterator
from typing import Any, BinaryIO
from urllib.parse import unquote, urlsplit

from aam_export.drops.destinations import refuse_password
from aam_export.errors import ConfigurationError, DropError
from aam_export.feedback.found import Found
from aam_export.feedback.refusal import RefusedFile
from aam_export.profile import refuse_unusable

PASSWORD = "AAM_MAIL_PASSWORD"  # noqa: S105  (the name of a variable)
SUBJECT = "Server-To-Server Processing Result"
"""What the subject of every receipt has had since 2013 (R2)."""

FORM = "imaps://<user>@<host>[:<port>]/<folder>"
SECONDS = 60
_LOOK = "look at it in the mailbox: it may have been moved or deleted meanwhile"


def in_mailbox(source: str) -> Iterator[Found]:
    """The mails whose subject is a receipt's, of `imaps://<user>@<host>[:<port>]/<folder>`; INBOX without a folder.

    The connection lasts until the last one was taken; where it breaks in the midst of a mail, the next has a new one.
    """
    mailbox = _Mailbox(source)
    try:
        for uid in mailbox.uids():
            yield Found(source, uid, None, None, _Opener(mailbox, uid), is_mail=True)
    finally:
        mailbox.close()


class _Mailbox:
    """A folder, read over one connection, which is made where there is none."""

    def __init__(self, source: str) -> None:
        refuse_password(source, "source")
        self._source = source
        try:
            parts = urlsplit(source)
            user, host, self._port = unquote(parts.username or ""), parts.hostname or "", parts.port or 993
            host.encode("idna")  # what looking for the host would stumble over
        except ValueError as error:
            raise ConfigurationError(f"source '{source}' can't be used: {error}", hint=f"write {FORM}") from None
        if not host or not user:
            raise ConfigurationError(f"source '{source}' names no user and host", hint=f"write {FORM}")
        self._user, self._host = user, host
        self._password = os.environ.get(PASSWORD, "")
        if not self._password:
            raise ConfigurationError(
                f"nothing proves to {host} who we are", hint=f"set {PASSWORD}, the password of {user}"
            )
        refuse_unusable(PASSWORD, self._password, in_ascii=True)
        self._folder = folder = unquote(parts.path.strip("/")) or "INBOX"
        if not (f"{user}{folder}".isascii() and f"{user}{folder}".isprintable()) or '"' in folder or "\\" in folder:
            raise ConfigurationError(
                f"source '{source}' names a user or a folder with characters that IMAP does not take as they are",
                hint="write the folder's name as the server has it (in modified UTF-7: Entw&APw-rfe)",
            )
        self._server: imaplib.IMAP4_SSL | None = None

    def uids(self) -> list[str]:
        """The numbers of the mails; they stay what they are while the folder changes."""
        with self._told():
            [found] = _answered(self._connected().uid("search", "SUBJECT", f'"{SUBJECT}"'), "it can't be searched")
        return [uid.decode() for uid in (found or b"").split()]

    def read(self, uid: str) -> bytes:
        """A mail's bytes. Raises RefusedFile where the server does not give this one (O36)."""
        with self._told():
            server = self._connected()
        try:
            parts = _answered(server.uid("fetch", uid, "(BODY.PEEK[])"), "it can't be read")
        except (imaplib.IMAP4.abort, OSError) as error:
            self.close()
            raise RefusedFile(f"the connection broke at it: {_said(error)}", "receive again") from error
        except imaplib.IMAP4.error as error:
            raise RefusedFile(f"{self._host} does not give it: {_said(error)}", _LOOK) from error
        data = next((part[1] for part in parts if isinstance(part, tuple)), None)
        if data is None:
            raise RefusedFile(f"{self._host} does not have it any more", _LOOK)
        return bytes(data)

    def close(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            with contextlib.suppress(imaplib.IMAP4.error, OSError):
                server.logout()

    def _connected(self) -> imaplib.IMAP4_SSL:
        if self._server is None:
            self._server = server = imaplib.IMAP4_SSL(
                self._host, self._port, ssl_context=ssl.create_default_context(), timeout=SECONDS
            )
            server.login(self._user, self._password)
            _answered(server.select(f'"{self._folder}"', readonly=True), f"there is no folder {self._folder}")
        return self._server

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (imaplib.IMAP4.abort, OSError) as error:
            raise DropError(
                f"can't reach {self._host}: {_said(error)}", hint="check host, port, certificate and network"
            ) from error
        except imaplib.IMAP4.error as error:
            raise DropError(
                f"can't read {self._source}: {_said(error)}", hint=f"check user, folder and {PASSWORD}"
            ) from error


class _Opener:
    def __init__(self, mailbox: _Mailbox, uid: str) -> None:
        self._mailbox = mailbox
        self._uid = uid

    @contextlib.contextmanager
    def __call__(self) -> Iterator[BinaryIO]:
        yield io.BytesIO(self._mailbox.read(self._uid))


def _answered(answer: tuple[str, list[Any]], otherwise: str) -> list[Any]:
    state, data = answer
    if state != "OK":
        raise imaplib.IMAP4.error(otherwise)
    return data


def _said(error: Exception) -> str:
    said = error.args[0] if error.args else error
    return said.decode(errors="replace") if isinstance(said, bytes) else str(said)
