"""A run, in the order that makes it safe to be killed anywhere (design, delivery 2).

lease → finish an open batch → gate and guards → freeze → stage all → upload and verify each → commit
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from aam_export.clock import Clock
from aam_export.delivery.batch import Delivery
from aam_export.delivery.results import DeliveredBatch, RunResult
from aam_export.delivery.safeguards import check_drop_history, check_removals, clock_doubts
from aam_export.drops import Drop, check_production, open_drop
from aam_export.errors import MemoryBoundError
from aam_export.files.content import SplitLimits
from aam_export.ledger import Batches, Tables, hold_lease, source_totals
from aam_export.progress import Reporter
from aam_export.project import Project
from aam_export.proof.gate import check_gate, check_unchanged
from aam_export.settings import MEGABYTE
from aam_export.warehouses import connect


def run(
    project: Project,
    destination: str | None,
    clock: Clock,
    report: Reporter,
    *,
    full: bool = False,
    accepted_removals: int | None = None,
) -> RunResult:
    """Deliver the last build. Raises an AamExportError, after which one more run mends whatever was begun.

    `full` sends every user's whole state. `accepted_removals` is how many users a person has agreed to take something
    away from, where that is more than the settings allow.
    """
    drop = open_drop(destination or project.settings.destination, project.settings, project.folder)
    check_production(drop.destination, project.target.name, project.settings.production_targets)
    delivered: list[DeliveredBatch] = []

    def attempt(*, bounded: bool) -> None:
        with contextlib.closing(connect(project, read_only=False, bounded=bounded)) as warehouse:
            tables = Tables(warehouse, project, clock)
            for batch in _deliver_all(project, drop, tables, report, full=full, accepted_removals=accepted_removals):
                delivered.append(batch)  # kept, whatever comes after it

    try:
        attempt(bounded=True)
    except MemoryBoundError:
        # As if the run had been killed there: the next one mends it.
        report.say("These rows need more memory than usual ones: beginning again with all that DuckDB may have")
        attempt(bounded=False)
    return RunResult(drop.destination, tuple(delivered))


def _deliver_all(
    project: Project,
    drop: Drop,
    tables: Tables,
    report: Reporter,
    *,
    full: bool,
    accepted_removals: int | None,
) -> Iterator[DeliveredBatch]:
    """Finish the open batch, if any, and deliver what the last build proposes, if anything."""
    batches = Batches(tables)
    with hold_lease(tables) as lease:
        delivery = Delivery(project, batches, lease, drop, report)
        batches.check_version()
        batches.check_destination(drop.destination)
        if doubts := clock_doubts(tables.clock, batches):
            report.say(doubts)
        delivery.clear_staging()
        delivery.check_encryption()
        unfinished = batches.unfinished()
        if unfinished:
            report.say(f"Finishing batch {unfinished.batch_id}, which an earlier run began")
            yield delivery.deliver(unfinished, resumed=True)
        proof = check_gate(project, tables.warehouse)
        report.say(f"Gate passed: {proof.models} models, {proof.tests} tests, the last at {proof.generated_at}")
        earlier = batches.delivered_build()
        if earlier:
            report.say(f"Batch {earlier} has delivered the last build: build anew to find what changed since")
            return
        drop.check()
        newest_in_drop = check_drop_history(drop, tables, batches, project.settings.partner_name, full=full)
        check_removals(source_totals(tables), project.settings.max_removal_pct, accepted_removals)
        fresh = batches.freeze(
            drop.destination,
            project.settings.partner_name,
            split_limits(project),
            lease,
            full=full,
            not_before=newest_in_drop + 1,
            build=proof.invocation_id,
            check=lambda: check_unchanged(proof),
        )
        if fresh:
            yield delivery.deliver(fresh, resumed=False)


def split_limits(project: Project) -> SplitLimits:
    settings = project.settings
    return SplitLimits(
        compressed=int(settings.split_compressed_mb * MEGABYTE),
        uncompressed=int(settings.split_uncompressed_mb * MEGABYTE),
    )
