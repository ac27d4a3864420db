"""What holds for all lines of a user, in a file and in a batch: S5, S7, S8, M8, V6.

A row of 64-bit hashes is kept for each line of a user (or pair of an ID file), in a DuckDB that goes to disk beyond
256 MB, so that memory stays bounded. That two of n users share a hash has a probability of about n² / 2⁶⁵: one in
3,700 at 100 million.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from types import TracebackType

import duckdb
import numpy as np
import pyarrow as pa

from aam_export.check.arrays import Mask, Positions, arrow, texts

MAX_LINES_A_USER = 200  # S5
MAX_EMAILS_A_CUSTOMER = 10  # S7
MAX_DEVICES_A_CUSTOMER = 100  # M8
MAX_CUSTOMERS_A_DEVICE = 10  # M8
_SCAN_ROWS = 16_384  # so that both cores take part in scanning a block
_ROWS_AT_ONCE = 100_000
# Adds or takes away the trait $2, in any of the spellings that AAM reads.
_TRAIT = r'(?i)^\s*(?:"?d_(un)?sid"?="?([0-9]+)"?|([0-9]+):(?:0|-1))\s*$'


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
        self._con.execute("create table seen (file integer, id ubigint, line bigint, removes boolean)")
        self._con.execute("create table pairs (file integer, col integer, id ubigint, mapped ubigint, line bigint)")
        self._con.execute("create table files (file integer, place integer, batch integer)")
        self._con.execute(
            "create table operations (id ubigint, trait varchar, removes boolean, file integer, line bigint)"
        )
        self._waiting: list[pa.Table] = []
        self._rows = 0
        self._gathered = False

    def __enter__(self) -> UserIndex:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._con.close()
        self._folder.cleanup()

    def add_lines(self, file: int, ids: pa.Array, numbers: Positions, removing: Mask) -> None:
        """Take in the users of some lines, and which of these may take a trait away."""
        files = np.full(len(ids), file, np.int32)
        columns = [arrow(files), ids, arrow(numbers), arrow(removing)]
        self._waiting.append(pa.Table.from_arrays(columns, ["file", "id", "line", "removes"]))
        self._rows += len(ids)
        if self._rows >= _ROWS_AT_ONCE:
            self._flush()

    def add_pairs(self, file: int, columns: Sequence[pa.Array], numbers: Positions) -> None:
        """Take in which ID of the first column each further column maps."""
        for number, column in enumerate(columns[1:], start=2):
            block = pa.Table.from_arrays([columns[0], column, arrow(numbers)], ["id", "mapped", "line"])
            self._insert(block, f"insert into pairs select {file}, {number}, hash(id), hash(mapped), line from block")

    def over_limit(self, files: Iterable[int] | None, limit: int) -> Iterator[Users]:
        """Users with more than `limit` lines in one of these files (S5; S8 with 1), by their last lines."""
        among = "" if files is None else f"where file in ({_listed(files)})"
        return self._users(
            f"select file, max(line) as line from several {among} group by file, id having count(*) > {limit}"
        )

    def shared(self, placed: Iterable[tuple[int, int, int]]) -> Iterator[Users]:
        """Users with lines in several places of a batch, in all of them but the first that has them.

        `placed` says of files in which place of which batch they are.
        """
        self._place(placed)
        return self._users(
            "with placed as (select batch, id, file, place, line from several join files using (file)), "
            "apart as (select batch, id, min(place) as home from placed group by all having min(place) < max(place)) "
            "select file, min(line) as line from placed join apart using (batch, id) where place > home "
            "group by batch, file, id"
        )

    def suspects(self, placed: Iterable[tuple[int, int, int]]) -> list[int]:
        """The files in which users stand who have several lines in a batch, of which one may take a trait away."""
        self._place(placed)
        self._con.execute(
            "create or replace table suspects as select batch, id from several join files using (file) "
            "group by batch, id having count(*) > 1 and bool_or(removes)"
        )
        rows = self._con.execute(
            "select distinct file from several join files using (file) join suspects using (batch, id) order by file"
        ).fetchall()
        return [file for (file,) in rows]

    def add_operations(self, file: int, batch: int, column: int, data: bytes, first_line: int) -> int:
        """Take in what some lines of those users do to traits; `column` is the ID's, from 0. Returns the lines."""
        lines = data.split(b"\n")[:-1]
        numbers = arrow(np.arange(first_line, first_line + len(lines), dtype=np.int64))
        block = pa.Table.from_arrays([texts(lines), numbers], ["text", "line"])
        self._insert(
            block,
            f"""
            insert into operations
            with own as (
                select string_split(rtrim(decode(text), chr(9) || chr(13) || ' '), chr(9)) as columns, line from block
            ),
            those as (
                select hash(encode(columns[{column + 1}] || ',')) as id, columns[-1] as signals, line from own
                where len(columns) > {column + 1}
            ),
            signals as (
                select id, unnest(string_split(signals, ',')) as signal, line from those
                where id in (select id from suspects where batch = {batch})
            )
            select
                id,
                regexp_extract(signal, '{_TRAIT}', 2) || regexp_extract(signal, '{_TRAIT}', 3),
                regexp_extract(signal, '{_TRAIT}', 1) <> '' or regexp_extract(signal, '{_TRAIT}', 3) <> '',
                {file},
                line
            from signals
            where regexp_matches(signal, '{_TRAIT}')
            """,
        )
        return len(lines)

    def contradictory(self) -> Iterator[Users]:
        """Users of a batch with a trait that one of their lines adds and another takes away (V6), by their last."""
        return self._users(
            "with them as (select batch, id, trait, max((file, line)) as last from operations join files using (file) "
            "group by batch, id, trait having bool_or(removes) and not bool_and(removes) "
            "and count(distinct (file, line)) > 1) "
            "select max(last)[1] as file, max(last)[2] as line from them group by batch, id"
        )

    def over_mapped(self, files: list[int], limit: int, column: int, *, reverse: bool = False) -> Iterator[Users]:
        """First-column IDs that more than `limit` IDs of a `column` of these files map to; `reverse`: vice versa."""
        key, value = ("mapped", "id") if reverse else ("id", "mapped")
        return self._users(
            f"select max(file) as file, max_by(line, (file, line)) as line from pairs "
            f"where file in ({_listed(files)}) and col = {column} "
            f"group by {key} having count(distinct {value}) > {limit}"
        )

    def _place(self, placed: Iterable[tuple[int, int, int]]) -> None:
        self._gather()
        rows = list(placed)
        columns = [arrow(np.array([row[at] for row in rows], np.int32)) for at in range(3)]
        block = pa.Table.from_arrays(columns, ["file", "place", "batch"])
        self._con.execute("delete from files")
        self._insert(block, "insert into files select file, place, batch from block")

    def _gather(self) -> None:
        """Put the lines of users with more than one into `several`: all that follows asks for these few."""
        self._flush()
        if not self._gathered:
            self._gathered = True
            self._con.execute(
                "create or replace table several as select * from seen "
                "where id in (select id from seen group by id having count(*) > 1)"
            )

    def _flush(self) -> None:
        if self._waiting:
            self._gathered = False
            block, self._waiting, self._rows = pa.concat_tables(self._waiting), [], 0
            self._insert(block, "insert into seen select file, hash(id), line, removes from block")

    def _insert(self, block: pa.Table, sql: str) -> None:
        self._con.register("block", pa.Table.from_batches(block.to_batches(max_chunksize=_SCAN_ROWS), block.schema))
        self._con.execute(sql)
        self._con.unregister("block")

    def _users(self, sql: str) -> Iterator[Users]:
        self._gather()
        rows = self._con.execute(
            f"select file, count(*), min(line, {self._max_examples}) from ({sql}) as found group by file order by file"
        ).fetchall()
        for file, count, lines in rows:
            yield Users(file, count, lines)


def _listed(files: Iterable[int]) -> str:
    return ", ".join(map(str, files))
