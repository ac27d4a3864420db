"""Mails: the text that a receipt has, whichever way it came (R1-R4)."""

from __future__ import annotations

import email
import email.message
import email.policy
import email.utils
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from html.parser import HTMLParser

from aam_export.feedback.refusal import RefusedFile

# Two of the labels that every receipt has had since 2013 (R3).
_LABELS = (
    re.compile(r"^[>\s]*records\s+received\s*:", re.I | re.M),
    re.compile(r"^[>\s]*records\s+processed\s*:", re.I | re.M),
)
_BLOCKS = {
    "address",
    "blockquote",
    "br",
    "div",
    "h1",
    "h2",
    "h3",
    "hr",
    "li",
    "p",
    "pre",
    "table",
    "td",
    "th",
    "tr",
    "ul",
}


@dataclass(frozen=True)
class Mail:
    """A mail: who says that it sent it, when, its ID (empty where it has none), and the lines of its text."""

    sender: str
    subject: str
    at: datetime | None
    message_id: str
    lines: tuple[str, ...]

    @property
    def is_receipt(self) -> bool:
        text = "\n".join(self.lines)
        return all(label.search(text) for label in _LABELS)


def read_mail(data: bytes) -> Mail:
    """A mail as it came: its text part or, where that says nothing, its HTML without tags.

    Mails that are attached to another, as some programs forward them, are read in its place. Raises RefusedFile where
    there is no text.
    """
    message = email.message_from_bytes(data, policy=email.policy.default)
    if not message.keys() or message.get("From") is None:
        raise RefusedFile("it is no mail: it has no header From", "save the mail as it came, with its headers", "R2")
    texts = list(_texts(message))
    if not texts:
        raise RefusedFile("the mail has no text", "forward it as text or HTML, not as a picture", "R2")
    # The first that tells anything: `multipart/alternative` says the same twice.
    chosen = next((text for text in texts if all(label.search(text) for label in _LABELS)), texts[0])
    _, sender = email.utils.parseaddr(str(message["From"]))
    return Mail(
        sender.lower(),
        " ".join(str(message.get("Subject", "")).split()),
        _moment(message),
        str(message.get("Message-ID", "")).strip(),
        tuple(line.rstrip() for line in chosen.replace("\xa0", " ").splitlines()),
    )


def _texts(message: email.message.Message) -> Iterator[str]:
    """The texts of a mail, plain ones before HTML."""
    parts = [part for part in message.walk() if not part.is_multipart()]
    for kind in ("text/plain", "text/html"):
        for part in parts:
            if part.get_content_type() == kind:
                text = _decoded(part)
                yield _without_tags(text) if kind == "text/html" else text


def _decoded(part: email.message.Message) -> str:
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes)
    try:
        return data.decode(part.get_content_charset("utf-8"))
    except (LookupError, UnicodeDecodeError):
        return data.decode("latin-1")  # digits and names of files are ASCII whatever it is


def _moment(message: email.message.Message) -> datetime | None:
    try:
        moment = email.utils.parsedate_to_datetime(str(message["Date"]))
    except (TypeError, ValueError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._hidden += tag in ("script", "style")
        if tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style")
        if tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(" ".join(data.split()) if data.strip() else " ")


def _without_tags(html: str) -> str:
    parser = _Text()
    parser.feed(html)
    parser.close()
    lines = (line.strip() for line in "".join(parser.pieces).split("\n"))
    return "\n".join(line for line in lines if line)
