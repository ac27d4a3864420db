"""`aam-export settle`: marks a batch that Audience Manager is known to have processed."""

from __future__ import annotations

from datetime import datetime

import click

from aam_export.cli.options import EXIT_CODES, now_option, project_options
from aam_export.clock import Clock
from aam_export.ledger import BatchWriter, hold_lease, open_ledger
from aam_export.project import load_project


@click.command(epilog=EXIT_CODES)
@project_options
@click.option("--batch", "batch_id", required=True, help="Batch to mark, as `aam-export status` lists it.")
@now_option
def settle(batch_id: str, now: datetime | None, **where: str | None) -> None:
    """Mark a batch settled: Audience Manager has processed it, by its receipt.

    Until then, or until settle_hours have passed, an addition that would reverse one of its removals waits.
    """
    with open_ledger(load_project(**where), Clock(now), read_only=False) as ledger, hold_lease(ledger):
        BatchWriter(ledger).settle(batch_id)
    click.echo(f"Batch {batch_id} is settled.")
