"""Lines as they leave: checked by the thousand, and cut into blocks of whole users.

The view renders each line, SQL adds the newline, and so an Arrow string column's data buffer *is* the file. Nothing
here runs per row (V11): NumPy looks at whole buffers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from aam_export.errors import RecordError
from aam_export.files.content import BLOCK_BYTES

MAX_LINE_BYTES = 102_400  # S4, with its newline
TAB, NEWLINE, SPACE, QUOTE, COMMA, EQUALS, FIRST_PRINTABLE = 9, 10, 32, 34, 44, 61, 32
ALL_BUT_MARKS = bytes(byte for byte in range(256) if byte not in (TAB, NEWLINE, QUOTE, COMMA))

Bytes = npt.NDArray[np.uint8]
Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Block:
    """Whole lines of whole users: at most `block_bytes`, more only where one user's lines are.

    Lines of an ID file have neither `users` nor `signals`.
    """

    data: memoryview
    lines: int
    users: int
    signals: int


def cut_blocks(
    arrays: Iterable[pa.Array],
    *,
    source: str,
    long_users: bool = False,
    id_columns: int = 0,
    block_bytes: int = BLOCK_BYTES,
) -> Iterator[Block]:
    """Blocks of a stream of lines (each with its newline), where lines of one user stand together.

    Where a block ends depends on the lines alone, not on how the warehouse batches them: the same lines give the same
    blocks, files and bytes everywhere. `source` names the stream in errors; `long_users` says that users may have
    several lines, `id_columns` that they are lines of an ID file with so many columns (N10). Raises RecordError for a
    line that AAM would drop (L1, L6, S4, S6, I3).
    """

    def block(first: int, last: int) -> Block:
        cut = _block(data, ends, first, last, long_users)
        return replace(cut, users=0, signals=0) if id_columns else cut

    try:
        data, ends = np.empty(0, np.uint8), np.empty(0, np.int64)
        seen = 0
        for array in arrays:
            if not len(array):
                continue
            fresh, fresh_ends = _buffer(array, source, seen)
            _check_lines(fresh, fresh_ends, id_columns, source, seen)
            seen += len(array)
            ends = np.concatenate((ends, fresh_ends + len(data)))
            data = np.concatenate((data, fresh)) if len(data) else fresh
            first = 0  # index of the first line that no block holds yet
            while (last := _last_line(data, ends, first, block_bytes)) is not None:
                yield block(first, last)
                first = last + 1
            start = int(ends[first - 1]) if first else 0
            data, ends = data[start:], ends[first:] - start
        if len(ends):
            yield block(0, len(ends) - 1)
    finally:
        if isinstance(arrays, Generator):
            arrays.close()  # an error's traceback would keep the query open, and with it the warehouse busy


def _buffer(array: pa.Array, source: str, seen: int) -> tuple[Bytes, Positions]:
    """The bytes of a string array, and where each of its rows ends in them."""
    if array.null_count:
        row = seen + int(np.flatnonzero(array.is_null().to_numpy(zero_copy_only=False))[0]) + 1
        raise RecordError(
            f"{source}: row {row} has no record (NULL)",
            hint=f"{_view(source)}.record is never NULL: see its tests",
            rule="S6",
        )
    width = np.int64 if pa.types.is_large_string(array.type) else np.int32
    _, offsets, data = array.buffers()
    bounds = np.frombuffer(offsets, dtype=width)[array.offset : array.offset + len(array) + 1].astype(np.int64)
    content = np.frombuffer(data, dtype=np.uint8)[bounds[0] : bounds[-1]] if data is not None else np.empty(0, np.uint8)
    return content, bounds[1:] - bounds[0]


def _check_lines(data: Bytes, ends: Positions, id_columns: int, source: str, seen: int) -> None:
    """Each row is one line: `user<TAB>signals<NEWLINE>`, no other control character, nothing empty, not too long.

    Of an ID file: `ID<TAB>ID<NEWLINE>`, with as many IDs as there are columns.
    """
    starts = np.concatenate((np.zeros(1, np.int64), ends[:-1]))
    control = np.flatnonzero(data < FIRST_PRINTABLE)
    columns = id_columns or 2
    well_formed = len(control) == columns * len(ends) and int(np.max(ends - starts)) <= MAX_LINE_BYTES
    if well_formed:
        before = np.column_stack((starts - 1, control.reshape(-1, columns)))  # where each column begins and ends
        tabs, newlines = before[:, 1:-1], before[:, -1]
        well_formed = (
            np.array_equal(newlines, ends - 1)
            and bool(np.all(data[tabs] == TAB))
            and bool(np.all(data[newlines] == NEWLINE))
            and bool(np.all(np.diff(before) > 1))
            and bool(np.all(data[ends - 2] != SPACE))
        )
    if not well_formed:
        _explain(data, starts, ends, id_columns, source, seen)


def _explain(data: Bytes, starts: Positions, ends: Positions, id_columns: int, source: str, seen: int) -> None:
    """Find the first bad row of a batch, and raise. The line is not shown: what is wrong may be personal data."""
    for index, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        line = data[start:end].tobytes()
        if problem := _pair_problem(line, id_columns) if id_columns else _problem(line):
            what, rule = problem
            digest = hashlib.sha256(line.removesuffix(b"\n")).hexdigest()
            raise RecordError(
                f"{source}: row {seen + index + 1} {what} (SHA-256 of the record: {digest})",
                hint=f"AAM would drop it, so nothing is sent; find it in {_view(source)} by this hash",
                rule=rule,
            )
    raise AssertionError("a batch failed as a whole and no line of it did")


def _problem(line: bytes) -> tuple[str, str] | None:
    body = line[:-1]
    user, tab, signals = body.partition(b"\t")
    if b"\n" in body:
        return "has a newline inside", "S6"
    if not tab:
        return "has no tab between user ID and signals", "L1"
    if b"\t" in signals:
        return "has a tab too many", "L1"
    if any(byte < FIRST_PRINTABLE for byte in user + signals):
        return "has a control character", "U5" if any(byte < FIRST_PRINTABLE for byte in user) else "L5"
    if not user:
        return "has no user ID", "L1"
    if not signals:
        return "has no signals", "L6"
    if signals.endswith(b" "):
        return "ends with a blank", "L6"
    if len(line) > MAX_LINE_BYTES:
        return f"is {len(line):,} bytes long with its newline, more than {MAX_LINE_BYTES:,}", "S4"
    return None


def _pair_problem(line: bytes, id_columns: int) -> tuple[str, str] | None:
    body = line[:-1]
    ids = body.split(b"\t")
    if b"\n" in body:
        return "has a newline inside", "S6"
    if len(ids) != id_columns:
        return f"has {len(ids)} IDs, the file's name says {id_columns}", "N10"
    if any(byte < FIRST_PRINTABLE for one in ids for byte in one):
        return "has a control character", "U5"
    if not all(ids):
        return "has an empty ID", "U5"
    if body.endswith(b" "):
        return "ends with a blank", "I3"
    if len(line) > MAX_LINE_BYTES:
        return f"is {len(line):,} bytes long with its newline, more than {MAX_LINE_BYTES:,}", "S4"
    return None


def _view(source: str) -> str:
    """The view that `source` names first."""
    return source.partition(",")[0]


def _last_line(data: Bytes, ends: Positions, first: int, block_bytes: int) -> int | None:
    """Index of the line that ends the block which begins with line `first`.

    The block takes users while it stays within `block_bytes`, and one at least. None while that needs more lines.
    """
    start = int(ends[first - 1]) if first else 0
    next_line = int(np.searchsorted(ends, start + block_bytes, side="right"))  # the first that does not fit
    if next_line >= len(ends):
        return None
    user = _user(data, int(ends[next_line - 1]) if next_line else 0)
    last = next_line - 1
    while last >= first and _user(data, int(ends[last - 1]) if last else 0) == user:
        last -= 1
    if last >= first:
        return last
    for line in range(next_line + 1, len(ends)):
        if _user(data, int(ends[line - 1])) != user:
            return line - 1
    return None


def _user(data: Bytes, start: int) -> bytes:
    """The user ID, with its tab, of the line that begins at `start`."""
    size = 256
    while TAB not in (piece := data[start : start + size]):
        size *= 16
    return piece[: int(np.argmax(piece == TAB)) + 1].tobytes()


def _block(data: Bytes, ends: Positions, first: int, last: int, long_users: bool) -> Block:
    start = int(ends[first - 1]) if first else 0
    content = data[start : int(ends[last])]
    lines = last - first + 1
    users = lines
    if long_users:
        users = len({_user(data, int(begin)) for begin in (start, *ends[first:last])})
    return Block(content.data, lines, users, _signals(content, lines))


def _signals(content: Bytes, lines: int) -> int:
    """How many signals stand on the lines: commas separate them (L1), and each has one `=` of its own (L2).

    Where that does not add up, commas or `=` stand in IDs or values, and a slower count leaves these out. A block with
    as many of the one there as of the other is not told apart, and counts those commas as well.
    """
    signals = int(np.count_nonzero(content == COMMA)) + lines
    if int(np.count_nonzero(content == EQUALS)) == signals:
        return signals
    marks = np.frombuffer(content.tobytes().translate(None, ALL_BUT_MARKS), np.uint8)
    quotes = np.cumsum(marks == QUOTE, dtype=np.int32)
    quotes_before = np.maximum.accumulate(np.where(marks == TAB, quotes, 0))  # up to the line's tab
    in_signals = np.cumsum(marks == TAB, dtype=np.int32) > np.cumsum(marks == NEWLINE, dtype=np.int32)
    separates = (marks == COMMA) & in_signals & ((quotes - quotes_before) % 2 == 0)
    return int(np.count_nonzero(separates)) + lines
