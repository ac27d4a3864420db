"""`aam-export report`: one page for every delivery."""

from __future__ import annotations

from datetime import datetime

import click

from aam_export.cli.options import EXIT_CODES, destination_option, json_option, now_option, project_options
from aam_export.cli.output import megabytes, print_json
from aam_export.clock import Clock
from aam_export.project import load_own_project


@click.command(epilog=EXIT_CODES)
@project_options
@destination_option
@now_option
@click.option(
    "--output",
    metavar="FILE",
    help="File to write, or a folder for aam_report.html.  [default: aam_report.html beside dbt's artifacts]",
)
@click.option("--before", is_flag=True, help="Show what a run would send now, too, or why it would be refused.")
@json_option
def report(
    destination: str | None,
    now: datetime | None,
    output: str | None,
    before: bool,
    as_json: bool,
    **where: str | None,
) -> None:
    """Write one page for people: what was sent, who is in each trait, what was kept out and why.

    A self-contained HTML file, in counts alone: no ID and nothing of a person is on it. Reads the warehouse, sends
    nothing.
    """
    from aam_export.report.file import place_for, write_report  # a parser of SQL, which other commands don't wait for

    project = load_own_project(**where)
    written = write_report(project, destination, Clock(now), place_for(project, destination, output), before=before)
    if as_json:
        print_json(written)
    else:
        click.echo(f"{written.url}  {megabytes(written.size)}")
