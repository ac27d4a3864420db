"""`aam-export status`: what the ledger knows of batches and files."""

from __future__ import annotations

from dataclasses import dataclass

import click

from aam_export.cli.options import EXIT_CODES, json_option, project_options
from aam_export.cli.output import megabytes, print_json
from aam_export.cli.pages import html_option, show_page
from aam_export.clock import Clock
from aam_export.feedback.fates import BatchFate, fates
from aam_export.ledger import BatchRow, FileRow, History, open_ledger
from aam_export.project import load_own_project


@dataclass(frozen=True)
class Status:
    """Batches, newest first, the files of those batches, and what Audience Manager said of them, where that is read."""

    batches: list[BatchRow]
    files: list[FileRow]
    fates: list[BatchFate]


@click.command(epilog=EXIT_CODES)
@project_options
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="Show so many batches, newest first.",
)
@html_option
@json_option
def status(limit: int, as_html: bool, as_json: bool, **where: str | None) -> None:
    """Show the batches and files that the ledger knows, and what is still open.

    Where the project reads what Audience Manager answers (docs/feedback.md), also what became of each batch.
    """
    if as_html and as_json:
        raise click.UsageError("--html and --json are two ways to show the same: name one")
    project = load_own_project(**where)
    with open_ledger(project, Clock(), read_only=True) as ledger:
        history = History(ledger)
        batches = history.batches(limit)
        names = [batch.batch_id for batch in batches]
        known = Status(batches, history.files(names), fates(project, ledger, names))
    if as_json:
        print_json(known)
    else:
        _print_status(known)
    if as_html:
        show_page(project, None, Clock(), part="feed")


def _print_status(known: Status) -> None:
    if not known.batches:
        click.echo("No batch yet.")
    for batch in known.batches:
        counted = f"{batch.files} files, {batch.users:,} users, {megabytes(batch.size)}"
        click.echo(f"{batch.batch_id}  {batch.state:9}  {batch.at:%Y-%m-%d %H:%M:%S}  {counted}  {batch.destination}")
        for fate in known.fates:
            if fate.batch_id == batch.batch_id:
                click.echo(f"    {_fate(fate)}")
        for file in known.files:
            if file.batch_id == batch.batch_id:
                click.echo(f"    {file.file_name}  {file.state}  {file.lines:,} lines  {megabytes(file.size)}")


def _fate(fate: BatchFate) -> str:
    """What Audience Manager said of a batch, beside what was to be expected."""
    words = {
        "delivered": "no answer yet",
        "partly_read": f"{fate.files_read} of {fate.files} files read",
        "read": "read by Audience Manager",
        "settled": "settled",
        "no_answer": "no answer after 48 hours",
    }
    said = [words[fate.fate]]
    if fate.records_received is not None:
        said.append(f"{fate.records_received:,} lines received, {fate.stored_records or 0:,} stored")
    if fate.no_matching_aam_id is not None:
        expected = fate.expected_no_matching_aam_id
        said.append(
            f"{fate.no_matching_aam_id:,} without a match" + ("" if expected is None else f" ({expected:,} expected)")
        )
    if fate.received_difference:
        said.append(f"{fate.received_difference:+,} lines against those delivered (R6)")
    if fate.stored_difference:
        said.append(f"the receipt is off by {fate.stored_difference:+,} (R5)")
    if fate.shared:
        said.append("with other files (R6)")
    if fate.senders:
        said.append(f"by mail from {', '.join(sorted(set(fate.senders.split(','))))}")
    return "; ".join(said)
