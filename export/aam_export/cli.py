"""The command `aam-export`."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import sys
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any, TypeVar

import click

from aam_export import __version__
from aam_export.check.command import check
from aam_export.clock import Clock
from aam_export.delivery import Plan, RunResult, UserPlan, explain_user
from aam_export.delivery import plan as make_plan
from aam_export.delivery import run as run_delivery
from aam_export.doctor import examine
from aam_export.drops.base import FAILED, WARNING, Finding
from aam_export.errors import AamExportError
from aam_export.ledger import (
    Batches,
    BatchRow,
    Coverage,
    FileRow,
    History,
    SignalTotals,
    Tables,
    hold_lease,
)
from aam_export.lineage_cli import lineage_command
from aam_export.logs import LEVELS, set_log_level
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
        click.option(
            "--log-level",
            type=click.Choice(LEVELS),
            expose_value=False,
            callback=lambda context, parameter, level: set_log_level(level) if level else None,
            help="Log to stderr from this level on: requests and retries at debug. Never secrets.",
        ),
        click.option("--target", "-t", help="Target of the profile (default: the profile's own)."),
        click.option("--profile", help="Profile in profiles.yml (default: that of dbt_project.yml)."),
        click.option("--profiles-dir", help="Folder of profiles.yml (default: here, then ~/.dbt)."),
        click.option("--project-dir", help="Folder of dbt_project.yml (default: here or above)."),
    ):
        command = option(command)
    return command


json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object on stdout; logs go to stderr."
)
destination_option = click.option(
    "--destination",
    help="Drop to use instead of the exposure's: file:<folder>, s3://<bucket>/<path>, production, beta, …",
)
full_option = click.option("--full", is_flag=True, help="Send every user's whole state, changed or not.")
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
@full_option
@click.option("--user", metavar="ID", help="Show what would be sent for one user, and why.")
@json_option
def plan(
    destination: str | None,
    now: datetime | None,
    full: bool,
    user: str | None,
    as_json: bool,
    **where: str | None,
) -> None:
    """Show what would be sent, where and in which files, and why. Sends nothing."""
    project = load_project(**where)
    if user is not None:
        explained = explain_user(project, user, Clock(now))
        if as_json:
            _print_json(explained)
        else:
            _print_user(explained)
        return
    result = make_plan(project, destination, Clock(now), full=full)
    if as_json:
        _print_json(result)
    else:
        _print_plan(result)


@cli.command(epilog=EXIT_CODES)
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


@cli.command(epilog=EXIT_CODES)
@project_options
@click.option("--batch", "batch_id", required=True, help="Batch to mark, as `aam-export status` lists it.")
@now_option
def settle(batch_id: str, now: datetime | None, **where: str | None) -> None:
    """Mark a batch settled: Audience Manager has processed it, by its receipt.

    Until then, or until settle_hours have passed, an addition that would reverse one of its removals waits.
    """
    project = load_project(**where)
    with contextlib.closing(connect(project, read_only=False)) as warehouse:
        tables = Tables(warehouse, project, Clock(now))
        with hold_lease(tables):
            Batches(tables).settle(batch_id)
    click.echo(f"Batch {batch_id} is settled.")


@cli.command(
    epilog="""\b
