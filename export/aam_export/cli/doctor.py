"""`aam-export doctor`: a line for each check of what a run needs."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import click

from aam_export.cli.options import destination_option, json_option, project_options
from aam_export.cli.output import print_json
from aam_export.clock import Clock
from aam_export.doctor import examine
from aam_export.drops.base import FAILED, WARNING, Finding


@dataclass(frozen=True)
class Examination:
    """The checks in the order in which they were made; `healthy` is false where one failed."""

    healthy: bool
    checks: list[Finding]


@click.command(
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
    findings: list[Finding] = []
    for finding in examine(where, destination, Clock()):
        findings.append(finding)
        if not as_json:
            _print_finding(finding)
    failed = any(finding.state == FAILED for finding in findings)
    if as_json:
        print_json(Examination(not failed, findings))
    if failed:
        sys.exit(1)


def _print_finding(finding: Finding) -> None:
    click.echo(f"{finding.state:8} {finding.check:12} {finding.message}")
    if finding.hint and finding.state in (WARNING, FAILED):
        click.echo(f"{'':22}→ {finding.hint}")
