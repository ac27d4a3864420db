"""`aam-export lineage`: shows the way of personal data into the drop, if there is one."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aam_export.artifacts import read_manifest
from aam_export.cli.options import EXIT_CODES
from aam_export.errors import ConfigurationError
from aam_export.project import find_project_folder

if TYPE_CHECKING:
    from aam_export.proof.lineage import PiiPath


@click.command(epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--project-dir", metavar="FOLDER", help="The dbt project's folder; default: here or above.")
@click.option("--target-path", metavar="FOLDER", help="Where dbt writes manifest.json; default: target.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def lineage(project_dir: str | None, target_path: str | None, as_json: bool) -> None:
    """Prove from compiled SQL that no column tagged contains_pii reaches AAM unhashed (P1)."""
    from aam_export.proof.lineage import find_pii_paths  # a parser of SQL, which no other command has to wait for

    paths = find_pii_paths(load_manifest(project_dir, target_path))
    if as_json:
        click.echo(json.dumps({"clean": not paths, "paths": [path.as_dict() for path in paths]}, ensure_ascii=False))
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
        click.get_current_context().exit(1)


def load_manifest(project_dir: str | None, target_path: str | None) -> dict[str, Any]:
    """The manifest that dbt left last; raises ConfigurationError where there is none."""
    folder = find_project_folder(project_dir)
    path = folder / Path(target_path or os.environ.get("DBT_TARGET_PATH") or "target") / "manifest.json"
    return read_manifest(path, made_by="dbt compile", failure=ConfigurationError)


def render(path: PiiPath) -> str:
    """One step a line, each with the file that defines it."""
    width = max(len(str(step)) for step in path.steps)
    arrows = ["  ", *["→ "] * (len(path.steps) - 1)]
    return "\n".join(
        f"{arrow}{step!s:<{width}}  {step.file}".rstrip() for arrow, step in zip(arrows, path.steps, strict=True)
    )
