"""What a file holds: its lines, block by block, on all cores, and its size (S1, S2)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from aam_export.check.content import Block, UnreadableError, clean_utf8, read_lines
from aam_export.check.kinds_of_ids import IdForms
from aam_export.check.lines import DataLines, IdSyncLines, Lines
from aam_export.check.look import TOO_LONG, Looked, look
from aam_export.check.places import CheckedFile
from aam_export.check.report import WARNING, Tally
from aam_export.check.users import UserIndex

MB, GB = 10**6, 10**9
IN_FLIGHT = 3  # blocks that are looked at, or wait for it
Note = Callable[..., None]


@dataclass(frozen=True)
class Reader:
    """Reads files for a check: `pool` looks at blocks, `on_bytes` is told how many bytes were read."""

    users: UserIndex
    pool: ThreadPoolExecutor
    on_bytes: Callable[[int], None]

    def check(self, file: CheckedFile, lines: Lines) -> None:
        """Check a file's lines, and put its users into `users`. What can't be read is said of the file (V13)."""
        tally, summary = file.tally, file.tally.summary
        forms = IdForms() if isinstance(lines, DataLines) else None
        read, seen = 0, 0

        def count(size: int) -> None:
            nonlocal read
            read += size
            self.on_bytes(size)

        try:
            with file.source.open() as stream:
                for block, looked in self._looked(stream, file, lines, tally.add, count):
                    seen += looked.lines
                    summary.uncompressed_bytes += len(block.data)
                    self._take(file, lines, looked, forms)
        except UnreadableError as error:
            tally.add(error.rule, f"{error}; read up to line {seen}" if seen else str(error))
            summary.readable = False
        except (OSError, ValueError) as error:
            tally.add("V13", f"can't be read: {getattr(error, 'strerror', None) or error}")
            summary.readable = False
        summary.compressed_bytes = max(read, summary.compressed_bytes)
        if seen == 0 and summary.readable and not (summary.processed and read == 0):
            tally.add("S3", "the file has no lines" if read else "the file is empty")
            summary.readable = read > 0
        if forms is not None:
            forms.report(tally)
        _check_size(tally)

    def again(self, file: CheckedFile) -> Iterator[bytes]:
        """The blocks of a file that was read before, for what only shows when all files are known."""
        with file.source.open() as stream:
            try:
                for block in read_lines(stream, file.compressed, lambda *_, **__: None, lambda size: None):
                    if not block.cut:
                        yield clean_utf8(block.data)[0]
            except UnreadableError:
                return

    def _looked(
        self, stream: BinaryIO, file: CheckedFile, lines: Lines, note: Note, count: Callable[[int], None]
    ) -> Iterator[tuple[Block, Looked]]:
        """The blocks of a file in their order, each looked at; a file of one block in this thread."""
        with_forms = isinstance(lines, DataLines)
        waiting: deque[tuple[Block, Future[Looked]]] = deque()
        held: Block | None = None
        failure: UnreadableError | None = None
        blocks = read_lines(stream, file.compressed, note, count)
        while True:
            try:
                block = next(blocks, None)
            except UnreadableError as error:
                block, failure = None, error
            if held is not None:
                if block is None and not waiting:
                    yield held, _look(held, lines, with_forms)
                else:
                    waiting.append((held, self.pool.submit(_look, held, lines, with_forms)))
            held = block
            while waiting and (block is None or len(waiting) >= IN_FLIGHT):
                done, future = waiting.popleft()
                yield done, future.result()
            if block is None:
                break
        if failure:
            raise failure

    def _take(self, file: CheckedFile, lines: Lines, looked: Looked, forms: IdForms | None) -> None:
        tally, summary = file.tally, file.tally.summary
        summary.records_received += looked.records
        summary.format_errors += looked.format_errors
        for rule, message, numbers in looked.found:
            tally.add(rule, message, count=len(numbers), lines=numbers[: tally.max_examples].tolist())
        for number, problems in looked.problems:
            tally.add_line(problems, number)
        if not looked.columns:
            return
        if isinstance(lines, IdSyncLines):
            if lines.has_limits:
                self.users.add_pairs(file.number, looked.columns, looked.numbers)
        else:
            file.removes |= bool(looked.removing.any())
            self.users.add_lines(file.number, looked.columns[lines.id_column], looked.numbers, looked.removing)
        if forms is not None and looked.forms is not None:
            forms.add(looked.forms)


def _look(block: Block, lines: Lines, with_forms: bool) -> Looked:
    if not block.cut:
        return look(block, lines, with_forms=with_forms)
    return Looked(1, 1, 1, [("S4", TOO_LONG, np.array([block.first_line]))])


def _check_size(tally: Tally) -> None:
    """How large a file is, against S1 and S2."""
    packed, unpacked = tally.summary.compressed_bytes, tally.summary.uncompressed_bytes
    if unpacked > 5 * GB:
        tally.add("S2", f"{unpacked / GB:.1f} GB uncompressed, the limit is 5 GB")
    elif unpacked > GB:
        tally.add("S1", f"{unpacked / GB:.1f} GB uncompressed: split at 1 GB", severity=WARNING)
    if packed < unpacked and packed > GB:
        tally.add("S2", f"{packed / GB:.1f} GB compressed, the limit is 1 GB")
    elif packed < unpacked and packed > 300 * MB:
        tally.add("S1", f"{packed / MB:.0f} MB compressed: split at 200-300 MB", severity=WARNING)
