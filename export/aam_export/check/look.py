"""A block of lines, looked at as a whole: which lines are certainly right, and what is wrong with the others.

A line is cut at tabs and commas. Its first columns, and each distinct signal of the block, are matched by patterns that
only valid ones match; lines in which something is left over, or a signal stands twice, are taken apart one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from aam_export.check.arrays import Mask, Positions, arrow, texts
from aam_export.check.content import MAX_LINE_BYTES, Block, clean_utf8
from aam_export.check.kinds_of_ids import IdForms
from aam_export.check.lines import Lines
from aam_export.check.report import Problem
from aam_export.check.signals import means, removes

TOO_LONG = f"a line of more than {MAX_LINE_BYTES:,} bytes"
FEW_LINES = 64
"""So many lines are sooner taken apart than patterns are compiled."""
FEW_SIGNALS = 32
"""So many on a line are sooner compared with each other than sorted."""
_TAB, _NEWLINE, _RETURN, _COMMA = 9, 10, 13, 44


@dataclass
class Looked:
    """What is known of a block's lines.

    `found` are rule, message and the numbers of the lines; `problems` those of single lines. Of lines that are not
    blank, `columns` are what stands before the signals, each with a comma behind it (missing ones are empty),
    `numbers` their numbers, and `removing` whether they may take a trait away.
    """

    lines: int
    records: int
    format_errors: int
    found: list[tuple[str, str, Positions]] = field(default_factory=list)
    problems: list[tuple[int, list[Problem]]] = field(default_factory=list)
    columns: list[pa.Array] = field(default_factory=list)
    numbers: Positions = field(default_factory=lambda: np.empty(0, np.int64))
    removing: Mask = field(default_factory=lambda: np.empty(0, np.bool_))
    forms: IdForms | None = None


def look(block: Block, lines: Lines, *, with_forms: bool) -> Looked:
    """Look at a block. `with_forms` asks for what the IDs look like, too (N5)."""
    data, broken = clean_utf8(block.data)
    view = np.frombuffer(data, np.uint8)
    newlines = view == _NEWLINE
    ends = np.flatnonzero(newlines) + 1
    starts = np.concatenate((np.zeros(1, np.int64), ends[:-1]))
    lengths = ends - starts
    returns = (lengths > 1) & (view[np.maximum(ends - 2, 0)] == _RETURN)
    blank = lengths - returns == 1
    too_long = lengths > MAX_LINE_BYTES
    undecodable = np.zeros(len(ends), np.bool_)
    if len(broken):
        undecodable[np.searchsorted(ends, broken, side="right")] = True
    numbers = np.arange(block.first_line, block.first_line + len(ends), dtype=np.int64)
    looked = Looked(len(ends), int(np.count_nonzero(~blank)), int(np.count_nonzero(undecodable | too_long)))
    for rule, message, where in (
        ("S6", "a carriage return before the newline", returns),
        ("S6", "a blank line", blank),
        ("S6", "bytes that are not UTF-8", undecodable),
        ("S4", TOO_LONG, too_long),
    ):
        if where.any():
            looked.found.append((rule, message, numbers[where]))
    if returns.any():
        data = data.replace(b"\r\n", b"\n")
        newlines = np.frombuffer(data, np.uint8) == _NEWLINE
    rows = _Rows(data, newlines, lines) if len(ends) > FEW_LINES else None
    doubtful = ~rows.fine if rows else np.ones(len(ends), np.bool_)
    apart = _apart(data, np.flatnonzero(doubtful & ~blank))
    for index, line in apart:
        if not (undecodable[index] or too_long[index]) and (problems := list(lines.problems(line.decode()))):
            looked.problems.append((int(numbers[index]), problems))
    _gather(looked, lines, rows, apart, numbers)
    if with_forms:
        looked.forms = IdForms.of(looked.columns[0], looked.numbers)
    return looked


def _apart(data: bytes, indexes: Positions) -> list[tuple[int, bytes]]:
    if not len(indexes):
        return []
    found = np.flatnonzero(np.frombuffer(data, np.uint8) == _NEWLINE)
    first = np.concatenate((np.zeros(1, np.int64), found[:-1] + 1))
    bounds = zip(indexes.tolist(), first[indexes].tolist(), found[indexes].tolist(), strict=True)
    return [(index, data[start:end]) for index, start, end in bounds]


class _Rows:
    """Lines cut into columns and signals. `fine` says which are certainly right."""

    def __init__(self, data: bytes, newlines: Mask, lines: Lines) -> None:
        columns, signals = lines.columns, lines.signals
        view = np.frombuffer(data, np.uint8)
        at = newlines | (view == _TAB)
        if signals:
            at |= view == _COMMA
        cuts = np.flatnonzero(at)
        kinds = view[cuts]
        last = np.flatnonzero(kinds == _NEWLINE)  # of each line's pieces, in `cuts`
        first = np.concatenate((np.zeros(1, np.int64), last[:-1] + 1))
        pieces = last - first + 1
        tabs = columns if signals else columns - 1
        formed = pieces > tabs if signals else pieces == columns
        for column in range(tabs):
            formed &= kinds[np.minimum(first + column, len(kinds) - 1)] == _TAB
        if not formed.all() or int(np.count_nonzero(kinds == _TAB)) != tabs * len(first):
            formed &= np.add.reduceat((kinds == _TAB).astype(np.int64), first) == tabs
        offsets = np.concatenate((np.zeros(1, np.int32), (cuts + 1).astype(np.int32)))
        pieces_data = view.copy()
        pieces_data[cuts] = _COMMA
        buffers = [pa.py_buffer(offsets), pa.py_buffer(pieces_data)]
        every = pa.Array.from_buffers(pa.binary(), len(cuts), [None, *buffers])
        self.formed = np.flatnonzero(formed)
        self.columns = [every.take(arrow(first[self.formed] + column)) for column in range(columns)]
        self.fine = np.zeros(len(first), np.bool_)
        self.fine[self.formed] = lines.fine(self.columns)
        self.removing = np.zeros(len(first), np.bool_)
        if signals:
            line_of = np.repeat(np.arange(len(first)), pieces)
            is_signal = formed[line_of]
            for column in range(columns):
                is_signal[np.minimum(first + column, len(cuts) - 1)] = False
            valid = pa.py_buffer(np.packbits(is_signal, bitorder="little"))
            masked = pa.Array.from_buffers(pa.binary(), len(cuts), [valid, *buffers]).dictionary_encode()
            numbers = np.frombuffer(masked.indices.buffers()[1], np.int32)[: len(cuts)][is_signal]
            fine = signals.fine(masked.dictionary)
            self._judge(masked.dictionary, numbers, line_of[is_signal], int(pieces.max()), fine)

    def _judge(
        self, distinct: pa.Array, numbers: npt.NDArray[np.int32], line_of: Positions, most: int, fine: Mask
    ) -> None:
        if not len(distinct):
            return
        if not fine.all():
            self.fine[line_of[~fine[numbers]]] = False
        says, of_what, removing = means(distinct)
        if removing.any():
            self.removing[line_of[removing[numbers]]] = True
        self.fine[_repeated(line_of, says[numbers], most)] = False
        if of_what is not says and len(np.unique(of_what)) < len(np.unique(says)):
            self.fine[_repeated(line_of, of_what[numbers], most)] = False


def _repeated(line_of: Positions, numbers: Positions, most: int) -> Positions:
    """The lines, which have up to `most` numbers each, in which one stands twice."""
    if not len(numbers):
        return line_of
    size = int(numbers.max()) + 1
    keys = line_of * size + numbers
    if most <= FEW_SIGNALS:  # each is compared with its neighbours, which is faster than to sort
        apart = (np.flatnonzero(keys[by:] == keys[:-by]) for by in range(1, most))
        return np.concatenate([line_of[:0], *(line_of[found] for found in apart)])
    keys = np.sort(keys)
    return np.asarray(keys[1:][keys[1:] == keys[:-1]] // size)


def _gather(
    looked: Looked, lines: Lines, rows: _Rows | None, apart: Sequence[tuple[int, bytes]], numbers: Positions
) -> None:
    """The columns of all lines that are not blank: of rows as they were cut, of the others as far as they have them."""
    parts: list[list[pa.Array]] = [[] for _ in range(lines.columns)]
    where, removing = [], []
    formed = np.empty(0, np.int64)
    if rows:
        formed = rows.formed
        for part, column in zip(parts, rows.columns, strict=True):
            part.append(column)
        where.append(formed)
        removing.append(rows.removing[formed])
    known = set(formed.tolist()) if apart and len(formed) else set()
    # What stands behind the signals is an error, and hides none of them.
    others = [(index, line.rstrip(b"\t ").split(b"\t")) for index, line in apart if index not in known]
    for part, column in zip(parts, range(lines.columns), strict=True):
        part.append(texts([line[column] + b"," if column < len(line) else b"" for _, line in others]))
    where.append(np.array([index for index, _ in others], np.int64))
    removing.append(np.array([removes(line[-1].decode()) for _, line in others], np.bool_))
    if len(formed) and apart and lines.signals:
        for index, line in apart:
            if index in known and removes(line.rpartition(b"\t")[2].decode()):
                removing[0][np.searchsorted(formed, index)] = True
    looked.columns = [pa.concat_arrays(part) for part in parts]
    looked.numbers = numbers[np.concatenate(where)]
    looked.removing = np.concatenate(removing)
