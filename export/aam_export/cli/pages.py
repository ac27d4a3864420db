"""The report as other commands show it: `plan --html`, `status --html`, `run --report`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from aam_export.clock import Clock
from aam_export.errors import AamExportError
from aam_export.project import Project

html_option = click.option(
    "--html", "as_html", is_flag=True, help="Write the report, too, and open it at this part where there is a browser."
)
report_option = click.option(
    "--report",
    metavar="FILE",
    help="Write the report afterwards: a file, or a folder for aam_report.html, outside of the drop.",
)


def place_for(project: Project, destination: str | None, named: str | None) -> Path:
    """The file that a report goes to; see report/file.py, a room that commands without a report don't wait for."""
    from aam_export.report import file

    return file.place_for(project, destination, named)


def show_page(project: Project, destination: str | None, clock: Clock, *, before: bool = False, part: str) -> None:
    """Write the report beside dbt's artifacts, say where, and open it where somebody sits at a terminal."""
    from aam_export.report.file import write_report

    place = place_for(project, destination, None)
    written = write_report(project, destination, clock, place, before=before, part=part)
    click.echo(written.url)
    if sys.stdout.isatty():
        click.launch(written.url)


def write_after(project: Project, destination: str | None, clock: Clock, file: Path, *, aside: bool) -> None:
    """Write the report of a delivery that is done: where that fails it is said, and the run has still succeeded.

    `aside` says so on stderr.
    """
    from aam_export.report.file import write_report

    try:
        click.echo(f"Report: {write_report(project, destination, clock, file).url}", err=aside)
    except AamExportError as error:
        click.echo(f"Warning: all is delivered, but there is no report: {error}\n  → {error.hint}", err=True)
