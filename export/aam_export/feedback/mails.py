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

from aam_export.feedback.found import storable
from aam_export.feedback.refusal import RefusedFile

# Two of the labels that every receipt has had since 2013, and one of them with its number (R3).
_LABELS = (
    re.compile(r"^[>\s]*records\s+received\s*:", re.I | re.M),
    re.compile(r"^[>\s]*records\s+processed\s*:", re.I | re.M),
)
_NUMBER = re.compile(r"^[> ]*records +(?:received|processed) *: *[0-9][0-9,]* *$", re.I | re.M)
# A label alone, and a value alone: neighbours in a row of an HTML table.
_LABEL = re.compile(r"[A-Za-z][A-Za-z ]*:")
_VALUE = re.compile(r"[0-9][0-9,]*|[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}")
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
        return _is_receipt("\n".join(self.lines))


def read_mail(data: bytes) -> Mail:
    """A mail as it came: its text part or, where that says nothing, its HTML without tags.

    Mails that are attached to another, as some programs forward them, are read in its place. Raises RefusedFile where
    there is no text, or a receipt's without its numbers.
    """
    message = email.message_from_bytes(data, policy=email.policy.default)
    if not message.keys() or "From" not in message:
        raise RefusedFile("it is no mail: it has no header From", "save the mail as it came, with its headers", "R2")
    texts = list(_texts(message))
    if not texts:
        raise RefusedFile("the mail has no text", "forward it as text or HTML, not as a picture", "R2")
    # The first that tells most: `multipart/alternative` says the same twice.
    chosen = max(texts, key=lambda text: (_is_receipt(text) and _NUMBER.search(text) is not None, _is_receipt(text)))
    if _is_receipt(chosen) and not _NUMBER.search(chosen):
        raise RefusedFile(
            "it has the labels of a receipt, and no number behind `Records received:` or `Records processed:`",
            "save the mail as it came, or forward it as an attachment: a table, or what forwards it, tears them apart",
            "R3",
        )
    _, sender = email.utils.parseaddr(_header(message, "From"))
    return Mail(
        storable(sender.lower()),
        storable(" ".join(_header(message, "Subject").split())),
        _moment(message),
        storable(_header(message, "Message-ID").strip()),
        tuple(line.rstrip() for line in storable(chosen.replace("\xa0", " ")).splitlines()),
    )


def _is_receipt(text: str) -> bool:
    return all(label.search(text) for label in _LABELS)


def _header(message: email.message.Message, name: str) -> str:
    """A header's text, or as it came where the library fails at it, as it does at some that anybody can write."""
    try:
        return str(message.get(name, ""))
    except Exception:
        return next(str(value) for key, value in message.raw_items() if key.lower() == name.lower())


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
    except (LookupError, ValueError):
        return data.decode("latin-1")  # digits and names of files are ASCII whatever it is


def _moment(message: email.message.Message) -> datetime | None:
    try:
        moment = email.utils.parsedate_to_datetime(_header(message, "Date"))
        return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


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
        self._hidden = max(0, self._hidden - (tag in ("script", "style")))
        if tag in _BLOCKS:
            self.pieces.append("\n")

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        """`<![if …]>`, of which some programs write many, is a comment, as it is for browsers."""
        return self.parse_bogus_comment(i, report)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(" ".join(data.split()) if data.strip() else " ")


def _without_tags(html: str) -> str:
    parser = _Text()
    parser.feed(html)
    parser.close()
    lines: list[str] = []
    for line in filter(None, (line.strip() for line in "".join(parser.pieces).split("\n"))):
        if lines and _LABEL.fullmatch(lines[-1]) and _VALUE.fullmatch(line):
            lines[-1] += f" {line}"
        else:
            lines.append(line)
    return "\n".join(lines)
