"""Options that several commands have."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any, TypeVar

import click

from aam_export.logs import LEVELS, set_log_level

Command = TypeVar("Command", bound=Callable[..., Any])
EXIT_CODES = """\b
Exit codes: 0 done, also when there is nothing to send; 1 a delivery or a
check failed; 2 usage or configuration; 3 the gate refused; 4 another run
holds the drop, or another process the DuckDB file."""


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
