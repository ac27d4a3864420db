"""What a run would do now, and what it would say of one user."""

from __future__ import annotations

import contextlib

from aam_export.clock import Clock
from aam_export.delivery.results import Plan, PlannedFile, UserPlan
from aam_export.drops import check_production, open_drop
from aam_export.errors import GateError
from aam_export.files.encryption import EXTENSION as ENCRYPTED
from aam_export.files.names import object_key
from aam_export.files.writing import EXTENSION as PACKED
from aam_export.ledger import (
    Batches,
    IdSyncStream,
    Tables,
    coverage,
    id_sync_totals,
    signal_totals,
    source_totals,
    user_changes,
)
from aam_export.project import Project
from aam_export.proof.gate import check_gate
from aam_export.warehouses import connect


def plan(project: Project, destination: str | None, clock: Clock, *, full: bool = False) -> Plan:
    """What `run` would do now; sends and changes nothing."""
    drop = open_drop(destination or project.settings.destination, project.settings, project.folder)
    with contextlib.closing(connect(project, read_only=True)) as warehouse:
        try:
            check_production(drop.destination, project.target.name, project.settings.production_targets)
            check_gate(project, warehouse)
            gate = ""
        except GateError as error:
            gate = str(error)
        tables = Tables(warehouse, project, clock)
        batches = Batches(tables)
        batches.check_version()
        batches.check_destination(drop.destination)
        unfinished = batches.unfinished()
        now = clock.now()
        files = []
        for stream in batches.streams(None, full=full):
            name = stream.file_name(int(now.timestamp()), ENCRYPTED if project.settings.pgp_public_key else PACKED)
            url = drop.url(object_key(project.settings.partner_name, now.date(), name))
            if isinstance(stream, IdSyncStream):
                kind, sources, users = "id_sync", stream.id_syncs, 0
            else:
                kind, sources, users = "data", stream.data_sources, stream.users
            files.append(PlannedFile(kind, sources, str(name), url, stream.lines, users, stream.line_bytes))
        return Plan(
            drop.destination,
            unfinished.batch_id if unfinished else None,
            gate,
            batches.delivered_build(),
            tuple(source_totals(tables)),
            tuple(signal_totals(tables)),
            tuple(id_sync_totals(tables)),
            tuple(coverage(tables)),
            tuple(files),
        )


def explain_user(project: Project, user_id: str, clock: Clock) -> UserPlan:
    """What a run would say of one user, and why."""
    with contextlib.closing(connect(project, read_only=True)) as warehouse:
        tables = Tables(warehouse, project, clock)
        return UserPlan(user_id, Batches(tables).delivered_build(), tuple(user_changes(tables, user_id)))
