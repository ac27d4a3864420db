"""What a file holds: its lines, block by block, the kinds of its IDs (N5), and its size (S1, S2)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from aam_export.check.content import MAX_LINE_BYTES, Block, UnreadableError, clean_utf8, read_lines
from aam_export.check.ids import SHAPES, SUSPICIOUS
from aam_export.check.lines import DataLines, IdSyncLines, Lines, PartnerLines
from aam_export.check.places import CheckedFile
from aam_export.check.report import WARNING, Tally
from aam_export.check.users import UserIndex
from aam_export.errors import ConfigurationError

MB, GB = 10**6, 10**9
_TAB, _NEWLINE, _RETURN = 9, 10, 13
_CASELESS_UUID = r"\A[0-9]{8}-[0-9-]{27}\t"  # fits both kinds of UUID, and so tells nothing about N5


def check_content(file: CheckedFile, lines: Lines, users: UserIndex, on_bytes: Callable[[int], None]) -> None:
    """Check a file's lines, and put its users into `users`; raises ConfigurationError where it can't be read."""
    tally, summary = file.tally, file.tally.summary
    shapes = _Shapes() if isinstance(lines, DataLines) else None
    fine = rf"\A(?:{lines.fine})\r?\n\z"
    number = 1
    try:
        with file.source.open() as stream:
            compressed = file.source.parts[-1].endswith(".gz")
            for block in read_lines(stream, compressed, tally.add, on_bytes):
                summary.uncompressed_bytes += len(block.data)
                if block.cut:
                    _too_long(tally, number)
                    number += 1
                    continue
                number += _check_block(file, lines, block, fine, number, users, shapes)
    except UnreadableError as error:
        tally.add("N8", f"{error}; read up to line {number - 1}")
        summary.readable = False
    except OSError as error:
        raise ConfigurationError(
            f"{file.source.label} can't be read: {error.strerror or error}", hint="see to its permissions"
        ) from error
    if number == 1 and summary.readable:
        tally.add("S3", "the file has no lines")
    if shapes is not None:
        shapes.report(tally)
    _check_size(tally)


def _check_block(
    file: CheckedFile,
    lines: Lines,
    block: Block,
    fine: str,
    first_number: int,
    users: UserIndex,
    shapes: _Shapes | None,
) -> int:
    """Check some lines, of which the first has the number `first_number`; the number of lines."""
    tally = file.tally
    data, broken = clean_utf8(block.data)
    view = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(view == _NEWLINE) + 1
    starts = np.concatenate((np.zeros(1, np.int64), ends[:-1]))
    lengths = ends - starts
    returns = (lengths > 1) & (view[np.maximum(ends - 2, 0)] == _RETURN)
    blank = lengths - returns == 1
    too_long = lengths > MAX_LINE_BYTES
    numbers = np.arange(first_number, first_number + len(ends), dtype=np.int64)

    def add(rule: str, message: str, where: npt.NDArray[np.bool_]) -> None:
        if count := int(np.count_nonzero(where)):
            some = numbers[where][: tally.max_examples].tolist()
            tally.add(rule, message, count=count, lines=some)

    add("S6", "a carriage return before the newline", returns)
    add("S6", "a blank line", blank)
    undecodable = np.zeros(len(ends), np.bool_)
    undecodable[np.searchsorted(ends, broken, side="right")] = True
    add("S6", "bytes that are not UTF-8", undecodable)
    add("S4", _TOO_LONG, too_long)
    tally.summary.format_errors += int(np.count_nonzero(undecodable | too_long))

    offsets = np.concatenate((starts, ends[-1:])).astype(np.int32)
    buffers = pa.py_buffer(offsets), pa.py_buffer(data)
    raw = pa.Array.from_buffers(pa.binary(), len(ends), [None, *buffers])
    look = ~_matches(raw, fine) | _matches(raw, SUSPICIOUS)
    if suspects := lines.suspects(data):
        look |= _matches(raw, suspects)
    for index in np.flatnonzero(look & ~blank & ~undecodable & ~too_long).tolist():
        end = int(ends[index]) - 1 - int(returns[index])
        text = data[int(starts[index]) : end].decode()
        tally.add_line(list(lines.problems(text)), first_number + index)

    tally.summary.records_received += int(np.count_nonzero(~blank))
    text_lines = pa.Array.from_buffers(pa.string(), len(ends), [None, *buffers])
    if blank.any():
        keep = ~blank
        text_lines, numbers = text_lines.filter(pa.array(keep)), numbers[keep]
    if isinstance(lines, IdSyncLines):
        if lines.has_limits:
            users.add_pairs(file.number, text_lines, numbers, len(lines.id_types))
    else:
        users.add_lines(file.number, text_lines, numbers, 2 if isinstance(lines, PartnerLines) else 1)
    if shapes is not None:
        shapes.add(view, starts, ends, raw, first_number)
    return len(ends)


_TOO_LONG = f"a line of more than {MAX_LINE_BYTES:,} bytes"


def _too_long(tally: Tally, number: int) -> None:
    tally.add("S4", _TOO_LONG, number)
    tally.summary.records_received += 1
    tally.summary.format_errors += 1


def _matches(lines: pa.Array, pattern: str) -> npt.NDArray[np.bool_]:
    """Which lines an RE2 pattern matches, byte by byte."""
    found: npt.NDArray[np.bool_] = pc.match_substring_regex(lines, pattern).to_numpy(zero_copy_only=False)
    return found


class _Shapes:
    """Counts what the IDs of a data file look like, to find files that mix kinds of IDs (N5)."""

    def __init__(self) -> None:
        self._counts = dict.fromkeys(SHAPES, 0)
        self._first = dict.fromkeys(SHAPES, 0)

    def add(
        self,
        view: npt.NDArray[np.uint8],
        starts: npt.NDArray[np.int64],
        ends: npt.NDArray[np.int64],
        lines: pa.Array,
        first_number: int,
    ) -> None:
        tabs = np.append(np.flatnonzero(view == _TAB), len(view))
        first_tabs = tabs[np.searchsorted(tabs, starts)]
        lengths = np.where(first_tabs < ends, first_tabs - starts, 0)
        for shape, (length, pattern) in SHAPES.items():
            of_length = np.flatnonzero(lengths == length)
            if not len(of_length):
                continue
            candidates = lines.take(pa.array(of_length))
            alike = of_length[_matches(candidates, rf"\A{pattern}\t") & ~_matches(candidates, _CASELESS_UUID)]
            if len(alike):
                self._first[shape] = self._first[shape] or first_number + int(alike[0])
                self._counts[shape] += len(alike)

    def report(self, tally: Tally) -> None:
        present = sorted((shape for shape in SHAPES if self._counts[shape]), key=lambda s: -self._counts[s])
        for shape in present[1:]:
            tally.add(
                "N5",
                f"{shape} among {present[0]}: more than one kind of ID",
                count=self._counts[shape],
                lines=[self._first[shape]],
            )


def _check_size(tally: Tally) -> None:
    packed, unpacked = tally.summary.compressed_bytes, tally.summary.uncompressed_bytes
    if unpacked > 5 * GB:
        tally.add("S2", f"{unpacked / GB:.1f} GB uncompressed, the limit is 5 GB")
    elif unpacked > GB:
        tally.add("S1", f"{unpacked / GB:.1f} GB uncompressed: split at 1 GB", severity=WARNING)
    if packed < unpacked and packed > GB:
        tally.add("S2", f"{packed / GB:.1f} GB compressed, the limit is 1 GB")
    elif packed < unpacked and packed > 300 * MB:
        tally.add("S1", f"{packed / MB:.0f} MB compressed: split at 200-300 MB", severity=WARNING)
