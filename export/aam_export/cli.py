"""The command `aam-export`."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any, TypeVar

import click

from aam_export import __version__
from aam_export.clock import Clock
from aam_export.delivery import Plan, RunResult
from aam_export.delivery import plan as make_plan
from aam_export.delivery import run as run_delivery
from aam_export.errors import AamExportError
from aam_export.ledger import BatchRow, FileRow, Ledger
from aam_export.progress import Reporter
from aam_export.project import Project, load_project
from aam_export.warehouses import connect

Command = TypeVar("Command", bound=Callable[..., Any])
EXIT_CODES = """\b
Exit codes: 0 done, also when there is nothing to send; 1 a delivery or a
check failed; 2 usage or configuration; 3 the gate refused; 4 another run
holds the drop."""


class Moment(click.ParamType[datetime]):
    """A UTC timestamp: 2026-01-31, 2026-01-31T08:00:00, with or without Z."""

    name = "timestamp"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
        except ValueError:
            self.fail(f"'{value}' is not a UTC timestamp such as 2026-01-31T08:00:00", param, ctx)
        return moment.astimezone(timezone.utc) if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def project_options(command: Command) -> Command:
    """The options that mean to dbt what they mean here."""
    for option in (
        click.option("--target", "-t", help="Target of the profile (default: the profile's own)."),
        click.option("--profile", help="Profile in profiles.yml (default: that of dbt_project.yml)."),
        click.option("--profiles-dir", help="Folder of profiles.yml (default: here, the project's folder, ~/.dbt)."),
        click.option("--project-dir", help="Folder of dbt_project.yml (default: here or above)."),
    ):
        command = option(command)
    return command


json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object on stdout; logs go to stderr."
)
destination_option = click.option(
    "--destination", help="Drop to use instead of the exposure's: file:<folder> or s3://<bucket>/<path>."
)
now_option = click.option("--now", type=Moment(), help="The present, as a UTC timestamp (default: the clock).")


@click.group(epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="aam-export")
def cli() -> None:
    """Deliver what the last dbt build proved to Adobe Audience Manager, as batch files, exactly once.

    \b
    A day's work:
        dbt build --select +exposure:aam_drop
        aam-export plan
        aam-export run
    """


@cli.command(epilog=EXIT_CODES)
@project_options
@destination_option
@now_option
@json_option
def plan(destination: str | None, now: datetime | None, as_json: bool, **where: str | None) -> None:
    """Show what would be sent, where and in which files. Sends nothing."""
    result = make_plan(load_project(**where), destination, Clock(now))
    if as_json:
        _print_json(result)
    else:
        _print_plan(result)


@cli.command(epilog=EXIT_CODES)
@project_options
@destination_option
@now_option
@json_option
def run(destination: str | None, now: datetime | None, as_json: bool, **where: str | None) -> None:
    """Deliver the last build.

    Finishes a batch that an earlier run began, then freezes what inbound_records holds as a new batch, writes and
    verifies all of its files, uploads them, and commits. Killed anywhere, one more run mends it.
    """
    result = run_delivery(load_project(**where), destination, Clock(now), Reporter())
    if as_json:
        _print_json(result)
    else:
        _print_run(result)


@cli.command(epilog=EXIT_CODES)
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
        _print_json({"batches": batches, "files": files})
    else:
        _print_status(batches, files)


def _history(project: Project, limit: int) -> tuple[list[BatchRow], list[FileRow]]:
    warehouse = connect(project, read_only=True)
    try:
        ledger = Ledger(warehouse, project, Clock())
        batches = ledger.batches()[:limit]
        return batches, ledger.files([batch.batch_id for batch in batches])
    finally:
        warehouse.close()


def _print_plan(result: Plan) -> None:
    if result.open_batch:
        click.echo(f"Batch {result.open_batch} is open: a run finishes it first.")
    for file in result.files:
        click.echo(f"{file.url}")
        counted = f"{file.users:,} users, {file.lines:,} lines, {_megabytes(file.line_bytes)} before compression"
        click.echo(f"    {file.data_sources}: {counted}")
    if not result.files:
        click.echo("Nothing to send.")
    if result.gate:
        click.echo(f"The gate would refuse: {result.gate}")


def _print_run(result: RunResult) -> None:
    for batch in result.batches:
        title = "Finished" if batch.resumed else "Delivered"
        click.echo(f"{title} batch {batch.batch_id} to {result.destination}:")
        for file in batch.files:
            click.echo(f"  {file.url}")
            click.echo(
                f"      {file.users:,} users, {file.lines:,} lines, {file.signals:,} signals, {_megabytes(file.size)}"
            )
    if not result.batches:
        click.echo(f"Nothing to send to {result.destination}.")


def _print_status(batches: list[BatchRow], files: list[FileRow]) -> None:
    if not batches:
        click.echo("No batch yet.")
    for batch in batches:
        counted = f"{batch.files} files, {batch.users:,} users, {_megabytes(batch.size)}"
        click.echo(f"{batch.batch_id}  {batch.state:9}  {batch.at:%Y-%m-%d %H:%M:%S}  {counted}  {batch.destination}")
        for file in files:
            if file.batch_id == batch.batch_id:
                click.echo(f"    {file.file_name}  {file.state}  {file.lines:,} lines  {_megabytes(file.size)}")


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB" if size >= 100_000 else f"{size / 1e3:,.1f} kB"


def _print_json(result: Any) -> None:
    def plain(value: Any) -> Any:
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return dataclasses.asdict(value)
        return value.isoformat() if isinstance(value, datetime) else str(value)

    click.echo(json.dumps(result, default=plain, indent=2))


def main() -> None:
    """Run the command; a failure that a person can act on becomes a message and an exit code, never a traceback."""
    try:
        cli(standalone_mode=False)
    except AamExportError as error:
        click.echo(f"Error: {error}", err=True)
        if error.hint:
            click.echo(f"  → {error.hint}", err=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted. Run again: it finishes what was begun.", err=True)
        sys.exit(1)
