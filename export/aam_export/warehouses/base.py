"""What the exporter needs of a warehouse; lines come as a stream, whatever their number (V11)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

import pyarrow as pa


class Warehouse(Protocol):
    """A connection. SQL given to it is portable and holds its values as literals made by `literal`."""

    place: str
    """The file, or the database on its server; without secrets."""

    exclusive: bool
    """True where a connection that may write keeps every other run out, and no longer than its process lives."""

    keeps_insertion_order: bool
    """True where a scan returns rows in the order in which they were inserted, so that nothing need be sorted."""

    transactional: bool
    """True where `transaction` holds statements on several tables together. Elsewhere each statement is all or nothing
    by itself: what counts is one row of one table, which is written last."""

    def fetch(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows; for small results."""
        ...

    def execute(self, sql: str) -> None: ...

    def stream(self, sql: str) -> Iterator[pa.Array]:
        """The one text column of a query, as Arrow string arrays of some 10,000 rows; memory stays bounded."""
        ...

    def append(self, table: str, reader: pa.RecordBatchReader) -> None:
        """Append the rows of a reader, by the names of its columns, while they come; memory stays bounded.

        What the reader raises is raised, and then nothing was appended.
        """
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """All statements inside, or none of them, where `transactional`; elsewhere nothing."""
        ...

    def byte_order(self, expression: str) -> str:
        """`expression` for ORDER BY, comparing bytes whatever the collation."""
        ...

    def byte_length(self, expression: str) -> str:
        """SQL for a text's length in UTF-8 bytes."""
        ...

    def close(self) -> None: ...


def literal(value: str | int | datetime | None) -> str:
    """SQL for a value, which means the same in every dialect; a moment is UTC.

    Another character stands for a quote and for a backslash until SQL replaces it: whether the one is doubled and the
    other stands for itself, dialects and their settings don't agree.
    """
    if value is None:
        return "null"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime):
        return f"timestamp '{value.replace(tzinfo=None).isoformat(' ', 'microseconds')}'"
    marks = (mark for mark in map(chr, range(0xE000, 0xF900)) if mark not in value)  # characters of private use
    found = {special: next(marks) for special in "'\\" if special in value}
    for special, mark in found.items():
        value = value.replace(special, mark)
    sql = f"'{value}'"
    for special, mark in found.items():
        sql = f"replace({sql}, '{mark}', chr({ord(special)}))"
    return sql


def values(row: Sequence[str | int | datetime | None]) -> str:
    return "(" + ", ".join(literal(item) for item in row) + ")"
