"""`aam-export account`: the account's lists beside what Audience Manager's API says of the account."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import click

from aam_export.cli.options import json_option, project_options
from aam_export.cli.output import plural, print_json
from aam_export.clock import Clock
from aam_export.feedback.account import DIFFERS, MISSING, PROPOSAL, AccountFinding, compare
from aam_export.feedback.answers import read_answers
from aam_export.feedback.api import ask_account
from aam_export.ledger import open_ledger
from aam_export.project import load_own_project


@dataclass(frozen=True)
class AccountResult:
    """What the lists and the account say differently; `agrees` where nothing differs and nothing is missing."""

    agrees: bool
    findings: list[AccountFinding]


@click.command(
    epilog="""\b
Exit codes: 0 the lists agree with the answers, though lines may be proposed;
1 something differs or is missing, or the API does not answer; 2 usage or
configuration."""
)
@project_options
@click.argument("files", metavar="[FILE]...", nargs=-1, type=click.Path(path_type=Path))
@json_option
def account(files: tuple[Path, ...], as_json: bool, **where: str | None) -> None:
    """Compare the account's lists with what Audience Manager's API answers.

    Without a FILE the API is asked, with AAM_API_CLIENT_ID and AAM_API_CLIENT_SECRET or AAM_API_TOKEN.
    A FILE is what GET /datasources/ or GET /traits/?includeDetails=true answered, or a sheet of Adobe's Excel tool with
    these columns, as CSV. Nothing is changed: lines are proposed, and what is not in an answer may only be invisible.
    """
    project = load_own_project(**where)
    answers = read_answers(files) if files else ask_account()
    with open_ledger(project, Clock(), read_only=True) as ledger:
        found = compare(project, ledger, answers)
    agrees = not any(finding.state in (DIFFERS, MISSING) for finding in found)
    if as_json:
        print_json(AccountResult(agrees, found))
    else:
        _print(found)
    if not agrees:
        sys.exit(1)


def _print(found: list[AccountFinding]) -> None:
    for finding in found:
        if finding.state != PROPOSAL:
            click.echo(f"{finding.state:9} {finding.list}: {finding.message} ({finding.rule})")
    proposed = [finding for finding in found if finding.state == PROPOSAL]
    for name, lines in groupby(proposed, key=lambda finding: finding.list):
        click.echo(f"Lines for {name}, to be looked through:")
        for finding in lines:
            click.echo(f"    {finding.line}")
    wrong = sum(finding.state in (DIFFERS, MISSING) for finding in found)
    click.echo(f"{plural(wrong, 'difference')}, {plural(len(proposed), 'proposal')}")
