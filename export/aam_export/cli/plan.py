"""`aam-export plan`: what a run would send, or what it would say of one user."""

from __future__ import annotations

from datetime import datetime

import click

from aam_export.cli.options import EXIT_CODES, destination_option, full_option, json_option, now_option, project_options
from aam_export.cli.output import megabytes, print_json
from aam_export.clock import Clock
from aam_export.delivery.plan import explain_user
from aam_export.delivery.plan import plan as make_plan
from aam_export.delivery.results import Plan, UserPlan
from aam_export.ledger import Coverage, SignalTotals
from aam_export.project import load_project


@click.command(epilog=EXIT_CODES)
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
            print_json(explained)
        else:
            _print_user(explained)
        return
    result = make_plan(project, destination, Clock(now), full=full)
    if as_json:
        print_json(result)
    else:
        _print_plan(result)


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
        counted = f"{users}{file.lines:,} lines, {megabytes(file.line_bytes)} before compression"
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
