"""The values of secrets, and the one place by which all that is written passes (V12): none of them gets through it.

Known are the values of environment variables whose names or contents say so, and what a profile or a file of
credentials holds (`remember`). They are found whole, in parts of six characters and more, and in the encodings in which
libraries repeat them. Parts that are nothing but words of ours (`allow`) are let through.
"""

from __future__ import annotations

import base64
import html
import io
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import quote, quote_plus, unquote, urlsplit

MASK = "***"
PART = 6
"""Characters of a secret that are never shown in a row."""
ENCODED_PART, HEX_PART = 8, 12

SECRET_NAME = re.compile(
    r"passw|passphrase|passcode|(?:^|_)pass(?:_|$)|^pgpass$|(?:^|_)pwd$|secret|token|credential|authorization|api_?key"
    r"|(?:access|private|account|shared|encryption|master|signing)_?key|key_?id|connection_?string|(?:^|_)dsn$|(?:^|_)sas(?:_|$)",
    re.IGNORECASE,
)
_NO_SECRET = re.compile(r"^(?:old)?pwd$|(?:file|path|dir|folder|uri|expiration|prompt)$|askpass", re.IGNORECASE)
_NO_VALUES = frozenset({"true", "false", "yes", "no", "on", "off", "none", "null"})
# `password=…` of connection strings and URLs, `"password": "…"` of JSON.
_ASSIGNED = re.compile(
    r"""(?:passw\w*|pass|pwd|\w*secret\w*|\w*token\w*|sig|signature|\w*(?:account|access|private|api)_?key)"?\s*[=:]\s*"""
    r"""(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s;&"']+))""",
    re.IGNORECASE,
)
# Words of our own messages, which may well be parts of somebody's password.
_WORDS = (
    "passwords passphrases secrets accesses accounts sessions tokens credentials private public canary environment "
    "production warehouse project profile target destination deliver export customer database postgres default example"
)

# Variables that messages advise to set.
_VARIABLE = re.compile(r"(?:AAM|AWS|DBT|SSL|HTTPS?|NO|ALL)_[A-Z_]+")
_AROUND = " '\"-_.,:;/()="  # what stands around words
_HEX = re.compile(r"[0-9a-f]+")

_known: set[str] = set()
_public: list[str] = _WORDS.split()
_masker: _Masker | None = None
_seen: tuple[object, ...] = ()


def remember(*values: object) -> None:
    """Values that nobody shall read; what is empty, or no text, is passed over."""
    global _masker
    fresh = {value for value in values if isinstance(value, str) and value} - _known
    if fresh:
        _known.update(fresh)
        _masker = None


def remember_settings(settings: object, *, name: str = "") -> None:
    """Those of the values in a mapping, however deep, whose names say that they are secret, and those in its URLs."""
    if isinstance(settings, Mapping):
        for key, value in settings.items():
            remember_settings(value, name=str(key))
    elif isinstance(settings, list | tuple):
        for value in settings:
            remember_settings(value, name=name)
    elif isinstance(settings, str):
        remember(*_in_variable(name, settings))
    elif isinstance(settings, int | float) and not isinstance(settings, bool) and is_secret_name(name):
        remember(str(settings))


def allow(*texts: object) -> None:
    """Texts that everybody may read, though a secret may have a part in common with them."""
    global _masker
    fresh = [text for text in texts if isinstance(text, str) and text and text not in _public]
    if fresh:
        _public.extend(fresh)
        _masker = None


def mask(text: str) -> str:
    """The text without any secret that is known by now."""
    global _masker, _seen
    now = tuple(os.environ.items())
    if _masker is None or now != _seen:
        _seen = now
        _masker = _Masker({*_known, *_of_environment(now)}, _public, {name for name, _ in now})
    return _masker(text)


def mask_output() -> None:
    """Let all that this process prints from now on, tracebacks included, pass by `mask`."""
    sys.stdout = _MaskedWriter.over(sys.stdout)
    sys.stderr = _MaskedWriter.over(sys.stderr)


def is_secret_name(name: str) -> bool:
    """Whether a variable or a setting of that name holds a secret."""
    return bool(SECRET_NAME.search(name)) and not _NO_SECRET.search(name)


