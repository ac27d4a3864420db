"""From the bytes of a file to blocks of whole lines: gzip, sizes and encoding (N8, S2 to S4, S6, S9)."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from isal import isal_zlib
from isal.igzip_lib import IsalError

from aam_export.check.report import WARNING

MAX_LINE_BYTES = 102_400  # S4, with its newline
CHUNK_BYTES = 4 << 20
GZIP_MAGIC = b"\x1f\x8b"
_GZIP_EXTRA, _GZIP_NAME, _GZIP_COMMENT = 0x04, 0x08, 0x10
_ARCHIVES = {
    b"PK\x03\x04": "a zip archive",
    b"PK\x05\x06": "a zip archive with nothing in it",
    b"PK\x07\x08": "a part of a zip archive",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstandard",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!": "a rar archive",
    b"\x1f\x9d": "compress (.Z)",
    b"\x04\x22\x4d\x18": "lz4",
}
_BOM = codecs.BOM_UTF8
_WIDE_BOMS = {  # the longer first: one begins with the other
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
_LOOKED_AT = 4096  # bytes that show how wide characters are

Note = Callable[..., None]


class UnreadableError(Exception):
    """The file can't be read any further: it is broken there, or is of a form that AAM does not take (N8, S6)."""

    def __init__(self, message: str, rule: str = "N8") -> None:
        super().__init__(message)
        self.rule = rule


@dataclass(frozen=True)
class Block:
    """Lines as they are in the file, each with its newline (one is added to the last line, if it has none)."""

    data: bytes
    first_line: int
    cut: bool = False  # the beginning of one line that is too long to be looked at


def read_lines(stream: BinaryIO, compressed: bool, note: Note, on_bytes: Callable[[int], None]) -> Iterator[Block]:
    """The lines of a file, uncompressed where it is gzip, in blocks of some megabytes.

    `compressed` says whether the name ends in .gz. Problems of the file as a whole go to `note(rule, message, line)`,
    the number of bytes read from `stream` to `on_bytes`. Memory is bounded, however long a line is.
    """
    pending, started, inside_long_line, lines = b"", False, False, 0
    for fresh in _chunks(stream, compressed, note, on_bytes):
        chunk = fresh
        if not started:
            started = True
            if wide := _wide(chunk):
                raise UnreadableError(f"the content is {wide}", "S6")
            if chunk.startswith(_BOM):
                note("S6", "a byte-order mark before the first line", 1)
                chunk = chunk[len(_BOM) :]
        if inside_long_line:
            end = chunk.find(b"\n") + 1
            if not end:
                continue
            chunk, inside_long_line = chunk[end:], False
        data = pending + chunk
        end = data.rfind(b"\n") + 1
        if end:
            yield Block(data[:end], lines + 1)
            lines += data.count(b"\n")
        pending = data[end:]
        if len(pending) > MAX_LINE_BYTES:
            lines += 1
            yield Block(pending, lines, cut=True)
            pending, inside_long_line = b"", True
    if pending or inside_long_line:
        note("S6", "no newline after the last line", lines if inside_long_line else lines + 1)
    if pending:
        yield Block(pending + b"\n", lines + 1)


def _wide(data: bytes) -> str:
    """The encoding of a text whose characters are wider than those of UTF-8; empty for none."""
    for mark, name in _WIDE_BOMS.items():
        if data.startswith(mark):
            return name
    some = data[:_LOOKED_AT]
    zeros = [some[start::2].count(0) for start in (0, 1)]
    if len(some) < 4 or max(zeros) * 3 < len(some):  # of ASCII, every second byte would be 0
        return ""
    if min(zeros) * 3 >= len(some):
        return "UTF-32 or binary data"
    return "UTF-16"


def _chunks(stream: BinaryIO, compressed: bool, note: Note, on_bytes: Callable[[int], None]) -> Iterator[bytes]:
    def read() -> bytes:
        data = stream.read(CHUNK_BYTES)
        on_bytes(len(data))
        return data

    head = read()
    if not head:
        return
    for magic, what in _ARCHIVES.items():
        if head.startswith(magic):
            raise UnreadableError(f"the content is {what}")
    if head.startswith(GZIP_MAGIC):
        if not compressed:
            note("N8", "the content is gzip, and the name does not end in .gz")
        yield from _gunzip(head, read, note)
        return
    if compressed:
        note("N8", "the name ends in .gz, and the content is not gzip")
    while head:
        yield head
        head = read()


def _gunzip(head: bytes, read: Callable[[], bytes], note: Note) -> Iterator[bytes]:
    members, data = 0, head
    while data:
        if not data.startswith(GZIP_MAGIC):
            note("N8", "other bytes follow the gzip data")
            return
        members += 1
        if members == 1 and len(data) > 10:
            if data[3] & _GZIP_NAME or any(data[4:8]):
                note("S9", "the gzip header holds a name or a time", severity=WARNING)
            if data[3] & (_GZIP_EXTRA | _GZIP_COMMENT):
                note("S9", "the gzip header holds an extra field or a comment", severity=WARNING)
        elif members == 2:
            note("S9", "several gzip members, one after the other")
        member = isal_zlib.decompressobj(wbits=31)
        while not member.eof:
            try:
                chunk = member.decompress(data, CHUNK_BYTES)
            except IsalError:  # type: ignore[misc]  # the stub says it is an instance
                raise UnreadableError("the gzip data is damaged") from None
            if chunk:
                yield chunk
            if member.eof:
                break
            data = member.unconsumed_tail or read()
            if not data and len(chunk) < CHUNK_BYTES:
                raise UnreadableError("the gzip data ends too soon")
        data = member.unused_data
        if len(data) < len(GZIP_MAGIC):
            data += read()


def clean_utf8(data: bytes) -> tuple[bytes, npt.NDArray[np.int64]]:
    """The data with each byte that is no UTF-8 as `?`, of the same length, and where those bytes are."""
    if data.isascii():
        return data, np.empty(0, np.int64)
    try:
        data.decode()
    except UnicodeDecodeError:
        cleaned = data.decode(errors="aam_question_marks").encode()
        before, after = np.frombuffer(data, np.uint8), np.frombuffer(cleaned, np.uint8)
        return cleaned, np.flatnonzero(before != after)
    return data, np.empty(0, np.int64)


def _question_marks(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "?" * (error.end - error.start), error.end


codecs.register_error("aam_question_marks", _question_marks)
