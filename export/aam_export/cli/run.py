"""`aam-export run`: delivers the last build."""

from __future__ import annotations

from datetime import datetime

import click

from aam_export.cli.options import EXIT_CODES, destination_option, full_option, json_option, now_option, project_options
from aam_export.cli.output import megabytes, print_json
from aam_export.clock import Clock
from aam_export.delivery.results import RunResult
from aam_export.delivery.run import run as run_delivery
from aam_export.progress import Reporter
from aam_export.project import load_project


@click.command(epilog=EXIT_CODES)
@project_options
@destination_option
@now_option
@full_option
@click.option(
    "--accept-removals",
    type=click.IntRange(min=0),
    metavar="N",
    help="Go on although up to N users lose something, which is more than max_removal_pct allows.",
)
@json_option
def run(
    destination: str | None,
    now: datetime | None,
    full: bool,
    accept_removals: int | None,
    as_json: bool,
    **where: str | None,
) -> None:
    """Deliver the last build.

    Finishes a batch that an earlier run began, then freezes what inbound_records holds as a new batch, writes and
    verifies all of its files, uploads them, and commits. Killed anywhere, one more run mends it.
    """
    result = run_delivery(
        load_project(**where), destination, Clock(now), Reporter(), full=full, accepted_removals=accept_removals
    )
    if as_json:
        print_json(result)
    else:
        _print_run(result)


def _print_run(result: RunResult) -> None:
    for batch in result.batches:
        title = "Finished" if batch.resumed else "Delivered"
        click.echo(f"{title} batch {batch.batch_id} to {result.destination}:")
        for file in batch.files:
            click.echo(f"  {file.url}")
            counted = f"{file.users:,} users, {file.lines:,} lines, {file.signals:,} signals"
            if not file.users:  # an ID file
                counted = f"{file.lines:,} lines"
            click.echo(f"      {counted}, {megabytes(file.size)}")
    if not result.batches:
        click.echo(f"Nothing to send to {result.destination}.")
