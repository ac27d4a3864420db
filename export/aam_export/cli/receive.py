"""`aam-export receive`: brings what Audience Manager answers into the warehouse."""

from __future__ import annotations

import sys
from datetime import datetime

import click

from aam_export.cli.options import json_option, now_option, project_options
from aam_export.cli.output import megabytes, plural, print_json
from aam_export.clock import Clock
from aam_export.feedback.receive import KNOWN, REFUSED, SKIPPED, ReceivedFile, ReceiveResult
from aam_export.feedback.receive import receive as receive_all
from aam_export.feedback.store import CORRECTION, RECEIVED
from aam_export.progress import Reporter
from aam_export.project import load_own_project


@click.command(
    epilog="""\b
Exit codes: 0 done, also when there is nothing new; 1 a file was refused or
corrected, or a source could not be reached; 2 usage or configuration; 4
another program holds the warehouse."""
)
@project_options
@now_option
@click.argument("sources", metavar="[SOURCE]...", nargs=-1)
@json_option
def receive(sources: tuple[str, ...], now: datetime | None, as_json: bool, **where: str | None) -> None:
    """Receive what Audience Manager answers, each file once, into tables of the warehouse.

    A SOURCE is a folder or file, s3://<bucket>/<prefix>, sftp://, ftps:// or imaps:// with <user>@<host>/<path>, or
    `drop`: the drop itself, for markers. Without one, the exposure's feedback_sources are looked into. Then build: the
    models of models/feedback make receipts, deliveries and segment members of it. Killed anywhere, one more call goes
    on.
    """
    result = receive_all(load_own_project(**where), sources, Clock(now), Reporter())
    if as_json:
        print_json(result)
    else:
        _print(result)
    if not result.complete:
        sys.exit(1)


def _print(result: ReceiveResult) -> None:
    for file in result.files:
        click.echo(_line(file))
        if file.hint:
            click.echo(f"{'':12}→ {file.hint}")
    counts = result.counts
    said = [f"{counts[RECEIVED]:,} received", f"{counts[KNOWN]:,} known"]
    said += [f"{counts[state]:,} {state}" for state in (CORRECTION, REFUSED, SKIPPED) if counts[state]]
    click.echo(f"{plural(sum(counts.values()), 'file')} in {', '.join(result.sources)}: {', '.join(said)}")


def _line(file: ReceivedFile) -> str:
    if file.state == RECEIVED:
        of = f" of destination {file.destination_id}" if file.destination_id else ""
        return f"{file.state:10}  {file.path}  {file.kind}{of}, {plural(file.lines, 'row')}, {megabytes(file.size)}"
    rule = f" ({file.rule})" if file.rule else ""
    return f"{file.state:10}  {file.path}: {file.reason}{rule}"
