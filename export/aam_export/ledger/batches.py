"""What the ledger says of batches (V4)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from aam_export.errors import ConfigurationError, GateError
from aam_export.exposure import BUILD
from aam_export.files.content import FileContent, SplitLimits, StagedFile
from aam_export.ledger.context import (
    ABANDONED,
    ARRIVED,
    COMMITTED,
    DELIVERED,
    LEDGER_VERSION,
    OPENED,
    PROPOSED,
    UPLOADING,
    LedgerContext,
    utc,
)
from aam_export.warehouses.base import literal

# What makes a Batch, in the order in which _batch takes it.
BATCH_COLUMNS = (
    "batch_id, batch_timestamp, drop_date, destination, partner_name, split_compressed_bytes, split_uncompressed_bytes"
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
    """Reads the batches of a ledger, and refuses one that can't be gone on with."""

    def __init__(self, ledger: LedgerContext) -> None:
        self._ledger = ledger
        self._warehouse = ledger.warehouse

    def unfinished(self) -> Batch | None:
        """The batch that was opened and neither committed nor abandoned, if any."""
        rows = self._warehouse.fetch(
            f"""
            select {BATCH_COLUMNS} from {self._ledger.batches} as opened
            where event = {literal(OPENED)} and not exists (
                select 1 from {self._ledger.batches} as closed
                where closed.batch_id = opened.batch_id and closed.event in ({literal(COMMITTED)}, {literal(ABANDONED)})
            )
            order by batch_timestamp
            """
        )
        return _batch(rows[0]) if rows else None

    def find_committed(self, batch_id: str) -> tuple[Batch, set[str]] | None:
        """A batch that was committed, if this is one, and its events."""
        rows = self._warehouse.fetch(
            f"select event, {BATCH_COLUMNS} from {self._ledger.batches} "
            f"where batch_id = {literal(batch_id)} and event <> {literal(PROPOSED)}"
        )
        events = {str(event) for event, *_ in rows}
        return (_batch(rows[0][1:]), events) if COMMITTED in events else None

    def check_destination(self, destination: str) -> None:
        """Refuse a drop other than the one whose history this is (V10)."""
        others = self._warehouse.fetch(
            f"select destination, max(batch_id) from {self._ledger.batches} where event = {literal(OPENED)} "
            f"and destination <> {literal(destination)} group by destination order by destination"
        )
        if others:
            known, batch = others[0]
            raise ConfigurationError(
                f"the ledger belongs to the drop {known} (batch {batch}), this run is for {destination}",
                hint="a ledger says what one drop has been sent: give another drop a target of its own in profiles.yml",
            )

    def newest_partner(self) -> str | None:
        """The first folder (N1) that the newest delivery went to."""
        rows = self._warehouse.fetch(
            f"select partner_name from {self._ledger.batches} where event = {literal(OPENED)} and batch_id in "
            f"(select max(batch_id) from {self._ledger.batches} where event = {literal(COMMITTED)})"
        )
        return str(rows[0][0]) if rows else None

    def check_version(self) -> None:
        """Refuse a ledger that a newer aam-export has written to, for it may say what this one can't read.

        Models of an older one are refused as well: they can't read what this one would write.
        """
        self._warehouse.fetch(f"select line from {self._ledger.batch_lines} where 1 = 0")
        [(newest,)] = self._warehouse.fetch(f"select max(ledger_version) from {self._ledger.batches}")
        if newest is not None and newest > LEDGER_VERSION:
            raise ConfigurationError(
                f"the ledger {self._ledger.batches} is of version {newest}, this aam-export knows {LEDGER_VERSION}",
                hint="install the newer aam-export that wrote it",
            )

    def last_event(self) -> datetime | None:
        """When, by the clock of that time, something last happened to a batch; UTC."""
        [(last,)] = self._warehouse.fetch(
            f"select max(event_at) from {self._ledger.batches} where event <> {literal(PROPOSED)}"
        )
        return None if last is None else utc(last)

    def committed(self) -> int:
        """How many batches have been delivered."""
        [(number,)] = self._warehouse.fetch(
            f"select count(distinct batch_id) from {self._ledger.batches} where event = {literal(COMMITTED)}"
        )
        return int(number)

    def newest_timestamp(self) -> int | None:
        """TIMESTAMP of the newest batch, abandoned ones included: names never repeat (N3)."""
        [(newest,)] = self._warehouse.fetch(f"select max(batch_timestamp) from {self._ledger.batches}")
        return None if newest is None else int(newest)

    def delivered_build(self) -> str | None:
        """The batch that has delivered the last build already, if one has.

        inbound_changes says after which batch it was computed; a newer one can only have been made from it.
        """
        [(base,)] = self._warehouse.fetch(f"select max(base_batch_id) from {self._ledger.change_totals}")
        newest = self._newest_counting()
        if base is not None and base > (newest or ""):
            raise GateError(
                f"the last build compared with batch {base}, and the ledger ends with {newest or 'nothing'}: it is not "
                "the ledger that this build saw",
                hint=f"restore the ledger that belongs here, or run `{BUILD}` again",
            )
        return newest if base is not None and base < (newest or "") else None

    def file_events(self, batch: Batch) -> dict[str, FileEvents]:
        """File name → what happened to it so far."""
        rows = self._warehouse.fetch(
            "select file_name, event, size, line_bytes, lines, users, signals, crc32, sha256 "
            f"from {self._ledger.files} where batch_id = {literal(batch.batch_id)} order by event_at"
        )
        events: dict[str, FileEvents] = {}
        for name, event, size, line_bytes, lines, users, signals, crc32, sha256 in rows:
            counts = (int(size), int(line_bytes), int(lines), int(users), int(signals), int(crc32))
            events.setdefault(name, FileEvents()).add(event, FileContent(*counts, sha256))
        return events

    def proposed(self) -> str | None:
        """The batch that the last build proposed, if it was never opened."""
        [(proposed, opened)] = self._warehouse.fetch(
            f"select max(case when event = {literal(PROPOSED)} then batch_id end), "
            f"max(case when event = {literal(OPENED)} then batch_id end) from {self._ledger.batches}"
        )
        return str(proposed) if proposed is not None and proposed > (opened or "") else None

    def check_proposal(self, build: str) -> None:
        """Refuse to send what another build has proposed than the one that the gate saw.

        What counts is asked after this run has written to aam_batches, as a build does last of all: one waits for the
        other.
        """
        proposals = self._warehouse.fetch(
            f"select note from {self._ledger.batches} where event = {literal(PROPOSED)} order by batch_id desc limit 1"
        )
        if proposals and proposals[0][0] != build:
            raise GateError(
                f"the ledger's newest proposal is of build {proposals[0][0]}, the last build here is {build}: what the "
                "other one built is not proved here",
                hint=f"run `{BUILD}` again, or run aam-export where that build ran",
            )

    def _newest_counting(self) -> str | None:
        [(newest,)] = self._warehouse.fetch(
            f"""
            select max(batch_id) from {self._ledger.batches} where event = {literal(OPENED)} and batch_id not in (
                select batch_id from {self._ledger.batches} where event = {literal(ABANDONED)}
            )
            """
        )
        return None if newest is None else str(newest)


def _batch(row: tuple[Any, ...]) -> Batch:
    batch_id, timestamp, drop_date, destination, partner_name, compressed, uncompressed = row
    limits = SplitLimits(compressed, uncompressed)
    return Batch(batch_id, timestamp, date.fromisoformat(drop_date), destination, partner_name, limits)
