"""The command `aam-export`: a group, and a module for each of its commands."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from aam_export import __version__
from aam_export.cli.options import EXIT_CODES
from aam_export.errors import AamExportError
from aam_export.masking import mask_output

COMMANDS = ("account", "check", "doctor", "init", "lineage", "plan", "receive", "report", "run", "settle", "status")


class CommandGroup(click.Group):
    """Each command is the function of its name in the module of its name; only what is called is imported."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return command(cmd_name) if cmd_name in COMMANDS else None


def command(name: str) -> click.Command:
    """The command of that name, with all that it imports."""
    found: click.Command = getattr(import_module(f"{__name__}.{name}"), name)
    return found


@click.group(cls=CommandGroup, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="aam-export")
def cli() -> None:
    """Deliver what the last dbt build proved to Adobe Audience Manager, as batch files, exactly once.

    \b
    A day's work:
        dbt build --select +exposure:aam_drop
        aam-export plan
        aam-export run
    """


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
