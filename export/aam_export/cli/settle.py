"""`aam-export settle`: marks batches that Audience Manager is known to have processed."""

from __future__ import annotations

from datetime import datetime

import click

from aam_export.cli.options import EXIT_CODES, now_option, project_options
from aam_export.clock import Clock
from aam_export.feedback.fates import acknowledged
from aam_export.ledger import BatchWriter, hold_lease, open_ledger
from aam_export.project import load_own_project


@click.command(epilog=EXIT_CODES)
@project_options
@click.option("--batch", "batch_id", help="Batch to mark, as `aam-export status` lists it.")
@click.option(
    "--by",
    type=click.Choice(["receipts"]),
    help="Mark every batch whose files all stand in receipts of the exposure's receipt_senders, as the last build has "
    "them. A sender can be forged.",
)
@now_option
def settle(batch_id: str | None, by: str | None, now: datetime | None, **where: str | None) -> None:
    """Mark a batch settled: Audience Manager has processed it, by its receipt.

    Until then, or until settle_hours have passed, an addition that would reverse one of its removals waits.
    """
    if (batch_id is None) == (by is None):
        raise click.UsageError("name a batch with --batch, or say --by receipts")
    project = load_own_project(**where)
    with open_ledger(project, Clock(now), read_only=False) as ledger, hold_lease(ledger):
        batches = [batch_id] if batch_id else acknowledged(project, ledger, project.settings.receipt_senders)
        for batch in batches:
            BatchWriter(ledger).settle(batch, "by hand" if batch_id else "by receipts")
    for batch in batches:
        click.echo(f"Batch {batch} is settled.")
    if not batches:
        click.echo("No batch has a receipt for each of its files, and is not settled yet.")
