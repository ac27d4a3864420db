"""A run, in the order that makes it safe to be killed anywhere (V2).

lease → safeguards → finish an open batch → gate and more of them → freeze → stage all → upload and verify each → commit
"""

from __future__ import annotations

from collections.abc import Iterator

from aam_export.clock import Clock
from aam_export.delivery.attempt import Attempt
from aam_export.delivery.batch import Delivery
from aam_export.delivery.results import DeliveredBatch, RunResult
from aam_export.delivery.safeguards import (
    BEFORE_A_NEW_BATCH,
    BEFORE_ANY_BATCH,
    BEFORE_SENDING,
    Safeguard,
    guard_production,
)
from aam_export.drops import open_drop
from aam_export.drops.base import WARNING
from aam_export.errors import MemoryBoundError
from aam_export.files.content import SplitLimits
from aam_export.ledger import BatchWriter, hold_lease, open_ledger
from aam_export.progress import Reporter
from aam_export.project import Project
from aam_export.proof.gate import check_unchanged
from aam_export.settings import MEGABYTE


def run(
    project: Project,
    destination: str | None,
    clock: Clock,
    report: Reporter,
    *,
    full: bool = False,
    new_ledger: bool = False,
    accepted_removals: int | None = None,
) -> RunResult:
    """Deliver the last build. Raises an AamExportError, after which one more run mends whatever was begun.

    `full` sends every user's whole state. `new_ledger` says that an empty ledger is meant, whatever stands in the drop.
    `accepted_removals` is how many users a person has agreed to take something away from, where that is more than the
    settings allow.
    """
    drop = open_drop(destination or project.settings.destination, project.settings, project.folder)
    guard_production(project, drop)
    delivered: list[DeliveredBatch] = []

    def attempt(*, bounded: bool) -> None:
        with open_ledger(project, clock, read_only=False, bounded=bounded) as ledger:
            for batch in _deliver_all(Attempt(project, drop, ledger, full, new_ledger, accepted_removals), report):
                delivered.append(batch)  # kept, whatever comes after it

    try:
        attempt(bounded=True)
    except MemoryBoundError:
        # As if the run had been killed there: the next one mends it.
        report.say("These rows need more memory than usual ones: beginning again with all that DuckDB may have")
        attempt(bounded=False)
    return RunResult(drop.destination, tuple(delivered))


def _deliver_all(attempt: Attempt, report: Reporter) -> Iterator[DeliveredBatch]:
    """Finish the open batch, if any, and deliver what the last build proposes, if anything."""
    project, drop, batches = attempt.project, attempt.drop, attempt.batches
    with hold_lease(attempt.ledger) as lease:
        delivery = Delivery(project, attempt.ledger, lease, drop, report)
        _require(attempt, BEFORE_ANY_BATCH, report)
        delivery.clear_staging()
        unfinished = batches.unfinished()
        if unfinished:
            report.say(f"Finishing batch {unfinished.batch_id}, which an earlier run began")
            yield delivery.deliver(unfinished, resumed=True)
        _require(attempt, BEFORE_A_NEW_BATCH, report)
        proof = attempt.proof
        assert proof is not None  # the gate has been asked
        report.say(f"Gate passed: {proof.models} models, {proof.tests} tests, the last at {proof.generated_at}")
        if earlier := attempt.delivered_as:
            also = ", and then run --full" if attempt.full else ""
            report.say(f"Batch {earlier} has delivered the last build: build anew to find what changed since{also}")
            return
        _require(attempt, BEFORE_SENDING, report)
        fresh = BatchWriter(attempt.ledger).freeze(
            drop.destination,
            project.settings.partner_name,
            split_limits(project),
            lease,
            full=attempt.full,
            not_before=attempt.newest_in_drop + 1,
            build=proof.invocation_id,
            check=lambda: check_unchanged(proof),
        )
        if fresh:
            yield delivery.deliver(fresh, resumed=False)


def _require(attempt: Attempt, safeguards: tuple[Safeguard, ...], report: Reporter) -> None:
    """Ask the safeguards; raises the first refusal."""
    for safeguard in safeguards:
        finding = safeguard.ask(attempt)
        if finding.state == WARNING:
            report.say(f"Warning: {finding.message}\n  → {finding.hint}")


def split_limits(project: Project) -> SplitLimits:
    settings = project.settings
    return SplitLimits(
        compressed=int(settings.split_compressed_mb * MEGABYTE),
        uncompressed=int(settings.split_uncompressed_mb * MEGABYTE),
    )
