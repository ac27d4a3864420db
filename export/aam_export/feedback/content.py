"""From the bytes of a file to its lines, in blocks of some megabytes, whatever its size (V11, O21-O23)."""

from __future__ import annotations

import codecs
import hashlib
import io
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from isal import igzip
from isal.igzip_lib import IsalError

from aam_export.feedback.refusal import RefusedFile

BLOCK_BYTES = 1 << 20
MAX_LINE_BYTES = 256 << 20
MAX_DOCUMENT_BYTES = 32 << 20
"""A mail, report or answer of the API is read whole; none is nearly as large."""

_GZIP, _ZIP, _SEQUENCE = b"\x1f\x8b", b"PK\x03\x04", b"SEQ"
_FOREIGN = {b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"\x28\xb5\x2f\xfd": "zstandard", b"-----BEGIN PGP": "PGP"}
_AGAIN = "have it sent again: Adobe keeps it for 8 days (O43)"
ROWS = pa.schema([("file_id", pa.int64()), ("line_number", pa.int64()), ("line", pa.string())])
"""The columns of aam_feedback_rows."""


class Delivered(io.RawIOBase):
    """The bytes of a file as they were delivered, counted and hashed while they are read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._sha256 = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False)
        self.size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        data = self._stream.read(len(view))
        view[: len(data)] = data
        self._sha256.update(data)
        self._md5.update(data)
        self.size += len(data)
        return len(data)

    def drain(self) -> None:
        """Read what is left, so that hashes and size are those of the whole file."""
        while self.read(BLOCK_BYTES):
            pass

    @property
    def sha256(self) -> str:
        return self._sha256.hexdigest()

    @property
    def md5(self) -> str:
        return self._md5.hexdigest()


class Unpacked:
    """A file's content without its packing, `size` bytes so far. Raises RefusedFile where it is damaged (O22, O23)."""

    def __init__(self, delivered: Delivered) -> None:
        self._buffered = io.BufferedReader(delivered, BLOCK_BYTES)
        self.size = 0
        head = self._buffered.peek(16)[:16]
        if head.startswith(_SEQUENCE) and len(head) > 3 and head[3] < 32:
            raise RefusedFile(
                "it is a binary Hadoop sequence file",
                "ask Adobe for a format of text instead of AAM-Outbound-SEQ",
                "O22",
            )
        for magic, what in _FOREIGN.items():
            if head.startswith(magic):
                raise RefusedFile(f"its content is {what}", "ask for gzip, zip, or no packing", "O23")
        if head.startswith(_GZIP):
            self._stream: BinaryIO = cast(BinaryIO, igzip.GzipFile(fileobj=self._buffered, mode="rb"))
        elif head.startswith(_ZIP):
            self._stream = _only_member(self._buffered)
        else:
            self._stream = cast(BinaryIO, self._buffered)

    def read(self, size: int) -> bytes:
        try:
            data = self._stream.read(size)
        except EOFError:
            raise RefusedFile("its packing ends too soon", _AGAIN, "O23") from None
        except (zlib.error, zipfile.BadZipFile, igzip.BadGzipFile, IsalError) as error:  # type: ignore[misc]
            raise RefusedFile(f"its packing is damaged: {error}", _AGAIN, "O23") from None
        self.size += len(data)
        return data


def _only_member(stream: BinaryIO | io.BufferedReader) -> BinaryIO:
    """The one file in a zip archive, whose list stands at its end: so it goes through a file of ours."""
    whole = tempfile.TemporaryFile()  # noqa: SIM115  (it goes with the last reader)
    shutil.copyfileobj(stream, whole, BLOCK_BYTES)
    try:
        archive = zipfile.ZipFile(whole)
        names = [name for name in archive.namelist() if not name.endswith("/")]
        if len(names) != 1:
            raise RefusedFile(f"the zip archive holds {len(names)} files", "unpack it beside, and receive these", "O23")
        return cast(BinaryIO, archive.open(names[0]))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise RefusedFile(f"its packing is damaged: {error}", _AGAIN, "O23") from None


