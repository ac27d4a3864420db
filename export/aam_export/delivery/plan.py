"""What a run would do now, and what it would say of one user."""

from __future__ import annotations

from aam_export.clock import Clock
from aam_export.delivery.results import Plan, PlannedFile, UserPlan
from aam_export.drops import check_production, open_drop
from aam_export.errors import GateError
from aam_export.files.encryption import EXTENSION as ENCRYPTED
from aam_export.files.names import object_key
from aam_export.files.writing import EXTENSION as PACKED
from aam_export.ledger import (
    Batches,
    IdSyncFileLines,
    coverage,
    files_of,
    id_sync_totals,
    open_ledger,
    signal_totals,
    source_totals,
    user_changes,
)
from aam_export.project import Project
from aam_export.proof.gate import check_gate


def plan(project: Project, destination: str | None, clock: Clock, *, full: bool = False) -> Plan:
    """What `run` would do now; sends and changes nothing."""
    drop = open_drop(destination or project.settings.destination, project.settings, project.folder)
    with open_ledger(project, clock, read_only=True) as ledger:
        try:
            check_production(drop.destination, project.target.name, project.settings.production_targets)
            check_gate(project, ledger.warehouse)
            gate = ""
        except GateError as error:
            gate = str(error)
        batches = Batches(ledger)
        batches.check_version()
        batches.check_destination(drop.destination)
        unfinished = batches.unfinished()
        now = clock.now()
        files = []
        for lines in files_of(ledger, None, full=full):
            name = lines.file_name(int(now.timestamp()), ENCRYPTED if project.settings.pgp_public_key else PACKED)
            url = drop.url(object_key(project.settings.partner_name, now.date(), name))
            if isinstance(lines, IdSyncFileLines):
                kind, sources, users = "id_sync", lines.id_syncs, 0
            else:
                kind, sources, users = "data", lines.data_sources, lines.users
            files.append(PlannedFile(kind, sources, str(name), url, lines.lines, users, lines.line_bytes))
        return Plan(
            drop.destination,
            unfinished.batch_id if unfinished else None,
            gate,
            batches.delivered_build(),
            tuple(source_totals(ledger)),
            tuple(signal_totals(ledger)),
            tuple(id_sync_totals(ledger)),
            tuple(coverage(ledger)),
            tuple(files),
        )


def explain_user(project: Project, user_id: str, clock: Clock) -> UserPlan:
    """What a run would say of one user, and why."""
    with open_ledger(project, clock, read_only=True) as ledger:
        return UserPlan(user_id, Batches(ledger).delivered_build(), tuple(user_changes(ledger, user_id)))
