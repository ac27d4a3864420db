"""What is appended to the ledger: batches are frozen (V1), committed or abandoned, and settled; files are recorded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from aam_export.errors import ConfigurationError
from aam_export.files.content import SplitLimits, StagedFile
from aam_export.ledger.batches import BATCH_COLUMNS, Batch, Batches
from aam_export.ledger.context import ABANDONED, COMMITTED, LEDGER_VERSION, OPENED, SETTLED, LedgerContext
from aam_export.ledger.id_syncs import freeze_pairs
from aam_export.ledger.lease import Lease
from aam_export.warehouses.base import literal

# What a batch says of a user, as inbound_changes has it and aam_batch_records keeps it.
RECORD_COLUMNS = (
    "data_source, dpid, target_data_owner_dpid, sync_mode, user_id, line_number, line_count, record, "
    "change, profile, asserts_all, asserted, removed, still_to_remove, repeat_after_batch, refreshed_on"
)


class BatchWriter:
    """Appends what happens to the batches of a ledger."""

    def __init__(self, ledger: LedgerContext) -> None:
        self._ledger = ledger
        self._warehouse = ledger.warehouse
        self._batches = Batches(ledger)

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
        ledger = self._ledger

        def ask() -> None:
            self._batches.check_proposal(build)
            check()

        with self._warehouse.transaction():
            lease.require()
            now = ledger.clock.now()
            timestamp = max(int(now.timestamp()), (self._batches.newest_timestamp() or 0) + 1, not_before)
            proposed = None if full else self._batches.proposed()
            batch_id = proposed or self._next_id(now)
            batch = Batch(batch_id, timestamp, now.date(), destination, partner_name, limits)
            if not self._warehouse.transactional:
                self._withdraw(batch_id, proposed=bool(proposed))
            if not proposed:
                source = ledger.changes_full if full else ledger.changes
                self._warehouse.execute(
                    f"insert into {ledger.batch_records} (batch_id, {RECORD_COLUMNS}) "
                    f"select {literal(batch_id)}, {RECORD_COLUMNS} from {source}"
                )
            freeze_pairs(ledger, batch.batch_id, full=full, gone=False)
            if not any(
                self._warehouse.fetch(f"select 1 from {table} where batch_id = {literal(batch.batch_id)} limit 1")
                for table in (ledger.batch_records, ledger.batch_id_syncs)
            ):
                self._batches.check_proposal(build)
                return None
            freeze_pairs(ledger, batch.batch_id, full=full, gone=True)
            if not self._warehouse.transactional:
                ask()  # nothing takes back that a batch is open; until it is, its rows count for nothing
                lease.require()
            self._append(batch, OPENED)
            if self._warehouse.transactional:
                ask()  # now that a build waits until we have committed, or we have waited for it
        return batch

    def commit(self, batch: Batch, lease: Lease) -> None:
        """State changes here and nowhere else."""
        with self._warehouse.transaction():
            lease.require()
            self._append(batch, COMMITTED)

    def abandon(self, batch: Batch, reason: str) -> None:
        """Close a batch of which nothing has left and nothing can."""
        self._append(batch, ABANDONED, reason)

    def settle(self, batch_id: str, note: str = "by hand") -> None:
        """Write down that Audience Manager has processed a batch, before settle_hours have passed, and who says so."""
        found = self._batches.find_committed(batch_id)
        if not found:
            raise ConfigurationError(
                f"there is no committed batch {batch_id}", hint="`aam-export status` lists the batches and their states"
            )
        batch, events = found
        if SETTLED not in events:
            self._append(batch, SETTLED, note)

    def record_files(self, batch: Batch, files: Sequence[StagedFile], urls: Sequence[str], event: str) -> None:
        """Append what happened to files; `urls` are where they stand or will stand, in the same order."""
        rows = []
        for file, url in zip(files, urls, strict=True):
            content = file.content
            counts = (content.size, content.line_bytes, content.lines, content.users, content.signals, content.crc32)
            rows.append((batch.batch_id, str(file.name), url, event, self._ledger.now(), *counts, content.sha256))
        columns = "batch_id, file_name, url, event, event_at, size, line_bytes, lines, users, signals, crc32, sha256"
        self._ledger.append(self._ledger.files, columns, rows)

    def _withdraw(self, batch_id: str, *, proposed: bool) -> None:
        """Take away what a killed run froze under this ID and never opened; what a build proposed is not ours."""
        ledger = self._ledger
        for table in (ledger.batch_id_syncs,) if proposed else (ledger.batch_id_syncs, ledger.batch_records):
            self._warehouse.execute(f"delete from {table} where batch_id = {literal(batch_id)}")

    def _next_id(self, now: datetime) -> str:
        """As the macro next_batch_id has it: the present as digits, or one more than the newest."""
        [(newest,)] = self._warehouse.fetch(f"select max(batch_id) from {self._ledger.batches}")
        return str(max(int(now.strftime("%Y%m%d%H%M%S")), int(newest or 0) + 1))

    def _append(self, batch: Batch, event: str, note: str | None = None) -> None:
        limits = batch.limits
        self._ledger.append(
            self._ledger.batches,
            f"{BATCH_COLUMNS}, event, event_at, ledger_version, note",
            [
                (
                    batch.batch_id,
                    batch.timestamp,
                    batch.drop_date.isoformat(),
                    batch.destination,
                    batch.partner_name,
                    limits.compressed,
                    limits.uncompressed,
                    event,
                    self._ledger.now(),
                    LEDGER_VERSION,
                    note,
                )
            ],
        )
