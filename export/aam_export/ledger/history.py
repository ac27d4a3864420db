"""What the ledger tells a person who asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aam_export.ledger.context import DELIVERED, OPENED, PROPOSED, STAGED, UPLOADING, LedgerContext, utc
from aam_export.warehouses.base import literal


@dataclass(frozen=True)
class BatchRow:
    """A batch in its last state: open, committed, settled (by hand) or abandoned. `size` in bytes."""

    batch_id: str
    state: str
    at: datetime
    destination: str
    files: int
    size: int
    lines: int
    users: int
    changes: dict[str, int]


@dataclass(frozen=True)
class FileRow:
    """A file in its last state: staged, uploading or delivered. `size` in bytes."""

    batch_id: str
    file_name: str
    url: str
    state: str
    at: datetime
    size: int
    lines: int
    users: int
    signals: int
    sha256: str


class History:
    """Batches and files in their last state, as `aam-export status` shows them."""

    def __init__(self, ledger: LedgerContext) -> None:
        self._ledger = ledger

    def batches(self, limit: int) -> list[BatchRow]:
        """The newest `limit` batches, newest first."""
        rows = self._ledger.warehouse.fetch(
            f"""
            with batches as (
                select batch_id, max(batch_timestamp) as batch_timestamp, max(destination) as destination,
                    max(event_at) as event_at, max(case when event = {literal(OPENED)} then '' else event end) as closed
                from {self._ledger.batches} where event <> {literal(PROPOSED)} group by batch_id
            ),
            files as (
                select batch_id, count(*) as files, sum(size) as size, sum(lines) as lines, sum(users) as users
                from {self._ledger.files} where event = {literal(DELIVERED)} group by batch_id
            )
            select batches.batch_id, case when closed = '' then 'open' else closed end, event_at, destination,
                coalesce(files, 0), coalesce(size, 0), coalesce(lines, 0), coalesce(users, 0)
            from batches left join files on files.batch_id = batches.batch_id
            order by batch_timestamp desc limit {limit}
            """
        )
        changes = self._changes([row[0] for row in rows])
        return [
            BatchRow(
                batch,
                state,
                utc(at),
                destination,
                int(files),
                int(size),
                int(lines),
                int(users),
                changes.get(batch, {}),
            )
            for batch, state, at, destination, files, size, lines, users in rows
        ]

    def files(self, batch_ids: Sequence[str]) -> list[FileRow]:
        """The files of some batches."""
        if not batch_ids:
            return []

        def delivered(column: str) -> str:
            return f"max(case when event = {literal(DELIVERED)} then {column} end)"

        rows = self._ledger.warehouse.fetch(
            f"""
            select batch_id, file_name, max(url),
                max(case event when {literal(DELIVERED)} then 3 when {literal(UPLOADING)} then 2 else 1 end),
                max(event_at), coalesce({delivered("size")}, max(size)), max(lines), max(users), max(signals),
                coalesce({delivered("sha256")}, max(sha256))
            from {self._ledger.files} where batch_id in ({_listed(batch_ids)})
            group by batch_id, file_name order by batch_id desc, file_name
            """
        )
        states = {1: STAGED, 2: UPLOADING, 3: DELIVERED}
        return [
            FileRow(batch, name, url, states[state], utc(at), int(size), int(lines), int(users), int(signals), sha256)
            for batch, name, url, state, at, size, lines, users, signals, sha256 in rows
        ]

    def _changes(self, batch_ids: Sequence[str]) -> dict[str, dict[str, int]]:
        """Batch → change → users, as far as compaction has kept them."""
        if not batch_ids:
            return {}
        rows = self._ledger.warehouse.fetch(
            f"select batch_id, change, count(*) from {self._ledger.batch_records} "
            f"where line_number = 1 and batch_id in ({_listed(batch_ids)}) group by batch_id, change order by change"
        )
        counted: dict[str, dict[str, int]] = {}
        for batch, change, users in rows:
            counted.setdefault(batch, {})[change] = int(users)
        return counted


def _listed(batch_ids: Sequence[str]) -> str:
    return ", ".join(literal(batch) for batch in batch_ids)
