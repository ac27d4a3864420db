"""Files on disk, the same bytes for the same rows (V1), proved before anything leaves.

A file is written under a temporary name, read back while it grows, decompressed, counted and hashed, and only then gets
its name.
Each file is one gzip member (S9) made of blocks that are compressed apart, on all cores, and joined at byte boundaries.
"""

from __future__ import annotations

import hashlib
import os
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
from isal import isal_zlib

from aam_export.errors import StagingError
from aam_export.files.content import FileContent, SentFileName, SplitLimits, StagedFile
from aam_export.files.lines import NEWLINE, Block
from aam_export.files.private import create_private

EXTENSION = "gz"
GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # no name, no time, no system (S9)
LAST_EMPTY_BLOCK = b"\x03\x00"
COMPRESSION_LEVEL = 1
IN_FLIGHT = 4  # blocks given to the compressor whose sizes are not known yet
# Deflate makes at most a thousand times as much of it, and of lines so little that memory is used again.
READ_BYTES = 1 << 16
GZIP_WITH_HEADER = 31
TEMPORARY = ".part"
LOOK_AGAIN_SECONDS = 0.01


@dataclass(frozen=True)
class ReadBack:
    """What stands on the disk; `whole` says that it is one gzip member and nothing else, up to its end."""

    line_bytes: int
    lines: int
    crc32: int
    sha256: str
    last_byte: bytes
    whole: bool


@dataclass(frozen=True)
class _Compressed:
    data: bytes
    crc32: int


def stage_files(
    blocks: Iterator[Block],
    name: SentFileName,
    folder: Path,
    limits: SplitLimits,
    advance: Callable[[Block], None] = lambda block: None,
) -> list[StagedFile]:
    """Write the files of one name, split where `limits` say so; a single file has no split number (N7).

    `name` comes without split number. Returns the files in order, verified; raises StagingError, and then no file has a
    final name that is not whole.
    """
    written: list[tuple[Path, FileContent, Future[ReadBack]]] = []
    try:
        with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool, ThreadPoolExecutor(max_workers=1) as reader:
            waiting: Block | None = next(blocks, None)
            while waiting is not None:
                path = folder / f"{name}.{len(written) + 1}{TEMPORARY}"
                complete = threading.Event()
                try:
                    with create_private(path) as handle:
                        reading = reader.submit(read_back, path, complete)
                        content, waiting = _write_file(handle, waiting, blocks, limits, pool, advance)
                finally:
                    complete.set()
                written.append((path, content, reading))
        return [
            _finish(path, content, reading.result(), replace(name, split_number=number if len(written) > 1 else None))
            for number, (path, content, reading) in enumerate(written, start=1)
        ]
    except OSError as error:
        raise StagingError(
            f"can't write to the staging folder {folder}: {error.strerror or error}",
            hint="free space or mend the folder's rights, and run again: nothing has been sent",
        ) from error


def _write_file(
    handle: BinaryIO,
    block: Block | None,
    blocks: Iterator[Block],
    limits: SplitLimits,
    pool: ThreadPoolExecutor,
    advance: Callable[[Block], None],
) -> tuple[FileContent, Block | None]:
    """Write `block` and those after it, up to the limits; also returns the block that did not fit any more.

    A block counts with its uncompressed size until its compressed size is known, which is when IN_FLIGHT others have
    been begun: so the end of a file depends on the lines alone, not on which thread was faster.
    """
    writer = _GzipWriter(handle)
    in_flight: deque[tuple[Block, Future[_Compressed]]] = deque()
    bound = len(GZIP_HEADER) + 16

    while block is not None:
        if len(in_flight) == IN_FLIGHT:
            done, future = in_flight.popleft()
            bound += writer.add(done, future.result()) - _worst_case(done)
        full = bound + _worst_case(block) > limits.compressed or (
            writer.line_bytes + sum(len(item.data) for item, _ in in_flight) + len(block.data) > limits.uncompressed
        )
        if full and (writer.lines or in_flight):
            break
        in_flight.append((block, pool.submit(_compress, block)))
        bound += _worst_case(block)
        advance(block)
        block = next(blocks, None)
    for done, future in in_flight:
        writer.add(done, future.result())
    return writer.finish(), block


