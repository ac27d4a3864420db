"""`aam-export run`: delivers the last build."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import click

from aam_export.cli.options import EXIT_CODES, destination_option, full_option, json_option, now_option, project_options
from aam_export.cli.output import print_json, size_unit
from aam_export.cli.pages import place_for, report_option, write_after
from aam_export.cli.tables import Cell, table, terminal_width
from aam_export.clock import Clock
from aam_export.delivery.results import DeliveredFile, RunResult
from aam_export.delivery.run import run as run_delivery
from aam_export.progress import Reporter
from aam_export.project import load_project

NO_FILES = "no files: what is to be taken away, no file can say; the ledger remembers it (inbound_unclearable)"


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
@click.option(
    "--new-ledger",
    is_flag=True,
    help="Go on with an empty ledger although the drop holds files of its data sources: every user is sent as new, and "
    "what was sent before is not taken away.",
)
@report_option
@json_option
def run(
    destination: str | None,
    now: datetime | None,
    full: bool,
    accept_removals: int | None,
    new_ledger: bool,
    report: str | None,
    as_json: bool,
    **where: str | None,
) -> None:
    """Deliver the last build.

    Finishes a batch that an earlier run began, then freezes what inbound_records holds as a new batch, writes and
    verifies all of its files, uploads them, and commits. Killed anywhere, one more run mends it.
    """
    project = load_project(**where)
    page = place_for(project, destination, report) if report else None
    result = run_delivery(
        project,
        destination,
        Clock(now),
        Reporter(),
        full=full,
        new_ledger=new_ledger,
        accepted_removals=accept_removals,
    )
    if as_json:
        print_json(result)
    else:
        _print_run(result)
    if page:
        write_after(project, destination, Clock(now), page, aside=as_json)


def _print_run(result: RunResult) -> None:
    for batch in result.batches:
        title = "Finished" if batch.resumed else "Delivered"
        click.echo(f"{title} batch {batch.batch_id} to {result.destination}:")
        for line in _files(batch.files) if batch.files else [NO_FILES]:
            click.echo(line)
    if not result.batches:
        click.echo(f"Nothing to send to {result.destination}.")


def _files(files: Sequence[DeliveredFile]) -> list[str]:
    unit, size = size_unit([file.size for file in files])
    rows: list[list[Cell]] = []
    for file in files:
        users, signals = (file.users, file.signals) if file.users else (None, None)  # an ID file has none
        rows.append([file.name, users, file.lines, signals, file.size / size])
    return [
        f"In {files[0].url.rpartition('/')[0]}/",
        *table(["file", "users", "lines", "signals", unit], rows, terminal_width()),
    ]
