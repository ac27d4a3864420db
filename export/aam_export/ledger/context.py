"""The ledger in one warehouse: its relations, the clock, and how rows are appended. Every statement is portable SQL."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone

from aam_export.clock import Clock
from aam_export.project import Project
from aam_export.warehouses import Warehouse, connect
from aam_export.warehouses.base import values

LEDGER_VERSION = 1
PROPOSED, OPENED, COMMITTED, ABANDONED, SETTLED = "proposed", "opened", "committed", "abandoned", "settled"
STAGED, UPLOADING, ARRIVED, DELIVERED = "staged", "uploading", "arrived", "delivered"


class LedgerContext:
    """A warehouse, the clock, and the names there of the ledger's tables and of the models that are read with them."""

    def __init__(self, warehouse: Warehouse, project: Project, clock: Clock) -> None:
        self.warehouse = warehouse
        self.clock = clock
        self.batches = project.relation("aam_batches")
        self.files = project.relation("aam_files")
        self.batch_records = project.relation("aam_batch_records")
        self.batch_counts = project.relation("aam_batch_counts")
        self.leases = project.relation("aam_leases")
        self.data_sources = project.relation("input__aam_data_sources")
        self.profiles = project.relation("inbound_profiles")
        self.delivered = project.relation("inbound_delivered")
        self.user_changes = project.relation("inbound_user_changes")
        self.change_totals = project.relation("inbound_change_totals")
        self.change_summary = project.relation("inbound_change_summary")
        self.records = project.relation("inbound_records")
        self.changes = project.relation("inbound_changes")
        self.changes_full = project.relation("inbound_changes_full")
        self.batch_lines = project.relation("inbound_batch_lines")
        self.batch_id_syncs = project.relation("aam_batch_id_syncs")
        self.id_syncs = project.relation("input__aam_id_syncs")
        self.id_sync_pairs = project.relation("id_sync_pairs")
        self.id_sync_rejects = project.relation("id_sync_rejects")
        self.id_sync_changes = project.relation("id_sync_changes")
        self.id_sync_changes_full = project.relation("id_sync_changes_full")
        self.id_sync_coverage = project.relation("id_sync_coverage")
        self.id_sync_collisions = project.relation("id_sync_collisions")

    def append(self, table: str, columns: str, rows: Sequence[Sequence[str | int | datetime | None]]) -> None:
        if rows:
            written = ", ".join(values(row) for row in rows)
            self.warehouse.execute(f"insert into {table} ({columns}) values {written}")

    def now(self, later: timedelta = timedelta(0)) -> datetime:
        """The present, or so much later."""
        return self.clock.now() + later


@contextlib.contextmanager
def open_ledger(project: Project, clock: Clock, *, read_only: bool, bounded: bool = False) -> Iterator[LedgerContext]:
    """The ledger of a project's target, for as long as the block lasts; raises what `connect` raises."""
    lock_name = project.relation("aam_leases")
    with contextlib.closing(
        connect(project.target, read_only=read_only, lock_name=lock_name, bounded=bounded)
    ) as warehouse:
        yield LedgerContext(warehouse, project, clock)


def utc(moment: datetime) -> datetime:
    """Timestamps of the ledger are UTC without saying so."""
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
