"""What a run would do now, and what it would say of one user."""

from __future__ import annotations

import contextlib

from aam_export.clock import Clock
from aam_export.delivery.results import Plan, PlannedFile, Refusal, UserPlan
from aam_export.delivery.safeguards import Attempt, foretell, guard_production
from aam_export.drops import Drop, open_drop
from aam_export.drops.base import WARNING
from aam_export.errors import AamExportError, GateError
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
from aam_export.warehouses import Warehouse, connect


def plan(project: Project, destination: str | None, clock: Clock, *, full: bool = False) -> Plan:
    """What `run` would do now, and why it would be refused, if it would; sends and changes nothing.

    Raises an AamExportError, as a run would, where there is nothing that could be told.
    """
    drop = open_drop(destination or project.settings.destination, project.settings, project.folder)
    with contextlib.closing(_connect(project, drop)) as warehouse:
        tables = Tables(warehouse, project, clock)
        refusals, warnings = [], []
        for name, said in foretell(Attempt(project, drop, tables, full)):
            if isinstance(said, AamExportError):
                refusals.append(Refusal(name, said.message, said.hint, said.rule, said.exit_code))
            elif said.state == WARNING:
                warnings.append(f"{said.message}; {said.hint}")
        gate = next((str(refusal) for refusal in refusals if refusal.exit_code == GateError.exit_code), "")
        batches = Batches(tables)
        try:
            unfinished = batches.unfinished()
            return Plan(
                drop.destination,
                tuple(refusals),
                tuple(warnings),
                unfinished.batch_id if unfinished else None,
                gate,
                _delivered_as(batches),
                tuple(source_totals(tables)),
                tuple(signal_totals(tables)),
                tuple(id_sync_totals(tables)),
                tuple(coverage(tables)),
                _files(project, drop, tables, full=full),
            )
        except AamExportError:
            if not refusals:
                raise
            return Plan(drop.destination, tuple(refusals), tuple(warnings), None, gate, None, (), (), (), (), ())


def _connect(project: Project, drop: Drop) -> Warehouse:
    try:
        return connect(project, read_only=True)
    except AamExportError:
        guard_production(project, drop)  # which a run asks before
        raise


def _delivered_as(batches: Batches) -> str | None:
    with contextlib.suppress(GateError):  # one of the refusals
        return batches.delivered_build()
    return None


def _files(project: Project, drop: Drop, tables: Tables, *, full: bool) -> tuple[PlannedFile, ...]:
    now = tables.clock.now()
    files = []
    for stream in Batches(tables).streams(None, full=full):
        name = stream.file_name(int(now.timestamp()), ENCRYPTED if project.settings.pgp_public_key else PACKED)
        url = drop.url(object_key(project.settings.partner_name, now.date(), name))
        if isinstance(stream, IdSyncStream):
            kind, sources, users = "id_sync", stream.id_syncs, 0
        else:
            kind, sources, users = "data", stream.data_sources, stream.users
        files.append(PlannedFile(kind, sources, str(name), url, stream.lines, users, stream.line_bytes))
    return tuple(files)


def explain_user(project: Project, user_id: str, clock: Clock) -> UserPlan:
    """What a run would say of one user, and why."""
    with contextlib.closing(connect(project, read_only=True)) as warehouse:
        tables = Tables(warehouse, project, clock)
        return UserPlan(user_id, Batches(tables).delivered_build(), tuple(user_changes(tables, user_id)))
