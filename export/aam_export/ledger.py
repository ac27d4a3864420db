"""The ledger: what has been sent, in tables beside the models.

    aam_batches         a row an event of a batch: opened, then committed or abandoned
    aam_files           a row an event of a file: staged, uploading, delivered
    aam_batch_records   the lines of each batch, frozen before the first byte leaves
    aam_leases          a row a run that held the drop

Rows are only ever appended (a lease's expiry aside). A batch counts once its row `committed` stands.
The tables are created by dbt (macro create_ledger) and are the sources `aam_ledger` of the project.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

import pyarrow as pa

from aam_export.clock import Clock
from aam_export.errors import BusyError, ConfigurationError, RecordError
from aam_export.names import DataFileName
from aam_export.project import Project
from aam_export.staging import SplitLimits, StagedFile
from aam_export.warehouses import Warehouse
from aam_export.warehouses.base import literal, values

LEDGER_VERSION = 1
LEASE = timedelta(minutes=10)
OPENED, COMMITTED, ABANDONED = "opened", "committed", "abandoned"
STAGED, UPLOADING, DELIVERED = "staged", "uploading", "delivered"


@dataclass(frozen=True)
class Batch:
    """A frozen batch. All of it that decides names and bytes is written down when it is opened."""

    batch_id: str
    timestamp: int
    drop_date: date
    destination: str
    partner_name: str
    limits: SplitLimits


@dataclass(frozen=True)
class Stream:
    """The lines of a batch that go under one file name, and how many there are."""

    data_sources: str
    dpid: str
    target_data_owner_dpid: str | None
    sync_mode: str
    lines: int
    users: int
    line_bytes: int

    def file_name(self, timestamp: int) -> DataFileName:
        return DataFileName(self.dpid, self.target_data_owner_dpid, timestamp, self.sync_mode, extension="gz")


@dataclass(frozen=True)
class BatchRow:
    """A batch in the history: its last event, and its files so far."""

    batch_id: str
    state: str
    at: datetime
    destination: str
    files: int
    size: int
    lines: int
    users: int


@dataclass(frozen=True)
class FileRow:
    """A file in the history, in its last state."""

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


class Lease:
    """The right to send and to commit, while it is renewed in time. `fence` counts the runs that held the drop."""

    def __init__(self, ledger: Ledger, fence: int) -> None:
        self._ledger = ledger
        self.fence = fence

    def renew(self) -> None:
        """Raises BusyError where the lease has expired."""
        self._ledger.renew(self.fence)


class Ledger:
    """Reads and appends; every statement here is portable SQL."""

    def __init__(self, warehouse: Warehouse, project: Project, clock: Clock) -> None:
        self._warehouse = warehouse
        self._clock = clock
        self._records_view = project.relation("inbound_records")
        self._batches = project.relation("aam_batches")
        self._files = project.relation("aam_files")
        self._records = project.relation("aam_batch_records")
        self._leases = project.relation("aam_leases")

    # Leases

    @contextlib.contextmanager
    def lease(self) -> Iterator[Lease]:
        """Hold the drop; raises BusyError while another run does.

        A lease left by a dead run expires, at once where the warehouse admits only one process at a time.
        """
        with self._warehouse.transaction():
            rows = self._warehouse.fetch(
                f"select fence, holder, expires_at from {self._leases} order by fence desc limit 1"
            )
            fence = 1
            if rows:
                last, holder, expires_at = rows[0]
                fence = last + 1
                left = _utc(expires_at) - self._clock.now()
                if not self._warehouse.exclusive and timedelta(0) < left <= LEASE:
                    raise BusyError(
                        f"another run holds the drop: {holder}, for {left.seconds} s unless it goes on",
                        hint="wait for it; if it died, its lease ends by itself",
                    )
            lease = Lease(self, fence)
            self._append(
                self._leases,
                "fence, holder, acquired_at, expires_at",
                [(fence, f"process {os.getpid()} on {socket.gethostname()}", self._now(), self._now(LEASE))],
            )
        try:
            yield lease
        finally:
            with contextlib.suppress(Exception):
                self._set_expiry(fence, self._now())

    def holds(self, fence: int) -> bool:
        """Whether this run still has the newest lease and it has not expired."""
        [(newest,)] = self._warehouse.fetch(f"select max(fence) from {self._leases}")
        [(expires_at,)] = self._warehouse.fetch(f"select expires_at from {self._leases} where fence = {fence}")
        return bool(newest == fence and _utc(expires_at) > self._clock.now())

    def renew(self, fence: int) -> None:
        with self._warehouse.transaction():
            self._require_lease(fence)
            self._set_expiry(fence, self._now(LEASE))

    def _require_lease(self, fence: int) -> None:
        if not self.holds(fence):
            raise BusyError(
                "this run's lease on the drop expired, and another may have begun",
                hint="nothing of this run is committed; run again, which finishes the batch",
            )

    # Batches

    def open_batch(self) -> Batch | None:
        """The batch that was begun and neither committed nor abandoned, if any."""
        rows = self._warehouse.fetch(
            f"""
            select batch_id, batch_timestamp, drop_date, destination, partner_name,
                split_compressed_bytes, split_uncompressed_bytes, ledger_version
            from {self._batches} as opened
            where event = {literal(OPENED)} and not exists (
                select 1 from {self._batches} as closed
                where closed.batch_id = opened.batch_id and closed.event <> {literal(OPENED)}
            )
            order by batch_timestamp
            """
        )
        if not rows:
            return None
        batch_id, timestamp, drop_date, destination, partner, compressed, uncompressed, version = rows[0]
        if version != LEDGER_VERSION:
            raise ConfigurationError(
                f"batch {batch_id} was begun by another version of aam-export (ledger version {version}, this is "
                f"{LEDGER_VERSION})",
                hint="finish it with the version that began it",
            )
        limits = SplitLimits(compressed, uncompressed)
        return Batch(batch_id, timestamp, date.fromisoformat(drop_date), destination, partner, limits)

    def check_destination(self, destination: str) -> None:
        """Refuse a drop other than the one whose history this is (delivery 10)."""
        others = self._warehouse.fetch(
            f"select destination, max(batch_id) from {self._batches} "
            f"where event = {literal(OPENED)} and destination <> {literal(destination)} group by destination"
        )
        if others:
            known, batch = others[0]
            raise ConfigurationError(
                f"the ledger belongs to the drop {known} (batch {batch}), this run is for {destination}",
                hint="a ledger says what one drop has been sent: use another target (schema or file) for another drop",
            )

    def freeze(self, destination: str, partner_name: str, limits: SplitLimits, fence: int) -> Batch | None:
        """Copy what inbound_records holds into a new batch, and open it; None where there is nothing to send.

        The batch's TIMESTAMP is now or, where the ledger has that or a later one, one second after its last: names
        never repeat (N3).
        """
        with self._warehouse.transaction():
            self._require_lease(fence)
            [(last,)] = self._warehouse.fetch(f"select max(batch_timestamp) from {self._batches}")
            now = self._clock.now()
            timestamp = max(int(now.timestamp()), (last or 0) + 1)
            batch = Batch(str(timestamp), timestamp, now.date(), destination, partner_name, limits)
            columns = "data_source, dpid, target_data_owner_dpid, sync_mode, user_id, line_number, line_count, record"
            order = "" if self._warehouse.keeps_insertion_order else f"order by {self._order()}"
            self._warehouse.execute(
                f"insert into {self._records} (batch_id, {columns}) "
                f"select {literal(batch.batch_id)}, {columns} from {self._records_view} {order}"
            )
            if not self._warehouse.fetch(
                f"select 1 from {self._records} where batch_id = {literal(batch.batch_id)} limit 1"
            ):
                return None
            self._append_batch(batch, OPENED)
        return batch

    def streams(self, batch: Batch | None) -> list[Stream]:
        """What goes into which files: of a batch or, with None, of the view as it stands."""
        relation = self._records_view if batch is None else self._records
        where = "" if batch is None else f"where batch_id = {literal(batch.batch_id)}"
        rows = self._warehouse.fetch(
            f"""
            select min(data_source), max(data_source), dpid, target_data_owner_dpid, sync_mode, count(*),
                sum(case when line_number = 1 then 1 else 0 end),
                sum({self._warehouse.byte_length("record")}) + count(*)
            from {relation} {where}
            group by dpid, target_data_owner_dpid, sync_mode
            order by dpid, target_data_owner_dpid, sync_mode
            """
        )
        streams = []
        for first, last, dpid, owner, sync_mode, lines, users, line_bytes in rows:
            if dpid is None or sync_mode is None:
                raise RecordError(
                    f"data source {first}: a record has no dpid or sync_mode",
                    hint="see the tests of inbound_records",
                    rule="N2",
                )
            sources = first if first == last else f"{first}, {last}"
            streams.append(Stream(sources, dpid, owner, sync_mode, lines, int(users or 0), int(line_bytes or 0)))
        return streams

    def lines(self, batch: Batch, stream: Stream, *, long_users: bool) -> Iterator[pa.Array]:
        """The lines of a stream, each with its newline: of users with one line, or (`long_users`) with several."""
        order = ""
        if long_users or not self._warehouse.keeps_insertion_order:
            order = f"order by {self._order()}"
        owner = "is null" if stream.target_data_owner_dpid is None else f"= {literal(stream.target_data_owner_dpid)}"
        return self._warehouse.stream(
            f"""
            select record || chr(10) from {self._records}
            where batch_id = {literal(batch.batch_id)} and dpid = {literal(stream.dpid)}
                and target_data_owner_dpid {owner} and sync_mode = {literal(stream.sync_mode)}
                and line_count {"<>" if long_users else "="} 1
            {order}
            """
        )

    def commit(self, batch: Batch, fence: int) -> None:
        """State changes here and nowhere else."""
        with self._warehouse.transaction():
            self._require_lease(fence)
            self._append_batch(batch, COMMITTED)

    def abandon(self, batch: Batch, reason: str) -> None:
        """Close a batch of which nothing has left and nothing can."""
        self._append_batch(batch, ABANDONED, reason)

    # Files

    def record_files(self, batch: Batch, files: Sequence[StagedFile], urls: Sequence[str], event: str) -> None:
        self._append(
            self._files,
            "batch_id, file_name, url, event, event_at, size, line_bytes, lines, users, signals, crc32, sha256",
            [
                (
                    batch.batch_id,
                    str(file.name),
                    url,
                    event,
                    self._now(),
                    file.content.size,
                    file.content.line_bytes,
                    file.content.lines,
                    file.content.users,
                    file.content.signals,
                    file.content.crc32,
                    file.content.sha256,
                )
                for file, url in zip(files, urls, strict=True)
            ],
        )

    def file_events(self, batch: Batch) -> dict[str, set[str]]:
        """File name → its events so far."""
        rows = self._warehouse.fetch(
            f"select file_name, event from {self._files} where batch_id = {literal(batch.batch_id)}"
        )
        events: dict[str, set[str]] = {}
        for name, event in rows:
            events.setdefault(name, set()).add(event)
        return events

    # History

    def batches(self) -> list[BatchRow]:
        """All batches, newest first."""
        rows = self._warehouse.fetch(
            f"""
            with last_events as (
                select batch_id, max(batch_timestamp) as batch_timestamp, max(destination) as destination,
                    max(event_at) as event_at, max(case when event = {literal(OPENED)} then '' else event end) as closed
                from {self._batches} group by batch_id
            ),
            files as (
                select batch_id, count(*) as files, sum(size) as size, sum(lines) as lines, sum(users) as users
                from {self._files} where event = {literal(DELIVERED)} group by batch_id
            )
            select last_events.batch_id, case when closed = '' then 'open' else closed end, event_at, destination,
                coalesce(files, 0), coalesce(size, 0), coalesce(lines, 0), coalesce(users, 0)
            from last_events left join files on files.batch_id = last_events.batch_id
            order by batch_timestamp desc
            """
        )
        return [
            BatchRow(batch, state, _utc(at), destination, int(files), int(size), int(lines), int(users))
            for batch, state, at, destination, files, size, lines, users in rows
        ]

    def files(self, batch_ids: Sequence[str]) -> list[FileRow]:
        """The files of some batches, each in its last state."""
        if not batch_ids:
            return []
        rows = self._warehouse.fetch(
            f"""
            select batch_id, file_name, max(url),
                max(case event when {literal(DELIVERED)} then 3 when {literal(UPLOADING)} then 2 else 1 end),
                max(event_at), max(size), max(lines), max(users), max(signals), max(sha256)
            from {self._files} where batch_id in ({", ".join(literal(batch) for batch in batch_ids)})
            group by batch_id, file_name order by batch_id desc, file_name
            """
        )
        states = {1: STAGED, 2: UPLOADING, 3: DELIVERED}
        return [
            FileRow(batch, name, url, states[state], _utc(at), int(size), int(lines), int(users), int(signals), sha256)
            for batch, name, url, state, at, size, lines, users, signals, sha256 in rows
        ]

    # Helpers

    def _append_batch(self, batch: Batch, event: str, note: str | None = None) -> None:
        self._append(
            self._batches,
            "batch_id, event, event_at, batch_timestamp, drop_date, destination, partner_name, "
            "split_compressed_bytes, split_uncompressed_bytes, ledger_version, note",
            [
                (
                    batch.batch_id,
                    event,
                    self._now(),
                    batch.timestamp,
                    batch.drop_date.isoformat(),
                    batch.destination,
                    batch.partner_name,
                    batch.limits.compressed,
                    batch.limits.uncompressed,
                    LEDGER_VERSION,
                    note,
                )
            ],
        )

    def _append(self, table: str, columns: str, rows: Sequence[Sequence[str | int | None]]) -> None:
        if rows:
            self._warehouse.execute(f"insert into {table} ({columns}) values {', '.join(values(row) for row in rows)}")

    def _set_expiry(self, fence: int, moment: str) -> None:
        self._warehouse.execute(
            f"update {self._leases} set expires_at = cast({literal(moment)} as timestamp) where fence = {fence}"
        )

    def _order(self) -> str:
        order = self._warehouse.byte_order
        return f"{order('data_source')}, {order('sync_mode')}, {order('user_id')}, line_number"

    def _now(self, later: timedelta = timedelta(0)) -> str:
        return (self._clock.now() + later).strftime("%Y-%m-%d %H:%M:%S.%f")


def _utc(moment: datetime) -> datetime:
    """Timestamps of the ledger are UTC without saying so."""
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
