"""`aam-export plan`: what a run would send, or what it would say of one user."""

from __future__ import annotations

import difflib
import sys
from datetime import datetime

import click

from aam_export.cli.options import destination_option, full_option, json_option, now_option, project_options
from aam_export.cli.output import print_json
from aam_export.cli.pages import html_option, show_page
from aam_export.cli.planned import plan_text
from aam_export.cli.tables import terminal_width
from aam_export.clock import Clock
from aam_export.delivery.plan import explain_user
from aam_export.delivery.plan import plan as make_plan
from aam_export.delivery.results import Plan, UserPlan
from aam_export.errors import ConfigurationError
from aam_export.printable import printable
from aam_export.project import load_project


@click.command(
    epilog="""\b
Exit codes are those that a run would end with: 0 done, also when there is
nothing to send; 1 a delivery or a check failed; 2 usage or configuration;
3 the gate refused; 4 another run holds the drop, or another process the
DuckDB file."""
)
@project_options
@destination_option
@now_option
@full_option
@click.option("--data-source", metavar="NAME", help="Show one data source only: its users, signals and files.")
@click.option("--signals", is_flag=True, help="Show the signals of every data source, in users.")
@click.option("--user", metavar="ID", help="Show what would be sent for one user, and why.")
@html_option
@json_option
def plan(
    destination: str | None,
    now: datetime | None,
    full: bool,
    data_source: str | None,
    signals: bool,
    user: str | None,
    as_html: bool,
    as_json: bool,
    **where: str | None,
) -> None:
    """Show what would be sent, where and in which files, and why; or why a run would be refused. Sends nothing.

    The JSON object has all data sources and signals, whatever else is asked for.
    """
    if as_html and (as_json or user is not None or full):
        raise click.UsageError("--html shows the plan of all as a page: it goes with none of --json, --user and --full")
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
        _check_data_source(data_source, result)
        text = plan_text(
            result,
            data_source=data_source,
            signals=signals,
            width=terminal_width(),
            ids_are_told=project.ids_are_told,
        )
        click.echo(text)
    if as_html:
        show_page(project, destination, Clock(now), before=True, part="next")
    if result.refusals:
        sys.exit(result.refusals[0].exit_code)


def _check_data_source(name: str | None, plan: Plan) -> None:
    known = [total.data_source for total in plan.data_sources]
    if name is not None and known and name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        raise ConfigurationError(
            f"there is no data source '{name}'",
            hint=f"did you mean '{close[0]}'?" if close else f"known are {', '.join(known)}",
        )


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
            click.echo(f"    line: {as_in_the_file(line)}")


def as_in_the_file(line: str) -> str:
    """A line as it will stand in the file, without its end; what a terminal might obey is written as an escape."""
    return "\t".join(printable(part) for part in line.rstrip("\n").split("\t"))
