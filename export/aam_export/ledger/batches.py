"""Batches: frozen, resumed, committed (V1, V4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import pyarrow as pa

from aam_export.errors import ConfigurationError, GateError, RecordError
from aam_export.exposure import BUILD
from aam_export.files.content import FileContent, SplitLimits, StagedFile
from aam_export.files.names import DataFileName
from aam_export.ledger.id_syncs import IdSyncStream, freeze_pairs, pair_lines, pair_streams
from aam_export.ledger.lease import Lease
from aam_export.ledger.tables import (
    ABANDONED,
    ARRIVED,
    COMMITTED,
    DELIVERED,
    LEDGER_VERSION,
    OPENED,
    PROPOSED,
    SETTLED,
    UPLOADING,
    Tables,
    utc,
)
from aam_export.warehouses.base import literal

# What a batch says of a user, as inbound_changes has it and aam_batch_records keeps it.
COLUMNS = (
    "data_source, dpid, target_data_owner_dpid, sync_mode, user_id, line_number, line_count, record, "
    "change, profile, asserts_all, asserted, removed, still_to_remove, repeat_after_batch, refreshed_on"
)


@dataclass(frozen=True)
class Batch:
    """A frozen batch. All of it that decides names and bytes was written down when it was opened."""

    batch_id: str
    timestamp: int
    drop_date: date
    destination: str
    partner_name: str
    limits: SplitLimits


@dataclass(frozen=True)
class Stream:
    """The lines that go under one file name, and how many there are; `line_bytes` is about right, 0 if nobody asked."""

    data_sources: str
    dpid: str
    target_data_owner_dpid: str | None
    sync_mode: str
    lines: int
    users: int
    line_bytes: int

    def file_name(self, timestamp: int, extension: str) -> DataFileName:
        return DataFileName(self.dpid, self.target_data_owner_dpid, timestamp, self.sync_mode, extension=extension)


@dataclass
class FileEvents:
    """What happened to a file: how often it was staged, began to leave, stood whole under a temporary name, arrived.

    `contents` are all that ever stood for it; `delivered` the one that stands in the drop.
    """

    counts: Counter[str] = field(default_factory=Counter)
    contents: list[FileContent] = field(default_factory=list)
    delivered: FileContent | None = None

    def add(self, event: str, content: FileContent) -> None:
        self.counts[event] += 1
        if content not in self.contents:
            self.contents.append(content)
        if event == DELIVERED:
            self.delivered = content

    def has(self, file: StagedFile) -> bool:
        """Whether these bytes are written down."""
        return file.content in self.contents

    @property
    def attempted(self) -> bool:
        return self.counts[UPLOADING] > 0

    @property
    def arrived(self) -> bool:
        """Whether the last attempt came so far that the file stood whole: each begins with `uploading`."""
        return self.attempted and self.counts[ARRIVED] == self.counts[UPLOADING]


class Batches:
    """The batches of a ledger."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._warehouse = tables.warehouse

    def unfinished(self) -> Batch | None:
        """The batch that was opened and neither committed nor abandoned, if any."""
        rows = self._warehouse.fetch(
            f"""
            select batch_id, batch_timestamp, drop_date, destination, partner_name,
                split_compressed_bytes, split_uncompressed_bytes
            from {self._tables.batches} as opened
            where event = {literal(OPENED)} and not exists (
                select 1 from {self._tables.batches} as closed
                where closed.batch_id = opened.batch_id and closed.event in ({literal(COMMITTED)}, {literal(ABANDONED)})
            )
            order by batch_timestamp
            """
        )
        if not rows:
            return None
        batch_id, timestamp, drop_date, destination, partner, compressed, uncompressed = rows[0]
        limits = SplitLimits(compressed, uncompressed)
        return Batch(batch_id, timestamp, date.fromisoformat(drop_date), destination, partner, limits)

    def check_destination(self, destination: str) -> None:
        """Refuse a drop other than the one whose history this is (V10)."""
        others = self._warehouse.fetch(
            f"select destination, max(batch_id) from {self._tables.batches} where event = {literal(OPENED)} "
            f"and destination <> {literal(destination)} group by destination order by destination"
        )
        if others:
            known, batch = others[0]
            raise ConfigurationError(
                f"the ledger belongs to the drop {known} (batch {batch}), this run is for {destination}",
                hint="a ledger says what one drop has been sent: give another drop a target of its own in profiles.yml",
            )

    def check_version(self) -> None:
        """Refuse a ledger that a newer aam-export has written to, for it may say what this one can't read.

        Models of an older one are refused as well: they can't read what this one would write.
        """
        self._warehouse.fetch(f"select line from {self._tables.batch_lines} where 1 = 0")
        [(newest,)] = self._warehouse.fetch(f"select max(ledger_version) from {self._tables.batches}")
        if newest is not None and newest > LEDGER_VERSION:
            raise ConfigurationError(
                f"the ledger {self._tables.batches} is of version {newest}, this aam-export knows {LEDGER_VERSION}",
                hint="install the newer aam-export that wrote it",
            )

    def last_event(self) -> datetime | None:
        """When, by the clock of that time, something last happened to a batch; UTC."""
        [(last,)] = self._warehouse.fetch(
            f"select max(event_at) from {self._tables.batches} where event <> {literal(PROPOSED)}"
        )
        return None if last is None else utc(last)

    def committed(self) -> int:
        """How many batches have been delivered."""
        [(number,)] = self._warehouse.fetch(
            f"select count(distinct batch_id) from {self._tables.batches} where event = {literal(COMMITTED)}"
        )
        return int(number)

    def newest_timestamp(self) -> int | None:
        """TIMESTAMP of the newest batch, abandoned ones included: names never repeat (N3)."""
        [(newest,)] = self._warehouse.fetch(f"select max(batch_timestamp) from {self._tables.batches}")
        return None if newest is None else int(newest)

    def delivered_build(self) -> str | None:
        """The batch that has delivered the last build already, if one has.

        inbound_changes says after which batch it was computed; a newer one can only have been made from it.
        """
        [(base,)] = self._warehouse.fetch(f"select max(base_batch_id) from {self._tables.change_totals}")
        newest = self._newest_counting()
        if base is not None and base > (newest or ""):
            raise GateError(
                f"the last build compared with batch {base}, and the ledger ends with {newest or 'nothing'}: it is not "
                "the ledger that this build saw",
                hint=f"restore the ledger that belongs here, or run `{BUILD}` again",
            )
        return newest if base is not None and base < (newest or "") else None

    def freeze(
        self,
        destination: str,
        partner_name: str,
        limits: SplitLimits,
        lease: Lease,
        *,
        full: bool,
        not_before: int,
        build: str,
        check: Callable[[], None],
    ) -> Batch | None:
        """Open a batch of what is to be sent; None where there is nothing to send.

        It is the batch that the last dbt build proposed, `build` by its invocation ID, whose rows stand in the ledger
        already. What no build proposed is copied: `full`, or what was proposed and given up. `check` is called once
        all stands, and nothing does where it raises.

        Its TIMESTAMP is now, or one second after the newest batch, or `not_before` (UTC Unix seconds), whichever is
        last: names never repeat (N3, R10), whatever the clock does.
        """
        tables = self._tables
        with self._warehouse.transaction():
            lease.require()
            now = tables.clock.now()
            timestamp = max(int(now.timestamp()), (self.newest_timestamp() or 0) + 1, not_before)
            proposed = None if full else self._proposed()
            batch_id = proposed or self._next_id(now)
            batch = Batch(batch_id, timestamp, now.date(), destination, partner_name, limits)
            if not proposed:
                self._warehouse.execute(
                    f"insert into {tables.batch_records} (batch_id, {COLUMNS}) "
                    f"select {literal(batch_id)}, {COLUMNS} from {tables.changes_full if full else tables.changes}"
                )
            freeze_pairs(tables, batch.batch_id, full=full, gone=False)
            if not any(
                self._warehouse.fetch(f"select 1 from {table} where batch_id = {literal(batch.batch_id)} limit 1")
                for table in (tables.batch_records, tables.batch_id_syncs)
            ):
                self.check_proposal(build)
                return None
            freeze_pairs(tables, batch.batch_id, full=full, gone=True)
            self._append(batch, OPENED)
            self.check_proposal(build)
            check()
        return batch

    def streams(self, batch: Batch | None, *, full: bool = False, sized: bool = True) -> list[Stream | IdSyncStream]:
        """What goes into which files: of a batch or, with None, of what would be frozen now. ID files come first.

        AAM promises no order (M2); but if it reads files as they come, it knows the IDs before their records. Where not
        `sized`, the bytes of data files are not summed, for which everything would have to be read.
        """
        pairs = pair_streams(self._tables, None if batch is None else batch.batch_id, full=full)
        return [*pairs, *self._data_streams(batch, full=full, sized=sized)]

    def id_sync_lines(self, batch: Batch, stream: IdSyncStream) -> Iterator[pa.Array]:
        """The lines of an ID file, each with its newline."""
        return pair_lines(self._tables, batch.batch_id, stream)

    def _data_streams(self, batch: Batch | None, *, full: bool, sized: bool) -> list[Stream]:
        tables = self._tables
        where = ""
        relation = tables.changes_full if full else tables.changes
        if batch is not None:
            relation, where = tables.batch_records, f"where batch_id = {literal(batch.batch_id)}"
        length = self._warehouse.byte_length
        asserted = length("case when asserts_all then profile else asserted end")
        line_bytes = f"coalesce({length('record')}, {length('user_id')} + {asserted} + 1) + 1"
        rows = self._warehouse.fetch(
            f"""
            select min(data_source), max(data_source), dpid, target_data_owner_dpid, sync_mode, count(*),
                sum(case when line_number = 1 then 1 else 0 end),
                sum({line_bytes if sized else 0})
            from {relation} {where}
            group by dpid, target_data_owner_dpid, sync_mode
            order by dpid, target_data_owner_dpid, sync_mode
            """
        )
        streams = []
        for first, last, dpid, owner, sync_mode, lines, users, size in rows:
            if dpid is None or sync_mode is None:
                raise RecordError(
                    f"data source {first}: a row to send has no dpid or sync_mode",
                    hint="see the tests of inbound_records",
                    rule="N2",
                )
            sources = first if first == last else f"{first}, {last}"
            streams.append(Stream(sources, dpid, owner, sync_mode, lines, int(users or 0), int(size or 0)))
        return streams

    def lines(self, batch: Batch, stream: Stream, *, long_users: bool) -> Iterator[pa.Array]:
        """The lines of a stream, each with its newline: of users with one line, or (`long_users`) with several."""
        owner = "is null" if stream.target_data_owner_dpid is None else f"= {literal(stream.target_data_owner_dpid)}"
        return self._warehouse.stream(
            f"""
            select line from {self._tables.batch_lines}
            where batch_id = {literal(batch.batch_id)} and dpid = {literal(stream.dpid)}
                and target_data_owner_dpid {owner} and sync_mode = {literal(stream.sync_mode)}
                and line_count {"<>" if long_users else "="} 1
            {self._order(needed=long_users)}
            """
        )

    def commit(self, batch: Batch, lease: Lease) -> None:
        """State changes here and nowhere else."""
        with self._warehouse.transaction():
            lease.require()
            self._append(batch, COMMITTED)

    def abandon(self, batch: Batch, reason: str) -> None:
        """Close a batch of which nothing has left and nothing can."""
        self._append(batch, ABANDONED, reason)

    def settle(self, batch_id: str) -> None:
        """Write down that Audience Manager has processed a batch, before settle_hours have passed."""
        rows = self._warehouse.fetch(
            f"select event, batch_timestamp, drop_date, destination, partner_name, split_compressed_bytes, "
            f"split_uncompressed_bytes from {self._tables.batches} where batch_id = {literal(batch_id)} "
            f"and event <> {literal(PROPOSED)}"
        )
        events = {row[0] for row in rows}
        if COMMITTED not in events:
            raise ConfigurationError(
                f"there is no committed batch {batch_id}", hint="`aam-export status` lists the batches and their states"
            )
        if SETTLED not in events:
            _, timestamp, drop_date, destination, partner, compressed, uncompressed = rows[0]
            limits = SplitLimits(compressed, uncompressed)
            batch = Batch(batch_id, timestamp, date.fromisoformat(drop_date), destination, partner, limits)
            self._append(batch, SETTLED, "by hand")

    def record_files(self, batch: Batch, files: Sequence[StagedFile], urls: Sequence[str], event: str) -> None:
        rows = []
        for file, url in zip(files, urls, strict=True):
            content = file.content
            counts = (content.size, content.line_bytes, content.lines, content.users, content.signals, content.crc32)
            rows.append((batch.batch_id, str(file.name), url, event, self._tables.now(), *counts, content.sha256))
        columns = "batch_id, file_name, url, event, event_at, size, line_bytes, lines, users, signals, crc32, sha256"
        self._tables.append(self._tables.files, columns, rows)

    def file_events(self, batch: Batch) -> dict[str, FileEvents]:
        """File name → what happened to it so far."""
        rows = self._warehouse.fetch(
            "select file_name, event, size, line_bytes, lines, users, signals, crc32, sha256 "
            f"from {self._tables.files} where batch_id = {literal(batch.batch_id)} order by event_at"
        )
        events: dict[str, FileEvents] = {}
        for name, event, size, line_bytes, lines, users, signals, crc32, sha256 in rows:
            counts = (int(size), int(line_bytes), int(lines), int(users), int(signals), int(crc32))
            events.setdefault(name, FileEvents()).add(event, FileContent(*counts, sha256))
        return events

    def _newest_counting(self) -> str | None:
        [(newest,)] = self._warehouse.fetch(
            f"""
            select max(batch_id) from {self._tables.batches} where event = {literal(OPENED)} and batch_id not in (
                select batch_id from {self._tables.batches} where event = {literal(ABANDONED)}
            )
            """
        )
        return None if newest is None else str(newest)

    def _proposed(self) -> str | None:
        """The batch that the last build proposed, if it was never opened."""
        [(proposed, opened)] = self._warehouse.fetch(
            f"select max(case when event = {literal(PROPOSED)} then batch_id end), "
            f"max(case when event = {literal(OPENED)} then batch_id end) from {self._tables.batches}"
        )
        return str(proposed) if proposed is not None and proposed > (opened or "") else None

    def _next_id(self, now: datetime) -> str:
        """As the macro next_batch_id has it: the present as digits, or one more than the newest."""
        [(newest,)] = self._warehouse.fetch(f"select max(batch_id) from {self._tables.batches}")
        return str(max(int(now.strftime("%Y%m%d%H%M%S")), int(newest or 0) + 1))

    def check_proposal(self, build: str) -> None:
        """Refuse to send what another build has proposed than the one that the gate saw.

        What counts is asked after this run has written to aam_batches, as a build does last of all: one waits for the
        other.
        """
        proposals = self._warehouse.fetch(
            f"select note from {self._tables.batches} where event = {literal(PROPOSED)} order by batch_id desc limit 1"
        )
        if proposals and proposals[0][0] != build:
            raise GateError(
                f"the ledger's newest proposal is of build {proposals[0][0]}, the last build here is {build}: what the "
                "other one built is not proved here",
                hint=f"run `{BUILD}` again, or run aam-export where that build ran",
            )

    def _append(self, batch: Batch, event: str, note: str | None = None) -> None:
        limits = batch.limits
        facts = (batch.timestamp, batch.drop_date.isoformat(), batch.destination, batch.partner_name)
        columns = (
            "batch_id, event, event_at, batch_timestamp, drop_date, destination, partner_name, "
            "split_compressed_bytes, split_uncompressed_bytes, ledger_version, note"
        )
        row = (
            batch.batch_id,
            event,
            self._tables.now(),
            *facts,
            limits.compressed,
            limits.uncompressed,
            LEDGER_VERSION,
            note,
        )
        self._tables.append(self._tables.batches, columns, [row])

    def _order(self, *, needed: bool) -> str:
        """ORDER BY, where it is `needed` or the warehouse does not keep the order in which dbt stored the rows."""
        if self._warehouse.keeps_insertion_order and not needed:
            return ""
        # Within a stream that is the order in which dbt stored them: data source and mode are the same.
        return f"order by {self._warehouse.byte_order('user_id')}, line_number"
