"""`aam-export status`: what the ledger knows of batches and files."""

from __future__ import annotations

import click

from aam_export.cli.options import EXIT_CODES, json_option, project_options
from aam_export.cli.output import megabytes, print_json
from aam_export.clock import Clock
from aam_export.ledger import BatchRow, FileRow, History, open_ledger
from aam_export.project import Project, load_project


@click.command(epilog=EXIT_CODES)
@project_options
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="Show so many batches, newest first.",
)
@json_option
def status(limit: int, as_json: bool, **where: str | None) -> None:
    """Show the batches and files that the ledger knows, and what is still open."""
    project = load_project(**where)
    batches, files = _history(project, limit)
    if as_json:
        print_json({"batches": batches, "files": files})
    else:
        _print_status(batches, files)


def _history(project: Project, limit: int) -> tuple[list[BatchRow], list[FileRow]]:
    with open_ledger(project, Clock(), read_only=True) as ledger:
        history = History(ledger)
        batches = history.batches(limit)
        return batches, history.files([batch.batch_id for batch in batches])


def _print_status(batches: list[BatchRow], files: list[FileRow]) -> None:
    if not batches:
        click.echo("No batch yet.")
    for batch in batches:
        counted = f"{batch.files} files, {batch.users:,} users, {megabytes(batch.size)}"
        click.echo(f"{batch.batch_id}  {batch.state:9}  {batch.at:%Y-%m-%d %H:%M:%S}  {counted}  {batch.destination}")
        for file in files:
            if file.batch_id == batch.batch_id:
                click.echo(f"    {file.file_name}  {file.state}  {file.lines:,} lines  {megabytes(file.size)}")
