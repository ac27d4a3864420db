"""What a run would do now, and what it would say of one user."""

from __future__ import annotations

import contextlib

from aam_export.clock import Clock
from aam_export.delivery.attempt import Attempt
from aam_export.delivery.results import Plan, PlannedFile, Refusal, UserPlan
from aam_export.delivery.safeguards import foretell, guard_production
from aam_export.drops import Drop, open_drop
from aam_export.drops.base import WARNING
from aam_export.errors import AamExportError, GateError
from aam_export.files.encryption import EXTENSION as ENCRYPTED
from aam_export.files.names import object_key
from aam_export.files.writing import EXTENSION as PACKED
from aam_export.ledger import (
    Batches,
    IdSyncFileLines,
    LedgerContext,
    coverage,
    files_of,
    id_sync_totals,
    open_ledger,
    signal_totals,
    source_totals,
    user_changes,
)
from aam_export.project import Project


def plan(project: Project, destination: str | None, clock: Clock, *, full: bool = False) -> Plan:
    """What `run` would do now, and why it would be refused, if it would; sends and changes nothing.

    Raises an AamExportError, as a run would, where there is nothing that could be told.
    """
    drop = open_drop(destination or project.settings.destination, project.settings, project.folder)
    with contextlib.ExitStack() as stack:
        try:
            ledger = stack.enter_context(open_ledger(project, clock, read_only=True))
        except AamExportError:
            guard_production(project, drop)  # which a run asks before
            raise
        refusals, warnings = [], []
        for name, said in foretell(Attempt(project, drop, ledger, full)):
            if isinstance(said, AamExportError):
                refusals.append(Refusal(name, said.message, said.hint, said.rule, said.exit_code))
            elif said.state == WARNING:
                warnings.append(f"{said.message}; {said.hint}")
        gate = next((str(refusal) for refusal in refusals if refusal.exit_code == GateError.exit_code), "")
        batches = Batches(ledger)
        try:
            unfinished = batches.unfinished()
            return Plan(
                drop.destination,
                tuple(refusals),
                tuple(warnings),
                unfinished.batch_id if unfinished else None,
                gate,
                _delivered_as(batches),
                tuple(source_totals(ledger)),
                tuple(signal_totals(ledger)),
                tuple(id_sync_totals(ledger)),
                tuple(coverage(ledger)),
                _files(project, drop, ledger, full=full),
            )
        except AamExportError:
            if not refusals:
                raise
            return Plan(drop.destination, tuple(refusals), tuple(warnings), None, gate, None, (), (), (), (), ())


def _delivered_as(batches: Batches) -> str | None:
    with contextlib.suppress(GateError):  # one of the refusals
        return batches.delivered_build()
    return None


def _files(project: Project, drop: Drop, ledger: LedgerContext, *, full: bool) -> tuple[PlannedFile, ...]:
    now = ledger.clock.now()
    files = []
    for lines in files_of(ledger, None, full=full):
        name = lines.file_name(int(now.timestamp()), ENCRYPTED if project.settings.pgp_public_key else PACKED)
        url = drop.url(object_key(project.settings.partner_name, now.date(), name))
        if isinstance(lines, IdSyncFileLines):
            kind, sources, users = "id_sync", lines.id_syncs, 0
        else:
            kind, sources, users = "data", lines.data_sources, lines.users
        files.append(PlannedFile(kind, sources, str(name), url, lines.lines, users, lines.line_bytes))
    return tuple(files)


def explain_user(project: Project, user_id: str, clock: Clock) -> UserPlan:
    """What a run would say of one user, and why."""
    with open_ledger(project, clock, read_only=True) as ledger:
        return UserPlan(user_id, Batches(ledger).delivered_build(), tuple(user_changes(ledger, user_id)))
