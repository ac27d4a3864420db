"""What holds for all lines of a user, in a file and in a batch: S5, S7, S8, M8.

A row of 64-bit hashes is kept for each user of a file (or pair of an ID file), in a DuckDB that goes to disk beyond
256 MB, so that memory stays bounded. That two of n users share a hash has a probability of about n² / 2⁶⁵: one in
3,700 at 100 million.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from types import TracebackType

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

MAX_LINES_A_USER = 200  # S5
MAX_EMAILS_A_CUSTOMER = 10  # S7
MAX_DEVICES_A_CUSTOMER = 100  # M8
MAX_CUSTOMERS_A_DEVICE = 10  # M8
_SCAN_ROWS = 16_384  # so that both cores take part in scanning a block


@dataclass(frozen=True)
class Users:
    """Users of one file that break a rule: how many, and the lines of the first of them."""

    file: int
    count: int
    lines: list[int]


class UserIndex:
    """Which users stand in which file. Files are numbered by the caller, lines from 1."""

    def __init__(self, max_examples: int) -> None:
        self._max_examples = max_examples
        self._folder = TemporaryDirectory(prefix="aam_check_")
        self._con = duckdb.connect(config={"memory_limit": "256MB", "temp_directory": self._folder.name})
        self._con.execute("create table seen (file integer, id ubigint, first bigint, last bigint, lines bigint)")
        self._con.execute("create table pairs (file integer, col integer, id ubigint, mapped ubigint, line bigint)")

    def __enter__(self) -> UserIndex:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._con.close()
        self._folder.cleanup()

    def add_lines(self, file: int, lines: pa.StringArray, numbers: npt.NDArray[np.int64], id_column: int) -> None:
        """Take in the users of some lines; `id_column` is the column of the ID, from 1."""
        self._insert(
            lines,
            numbers,
            "insert into seen select $file, hash(split_part(line, chr(9), $col)) as id, "
            "min(number), max(number), count(*) from block group by id",
            {"file": file, "col": id_column},
        )

    def add_pairs(self, file: int, lines: pa.StringArray, numbers: npt.NDArray[np.int64], columns: int) -> None:
        """Take in which ID of the first column each further column maps."""
        for column in range(2, columns + 1):
            self._insert(
                lines,
                numbers,
                "insert into pairs select $file, $col, hash(split_part(line, chr(9), 1)), "
                "hash(rtrim(split_part(line, chr(9), $col), chr(13) || chr(10))), number from block",
                {"file": file, "col": column},
            )

    def _insert(self, lines: pa.StringArray, numbers: npt.NDArray[np.int64], sql: str, values: dict[str, int]) -> None:
        block = pa.table({"line": lines, "number": numbers})
        self._con.register("block", pa.Table.from_batches(block.to_batches(max_chunksize=_SCAN_ROWS), block.schema))
        self._con.execute(sql, values)
        self._con.unregister("block")

    def over_limit(self, file: int, limit: int) -> Iterator[Users]:
        """Users with more than `limit` lines in a file (S5; S8 with 1), by their last lines."""
        return self._users(
            f"select {file} as file, max(last) as line from seen where file = {file} "
            f"group by id having sum(lines) > {limit}"
        )

    def shared(self, groups: list[list[int]]) -> Iterator[Users]:
        """Users with lines in several of these groups of files (S8), in all groups but the first that has them."""
        if len(groups) < 2:
            return iter(())
        files = ", ".join(f"({file}, {number})" for number, group in enumerate(groups) for file in group)
        return self._users(
            f"with placed as (select id, file, part, first from seen join (values {files}) as v (file, part) "
            "using (file)), "
            "several as (select id, min(part) as home from placed group by id having min(part) < max(part)) "
            "select file, min(first) as line from placed join several using (id) where part > home group by file, id"
        )

    def over_mapped(self, files: list[int], limit: int, column: int, *, reverse: bool = False) -> Iterator[Users]:
        """First-column IDs that more than `limit` IDs of a `column` of these files map to; `reverse`: vice versa."""
        among = ", ".join(map(str, files))
        key, value = ("mapped", "id") if reverse else ("id", "mapped")
        return self._users(
            f"select max(file) as file, max_by(line, (file, line)) as line from pairs "
            f"where file in ({among}) and col = {column} group by {key} having count(distinct {value}) > {limit}"
        )

    def _users(self, sql: str) -> Iterator[Users]:
        rows = self._con.execute(
            f"select file, count(*), min(line, {self._max_examples}) from ({sql}) as found group by file order by file"
        ).fetchall()
        for file, count, lines in rows:
            yield Users(file, count, lines)
