"""The command `aam-export`: a group, and a module for each of its commands."""

from __future__ import annotations

import sys

import click

from aam_export import __version__
from aam_export.cli.account import account
from aam_export.cli.check import check
from aam_export.cli.doctor import doctor
from aam_export.cli.init import init
from aam_export.cli.lineage import lineage
from aam_export.cli.options import EXIT_CODES
from aam_export.cli.plan import plan
from aam_export.cli.receive import receive
from aam_export.cli.report import report
from aam_export.cli.run import run
from aam_export.cli.settle import settle
from aam_export.cli.status import status
from aam_export.errors import AamExportError
from aam_export.masking import mask_output


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


for command in (account, check, doctor, init, lineage, plan, receive, report, run, settle, status):
    cli.add_command(command)


def main() -> None:
    """Run the command; a failure that a person can act on becomes a message and an exit code, never a traceback."""
    mask_output()
    try:
        sys.exit(cli(standalone_mode=False))  # a command that ends with a code returns it here, as click has it
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
