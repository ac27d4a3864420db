"""`aam-export init`: adds what the package needs to a dbt project."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import click

from aam_export.cli.options import EXIT_CODES, json_option
from aam_export.cli.output import print_json
from aam_export.errors import AamExportError
from aam_export.exposure import BUILD, PACKAGE
from aam_export.files.names import validate_partner_name
from aam_export.project import find_project_folder
from aam_export.scaffold import package_source
from aam_export.scaffold.additions import Addition, write
from aam_export.scaffold.contents import missing_from, settings_of
from aam_export.scaffold.user_project import UserProject
from aam_export.settings import PLACEHOLDER_PARTNER_NAME

NEXT = ("dbt deps", BUILD, "aam-export plan")


@dataclass(frozen=True)
class Added:
    """Files, relative to the project's folder, that were made and changed or, with `dry_run`, would be.

    `next` are the commands that follow.
    """

    project: str
    dry_run: bool
    created: list[str]
    changed: list[str]
    next: list[str]


def _partner_name(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None:
        try:
            validate_partner_name(value)
        except AamExportError as error:
            raise click.BadParameter(str(error), context, parameter) from error
    return value


@click.command(epilog=EXIT_CODES)
@click.option("--project-dir", help="Folder of dbt_project.yml (default: here or above).")
@click.option(
    "--package-url", metavar="URL", help="Git repository of the package (default: where this program is from)."
)
@click.option("--revision", metavar="TAG", help="Tag, branch or commit of it (default: this program's version).")
@click.option("--package-path", metavar="FOLDER", help="Folder of the package, instead of a repository.")
@click.option(
    "--partner-name",
    metavar="NAME",
    callback=_partner_name,
    help="The company's name in Audience Manager (default: asked for on a terminal, else a placeholder).",
)
@click.option("--dry-run", is_flag=True, help="Show what would be added, as a diff, and write nothing.")
@json_option
def init(
    project_dir: str | None,
    package_url: str | None,
    revision: str | None,
    package_path: str | None,
    partner_name: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Add what sending to Audience Manager needs to a dbt project that is there.

    That is the package in packages.yml, its block in dbt_project.yml, the account's four lists as seeds with their
    headers, and a first signals model. Whatever is there stays as it is: a second time there is nothing to do.
    """
    if package_path and (package_url or revision):
        raise click.UsageError(
            "--package-path is a folder as it stands: it goes with neither --package-url nor --revision"
        )
    project = UserProject.read(find_project_folder(project_dir))
    if package_path:
        package = package_source.from_path(package_path, project.folder)
    elif package_url:
        package = package_source.from_git(package_url, revision)
    else:
        package = package_source.from_install()
    named = settings_of(project.content, "exposures", PACKAGE, "meta", "aam", "partner_name")
    if not named and not partner_name and not dry_run and not as_json and sys.stdin.isatty():
        partner_name = click.prompt("The company's name in Audience Manager (partner_name)", PLACEHOLDER_PARTNER_NAME)
        validate_partner_name(partner_name)
    additions = missing_from(project, package, partner_name or PLACEHOLDER_PARTNER_NAME)
    if not dry_run:
        write(additions)
    placeholder = (named or partner_name or PLACEHOLDER_PARTNER_NAME) == PLACEHOLDER_PARTNER_NAME
    if as_json:
        print_json(_result(project, additions, dry_run))
    else:
        _print(project, additions, dry_run, placeholder)


def _result(project: UserProject, additions: list[Addition], dry_run: bool) -> Added:
    names = {addition.path.relative_to(project.folder).as_posix(): addition for addition in additions}
    return Added(
        project.name,
        dry_run,
        created=[name for name, addition in names.items() if addition.before is None],
        changed=[name for name, addition in names.items() if addition.before is not None],
        next=list(NEXT),
    )


def _print(project: UserProject, additions: list[Addition], dry_run: bool, placeholder: bool) -> None:
    if dry_run:
        for addition in additions:
            click.echo(addition.diff(project.folder), nl=False)
    for addition in additions if not dry_run else ():
        state = "created" if addition.before is None else "changed"
        click.echo(f"{state}  {addition.path.relative_to(project.folder).as_posix()}")
    if not additions:
        click.echo(f"Nothing to do: {project.name} has all that {PACKAGE} needs.")
    if placeholder:
        click.echo(
            f"\nIn dbt_project.yml, partner_name is {PLACEHOLDER_PARTNER_NAME}: write your company's in its place."
        )
    if additions and not dry_run:
        click.echo("\nFill in the lists and the signals model, and then:")
        for command in NEXT:
            click.echo(f"    {command}")
