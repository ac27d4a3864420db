"""`aam-export lineage`: shows the way of personal data into the drop, if there is one."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from aam_export.cli.options import EXIT_CODES, json_option, project_options
from aam_export.cli.output import print_json
from aam_export.project import load_manifest

if TYPE_CHECKING:
    from aam_export.proof.lineage import PiiPath


@dataclass(frozen=True)
class ShownStep:
    """A column on the way: `node` is dbt's unique ID, `file` where it is defined."""

    node: str
    column: str
    file: str


@dataclass(frozen=True)
class ShownPath:
    """The shortest way of a tagged column into one that is sent, from the one to the other."""

    column: str
    reaches: str
    steps: list[ShownStep]


@dataclass(frozen=True)
class Lineage:
    """A path for each tagged column that would be sent; `clean` where there is none."""

    clean: bool
    paths: list[ShownPath]


@click.command(epilog=EXIT_CODES)
@project_options
@click.option("--target-path", help="Folder of manifest.json (default: where dbt writes it).")
@json_option
def lineage(target_path: str | None, as_json: bool, **where: str | None) -> None:
    """Prove from compiled SQL that no column tagged contains_pii reaches AAM unhashed (P1)."""
    from aam_export.proof.lineage import find_pii_paths  # a parser of SQL, which no other command has to wait for

    paths = find_pii_paths(load_manifest(target_path=target_path, **where))
    if as_json:
        print_json(Lineage(not paths, [_shown(path) for path in paths]))
    elif paths:
        click.echo("\n\n".join(map(render, paths)))
        click.echo(
            f"\n{len(paths)} column(s) tagged contains_pii would be sent (P1): drop the column on the way, or hash it "
            "with the macro hash_email (addresses) or SHA-256.",
            err=True,
        )
    else:
        click.echo("No column tagged contains_pii reaches what is sent.")
    if paths:
        sys.exit(1)


def _shown(path: PiiPath) -> ShownPath:
    steps = [ShownStep(step.node, step.column, step.file) for step in path.steps]
    return ShownPath(str(path.steps[0]), str(path.steps[-1]), steps)


def render(path: PiiPath) -> str:
    """One step a line, each with the file that defines it."""
    width = max(len(str(step)) for step in path.steps)
    arrows = ["  ", *["→ "] * (len(path.steps) - 1)]
    return "\n".join(
        f"{arrow}{step!s:<{width}}  {step.file}".rstrip() for arrow, step in zip(arrows, path.steps, strict=True)
    )