def _of_environment(variables: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, value in variables:
        yield from _in_variable(name, value)


def _in_variable(name: str, value: str) -> Iterator[str]:
    """The secrets in one value: all of it, or a part of a URL or a connection string."""
    if is_secret_name(name) and value.lower() not in _NO_VALUES and not _is_place(value):
        yield value
    if "=" in value or ":" in value:
        for found in _ASSIGNED.finditer(value):
            yield from (part for part in found.groups() if part)
    if "@" in value:
        for scheme, rest in re.findall(r"([A-Za-z][\w+.-]*)://(\S*)@", value):
            user, colon, password = rest.partition(":")
            if colon:
                yield from (password, unquote(password))
            elif scheme.lower().startswith("http"):
                yield from (user, unquote(user))
    if "?" in value and "://" in value:
        try:
            query = urlsplit(value).query
        except ValueError:
            return
        for pair in query.split("&"):
            key, _, given = pair.partition("=")
            if is_secret_name(key):
                yield from (given, unquote(given))


def _is_place(value: str) -> bool:
    """Whether a value only says where a secret is kept."""
    return value.startswith(("/", "~/", "./")) and "\0" not in value and Path(value).expanduser().exists()


class _Masker:
    """Finds the values, in all their forms, by their parts."""

    def __init__(self, values: Iterable[str], public: Iterable[str], names: set[str]) -> None:
        self._names = names  # of variables, which messages name
        values = set(values)
        readable = "\n".join(public)
        for value in sorted(values, key=len, reverse=True):
            readable = readable.replace(value, "\n")
        self._public = readable
        self._whole: set[str] = set()
        self._parts: dict[int, set[str]] = {}
        short: set[str] = set()
        for value in values:
            for form, size in _forms(value):
                if len(form) < PART:
                    if not form.isdigit():  # which would be many a number
                        short.add(form)
                    continue
                self._whole.add(form)
                width = min(size, len(form))
                parts = self._parts.setdefault(width, set())
                parts.update(form[start : start + width] for start in range(len(form) - width + 1))
        alternatives = "|".join(re.escape(form) for form in sorted(short, key=len, reverse=True) if len(form) > 2)
        self._short = re.compile(rf"(?<![A-Za-z0-9])(?:{alternatives})(?![A-Za-z0-9])") if alternatives else None

    def __call__(self, text: str) -> str:
        for width, parts in self._parts.items():
            text = self._without(text, width, parts)
        return self._short.sub(MASK, text) if self._short else text

    def _without(self, text: str, width: int, parts: set[str]) -> str:
        kept: list[str] = []
        begin, start = 0, 0
        while start + width <= len(text):
            if text[start : start + width] not in parts:
                start += 1
                continue
            end = start + width
            while end < len(text) and text[end - width + 1 : end + 1] in parts:
                end += 1
            if not self._may_be_read(text, start, end):
                kept += [text[begin:start], MASK]
                begin = end
            start = end
        return "".join((*kept, text[begin:])) if kept else text

    def _may_be_read(self, text: str, start: int, end: int) -> bool:
        part = text[start:end]
        word = _word_at(text, start, end)
        if word != part and (word in self._names or _VARIABLE.fullmatch(word)):
            return True  # a name, of which a secret is but a part
        if part in self._whole:
            return False
        if (part.strip(_AROUND) or part) in self._public or (part.isdigit() and len(part) < 10):
            return True
        # A digest shares a few digits with anything that is made of digits.
        if not _HEX.fullmatch(part) or len(part) > 24:
            return False
        around = next(
            (found for found in _HEX.finditer(text, max(0, start - 64), end + 64) if found.end() >= end), None
        )
        return around is not None and len(around[0]) in (40, 64)


def _word_at(text: str, start: int, end: int) -> str:
    """The whole of the word that a part of a text stands in."""
    while start and (text[start - 1].isalnum() or text[start - 1] == "_"):
        start -= 1
    while end < len(text) and (text[end].isalnum() or text[end] == "_"):
        end += 1
    return text[start:end]


def _forms(value: str) -> Iterator[tuple[str, int]]:
    """What a value looks like in what libraries say of it, and how many characters of each form give it away."""
    raw = os.fsencode(value)
    given = {value, value.strip(), unquote(value), *value.splitlines()}
    for text in filter(None, given):
        data = os.fsencode(text)
        plain = {
            text,
            data.decode("utf-8", "replace"),
            data.decode("latin-1"),
            data.decode("utf-8", "backslashreplace"),
            repr(text)[1:-1],
            repr(data)[2:-1],
            json.dumps(text)[1:-1],
            html.escape(text),
            quote(data),
            quote(data, safe=""),
            quote_plus(data),
        }
        plain |= {re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), form) for form in plain if "%" in form}
        yield from ((form, PART) for form in plain)
    if len(raw) >= PART:
        yield raw.hex(), HEX_PART
        yield raw.hex().upper(), HEX_PART
        for before in range(3):  # as it stands behind a user's name, too
            coded = base64.b64encode(b"\0" * before + raw)
            inner = coded[(0, 2, 3)[before] : len(coded) - 4 if (before + len(raw)) % 3 else len(coded)].decode()
            yield inner, ENCODED_PART
            yield inner.replace("+", "-").replace("/", "_"), ENCODED_PART


class _MaskedWriter(io.TextIOWrapper):
    """A text stream through which no secret gets. What its encoding can't hold is written as an escape."""

    @classmethod
    def over(cls, stream: TextIO) -> TextIO:
        buffer: Any = getattr(stream, "buffer", None)
        if buffer is None or isinstance(stream, cls):
            return stream
        stream.flush()
        encoding = stream.encoding or "utf-8"
        if encoding.lower().replace("_", "-") in ("ascii", "us-ascii", "ansi-x3.4-1968", "646"):
            encoding = "utf-8"  # for which click would go past this one
        writer = cls(buffer, encoding=encoding, errors="backslashreplace", line_buffering=True)
        _replaced.append(stream)
        return writer

    def write(self, text: str) -> int:
        super().write(mask(text))
        return len(text)


_replaced: list[TextIO] = []  # whose end would close what is written to