Exit codes: 0 nothing failed, though something may be warned of; 1 a check
failed; 2 usage."""
)
@project_options
@destination_option
@json_option
def doctor(destination: str | None, as_json: bool, **where: str | None) -> None:
    """Check all that a run needs, without sending data: build, ledger, disk, credentials, drop.

    An upload to S3 is begun and aborted to see whether it may be, which makes no object.
    """
    findings = []
    for finding in examine(where, destination, Clock()):
        findings.append(finding)
        if not as_json:
            _print_finding(finding)
    failed = any(finding.state == FAILED for finding in findings)
    if as_json:
        _print_json({"healthy": not failed, "checks": findings})
    if failed:
        sys.exit(1)


for imported in (check, lineage_command):
    imported.epilog = EXIT_CODES
    cli.add_command(imported)


def _history(project: Project, limit: int) -> tuple[list[BatchRow], list[FileRow]]:
    with contextlib.closing(connect(project, read_only=True)) as warehouse:
        history = History(Tables(warehouse, project, Clock()))
        batches = history.batches(limit)
        return batches, history.files([batch.batch_id for batch in batches])


def _print_plan(result: Plan) -> None:
    if result.open_batch:
        click.echo(f"Batch {result.open_batch} is open: a run finishes it first.")
    if result.delivered_as:
        click.echo(f"Batch {result.delivered_as} has delivered this build: build anew to find what changed since.")
        return
    for total in result.data_sources:
        click.echo(
            f"{total.data_source}: {total.known:,} users known, {total.desired:,} wanted: "
            f"{total.new:,} new, {total.changed:,} changed, {total.removed:,} removed, {total.refreshed:,} refreshed, "
            f"{total.deferred:,} deferred, {total.unclearable:,} unclearable"
        )
        for signal in result.signals:
            if signal.data_source == total.data_source:
                _print_signal(signal)
    for id_sync in result.id_syncs:
        click.echo(
            f"ID sync {id_sync.id_sync}: {id_sync.wanted:,} pairs wanted: {id_sync.new:,} new, "
            f"{id_sync.changed:,} changed, {id_sync.gone:,} gone, {id_sync.rejected:,} kept out, "
            f"{id_sync.collisions:,} IDs of several people"
        )
    for covered in result.coverage:
        _print_coverage(covered)
    for file in result.files:
        users = f"{file.users:,} users, " if file.kind == "data" else ""
        counted = f"{users}{file.lines:,} lines, {_megabytes(file.line_bytes)} before compression"
        click.echo(f"{file.url}\n    {file.data_sources}: {counted}")
    if not result.files:
        click.echo("Nothing to send.")
    if result.gate:
        click.echo(f"The gate would refuse: {result.gate}")


def _print_signal(signal: SignalTotals) -> None:
    counts = (
        ("+", signal.added, ""),
        ("-", signal.removed, ""),
        ("", signal.refreshed, " refreshed"),
        ("", signal.deferred, " deferred"),
        ("", signal.unclearable, " unclearable"),
    )
    said = ", ".join(f"{sign}{number:,}{word}" for sign, number, word in counts if number)
    click.echo(f"    {signal.signal:32} {said}" + (f"  {signal.trait_name}" if signal.trait_name else ""))


def _print_coverage(covered: Coverage) -> None:
    known = covered.synced + covered.captured
    if covered.lines:
        click.echo(
            f"{covered.data_source}: AAM knows the IDs of {known:,} of {covered.lines:,} lines "
            f"({known / covered.lines:.0%}): {covered.synced:,} by ID files, {covered.captured:,} by the site; "
            f"expect {covered.unknown:,} No Matching AAM ID"
            + (f", and up to {covered.pending:,} more whose ID file is not settled" if covered.pending else "")
        )
    if covered.held:
        click.echo(f"{covered.data_source}: {covered.held:,} users held back until AAM knows their IDs")


def _print_user(plan: UserPlan) -> None:
    if not plan.data_sources:
        click.echo("No data source knows this ID, and none wants it.")
    elif plan.delivered_as:
        click.echo(f"Batch {plan.delivered_as} has delivered this build, which said:")
    for change in plan.data_sources:
        click.echo(f"{change.data_source}: {change.change}" + (f", in .{change.sync_mode}" if change.sync_mode else ""))
        for title, signals in (
            ("held", change.held),
            ("wanted", change.wanted),
            ("added", change.added),
            ("taken away", change.taken_away),
            ("deferred until an earlier batch is settled", change.deferred),
            ("no file can take away", change.unclearable),
        ):
            if signals:
                click.echo(f"    {title}: {signals}")
        for line in change.lines:
            click.echo(f"    line: {line!r}")


def _print_run(result: RunResult) -> None:
    for batch in result.batches:
        title = "Finished" if batch.resumed else "Delivered"
        click.echo(f"{title} batch {batch.batch_id} to {result.destination}:")
        for file in batch.files:
            click.echo(f"  {file.url}")
            counted = f"{file.users:,} users, {file.lines:,} lines, {file.signals:,} signals"
            if not file.users:  # an ID file
                counted = f"{file.lines:,} lines"
            click.echo(f"      {counted}, {_megabytes(file.size)}")
    if not result.batches:
        click.echo(f"Nothing to send to {result.destination}.")


def _print_finding(finding: Finding) -> None:
    click.echo(f"{finding.state:8} {finding.check:12} {finding.message}")
    if finding.hint and finding.state in (WARNING, FAILED):
        click.echo(f"{'':22}→ {finding.hint}")


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
