"""A folder of an IMAP server as a source of receipts: it is read, and nothing in it is changed (R1, R2)."""

from __future__ import annotations

import contextlib
import imaplib
import io
import os
import re
import ssl
from collections.abc import Iterator
from typing import Any, BinaryIO
from urllib.parse import unquote, urlsplit

from aam_export.drops.destinations import refuse_password
from aam_export.errors import ConfigurationError, DropError
from aam_export.feedback.found import Found

PASSWORD = "AAM_MAIL_PASSWORD"  # noqa: S105  (the name of a variable)
SUBJECT = "Server-To-Server Processing Result"
"""What the subject of every receipt has had since 2013 (R2)."""

SECONDS = 60


def in_mailbox(source: str) -> Iterator[Found]:
    """The mails whose subject is a receipt's, of `imaps://<user>@<host>[:<port>]/<folder>`; INBOX without a folder."""
    refuse_password(source, "source")
    parts = urlsplit(source)
    password = os.environ.get(PASSWORD)
    if not parts.hostname or not parts.username:
        raise ConfigurationError(
            f"source '{source}' names no user and host", hint="write imaps://<user>@<host>/<folder>"
        )
    if not password:
        raise ConfigurationError(
            f"nothing proves to {parts.hostname} who we are", hint=f"set {PASSWORD}, the password of {parts.username}"
        )
    folder = unquote(parts.path.strip("/")) or "INBOX"
    try:
        with imaplib.IMAP4_SSL(
            parts.hostname, parts.port or 993, ssl_context=ssl.create_default_context(), timeout=SECONDS
        ) as server:
            server.login(unquote(parts.username), password)
            _answered(server.select(f'"{folder}"', readonly=True), f"there is no folder {folder}")
            [found] = _answered(server.uid("search", "SUBJECT", f'"{SUBJECT}"'), "it can't be searched")
            for uid in (found or b"").split():
                yield _mail(server, source, uid.decode())
    except imaplib.IMAP4.error as error:
        raise DropError(f"can't read {source}: {_said(error)}", hint=f"check user, folder and {PASSWORD}") from error
    except OSError as error:
        raise DropError(
            f"can't reach {parts.hostname}: {error}", hint="check host, port, certificate and network"
        ) from error


def _mail(server: imaplib.IMAP4_SSL, source: str, uid: str) -> Found:
    answer = _answered(server.uid("fetch", uid, "(RFC822.SIZE)"), "its mails can't be read")
    size = re.search(rb"RFC822\.SIZE (\d+)", answer[0])

    @contextlib.contextmanager
    def open_mail() -> Iterator[BinaryIO]:
        parts = _answered(server.uid("fetch", uid, "(BODY.PEEK[])"), "its mails can't be read")
        yield io.BytesIO(next(part[1] for part in parts if isinstance(part, tuple)))

    return Found(source, uid, int(size[1]) if size else 0, None, open_mail, is_mail=True)


def _answered(answer: tuple[str, list[Any]], otherwise: str) -> list[Any]:
    state, data = answer
    if state != "OK":
        raise imaplib.IMAP4.error(otherwise)
    return data


def _said(error: Exception) -> str:
    said = error.args[0] if error.args else error
    return said.decode(errors="replace") if isinstance(said, bytes) else str(said)