def line_batches(content: Unpacked, file_id: int) -> Iterator[pa.RecordBatch]:
    """The lines of a content as batches of ROWS, numbered from 1, without line ends and byte-order mark (O21).

    Raises RefusedFile where it is no UTF-8 or no text.
    """
    number = 1
    for data in _whole_lines(content):
        lines = _lines(data, number)
        yield _batch(lines, file_id, number)
        number += len(lines)


def text_batch(lines: Sequence[str], file_id: int) -> pa.RecordBatch:
    """These lines as a batch of ROWS, numbered from 1. Raises RefusedFile where one is no text."""
    for number, line in enumerate(lines, 1):
        if "\0" in line:  # which DuckDB takes and PostgreSQL does not
            raise RefusedFile(f"line {number} holds a NUL byte: it is no text", "save it as text in UTF-8", "O21")
    encoded = [line.encode() for line in lines]
    offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    return _batch(_texts(b"".join(encoded), offsets), file_id, 1)


def of_file(rows: pa.RecordBatch, file_id: int) -> pa.RecordBatch:
    """Rows of a file whose number was not known yet, with its number."""
    return _batch(rows["line"], file_id, 1)


# From buffers, for pyarrow imports pandas, where it is installed, before it makes an array of Python's values.
def _batch(lines: pa.Array, file_id: int, first: int) -> pa.RecordBatch:
    ids = np.full(len(lines), file_id, np.int64)
    numbers = np.arange(first, first + len(lines), dtype=np.int64)
    columns = [pa.Array.from_buffers(pa.int64(), len(lines), [None, pa.py_buffer(column)]) for column in (ids, numbers)]
    return pa.RecordBatch.from_arrays([*columns, lines], schema=ROWS)


def _texts(data: bytes, offsets: np.ndarray) -> pa.Array:
    return pa.Array.from_buffers(pa.string(), len(offsets) - 1, [None, pa.py_buffer(offsets), pa.py_buffer(data)])


def _whole_lines(content: Unpacked) -> Iterator[bytes]:
    """Blocks that end with a newline, one added to a last line without."""
    pending: list[bytes] = []
    held, started = 0, False
    while data := content.read(BLOCK_BYTES):
        if not started:
            started = True
            data = data.removeprefix(codecs.BOM_UTF8)
        end = data.rfind(b"\n") + 1
        if end:
            yield b"".join([*pending, data[:end]])
            pending, held = [], 0
        if end < len(data):
            pending.append(data[end:])
            held += len(data) - end
            if held > MAX_LINE_BYTES:
                raise RefusedFile(f"a line of more than {MAX_LINE_BYTES >> 20} MB", "it is no file of lines", "O21")
    if pending:
        yield b"".join(pending) + b"\n"


def _lines(data: bytes, first: int) -> pa.Array:
    if b"\0" in data:
        number = first + data[: data.index(b"\0")].count(b"\n")
        raise RefusedFile(
            f"line {number} holds a NUL byte: it is no text", "ask Adobe for a format of text in UTF-8", "O21"
        )
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n")) + 1
    offsets = np.concatenate((np.zeros(1, np.int64), ends)).astype(np.int32)
    lines = _texts(data, offsets)
    if not data.isascii():
        try:
            data.decode()
        except UnicodeDecodeError as error:
            number = first + data[: error.start].count(b"\n")
            raise RefusedFile(f"line {number} is no UTF-8", "ask Adobe for the file in UTF-8", "O21") from None
    return pc.ascii_rtrim(lines, "\r\n")


def document(content: Unpacked, too_large: Callable[[bytes], RefusedFile]) -> bytes:
    """A whole content that is known to be small; where it is not, `too_large` says from its beginning what is wrong."""
    data = content.read(MAX_DOCUMENT_BYTES + 1)
    if len(data) > MAX_DOCUMENT_BYTES:
        raise too_large(data)
    return data