def _worst_case(block: Block) -> int:
    """No block compresses to more than this many bytes."""
    return len(block.data) + len(block.data) // 100 + 64


class _GzipWriter:
    """One gzip member, from blocks compressed elsewhere."""

    def __init__(self, handle: BinaryIO) -> None:
        self._handle = handle
        self._sha256 = hashlib.sha256()
        self._size = 0
        self._crc32 = 0
        self.line_bytes = self.lines = self._users = self._signals = 0
        self._write(GZIP_HEADER)

    def add(self, block: Block, compressed: _Compressed) -> int:
        """Write a block; returns how many bytes it took."""
        self._write(compressed.data)
        self._crc32 = isal_zlib.crc32_combine(self._crc32, compressed.crc32, len(block.data))
        self.line_bytes += len(block.data)
        self.lines += block.lines
        self._users += block.users
        self._signals += block.signals
        return len(compressed.data)

    def finish(self) -> FileContent:
        self._write(LAST_EMPTY_BLOCK + struct.pack("<II", self._crc32, self.line_bytes & 0xFFFFFFFF))
        return FileContent(
            self._size,
            self.line_bytes,
            self.lines,
            self._users,
            self._signals,
            self._crc32,
            self._sha256.hexdigest(),
        )

    def _write(self, data: bytes) -> None:
        self._handle.write(data)
        self._sha256.update(data)
        self._size += len(data)


def _compress(block: Block) -> _Compressed:
    compressor = isal_zlib.compressobj(COMPRESSION_LEVEL, isal_zlib.DEFLATED, -isal_zlib.MAX_WBITS)
    data = compressor.compress(block.data) + compressor.flush(isal_zlib.Z_SYNC_FLUSH)
    return _Compressed(data, isal_zlib.crc32(block.data))


def _finish(path: Path, content: FileContent, found: ReadBack, name: SentFileName) -> StagedFile:
    compare(path, content, found)
    final = path.with_name(str(name))
    path.replace(final)
    return StagedFile(name, final, content)


def read_back(path: Path, complete: threading.Event) -> ReadBack:
    """Read a file from disk, as far as it goes while it is being written, and to its end once it is `complete`.

    Raises StagingError where it can't be read or decompressed.
    """
    sha256 = hashlib.sha256()
    inflate = isal_zlib.decompressobj(GZIP_WITH_HEADER)
    line_bytes = lines = crc32 = 0
    last = b""
    try:
        with path.open("rb") as handle:
            while True:
                is_complete = complete.is_set()  # asked first: what is read next then goes to the end
                compressed = handle.read(READ_BYTES)
                if not compressed and is_complete:
                    break
                if not compressed:
                    complete.wait(LOOK_AGAIN_SECONDS)
                    continue
                sha256.update(compressed)
                data = inflate.decompress(compressed)
                line_bytes += len(data)
                lines += int(np.count_nonzero(np.frombuffer(data, np.uint8) == NEWLINE))
                crc32 = isal_zlib.crc32(data, crc32)
                last = data[-1:] or last
    except isal_zlib.error as error:  # type: ignore[misc]
        raise _corrupt(path, f"it can't be decompressed: {error}") from error
    except OSError as error:
        raise StagingError(
            f"{path} can't be read back: {error.strerror}", hint="check the disk, and run again"
        ) from error
    whole = bool(inflate.eof) and inflate.unused_data == b""
    return ReadBack(line_bytes, lines, crc32, sha256.hexdigest(), last, whole)


def compare(path: Path, meant: FileContent, found: ReadBack) -> None:
    """Raise StagingError where a byte differs, the gzip member is not one and whole, or lines are missing."""
    for what, was_found, was_meant in (
        ("SHA-256", found.sha256, meant.sha256),
        ("bytes of lines", found.line_bytes, meant.line_bytes),
        ("lines", found.lines, meant.lines),
        ("CRC-32 of the lines", found.crc32, meant.crc32),
        ("last byte", found.last_byte, b"\n"),
        ("whole gzip member", found.whole, True),
    ):
        if was_found != was_meant:
            raise _corrupt(path, f"{what}: {was_found!r} instead of {was_meant!r}")


def _corrupt(path: Path, what: str) -> StagingError:
    return StagingError(
        f"staged file {path} is not what was written: {what}",
        hint="nothing of it was sent; check the disk, delete the staging folder, and run again",
    )
