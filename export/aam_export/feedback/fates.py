"""What became of the batches that were sent, as the last build of models/feedback tells it (R1, R6, R8, R9, R14)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from aam_export.drops.base import OK, WARNING, Finding
from aam_export.errors import ConfigurationError
from aam_export.ledger import LedgerContext
from aam_export.project import Project
from aam_export.warehouses.base import literal

FALLEN = 10
"""By so many points of percent a match rate must have fallen to be warned of."""

BUILD_FEEDBACK = "dbt build --select aam_inbound.feedback"
_COUNTS = (
    "files", "files_read", "receipts", "records_received", "stored_records", "no_matching_aam_id",
    "expected_no_matching_aam_id", "received_difference", "stored_difference",
)  # fmt: skip


@dataclass(frozen=True)
class BatchFate:
    """What is known of a batch: `delivered` (no answer yet), `partly_read`, `read`, `settled`, `no_answer` (48 hours).

    Of its `files`, `files_read` are told of by a receipt, a marker or the status report. Numbers are those of its
    receipts, null where none came; where these are `shared` with other files, of all of these together (R6).
    `senders` are what the mails say of themselves. The model receipt_reconciliation describes the rest.
    """

    batch_id: str
    fate: str
    senders: str | None
    shared: bool
    files: int
    files_read: int
    receipts: int
    records_received: int | None
    stored_records: int | None
    no_matching_aam_id: int | None
    expected_no_matching_aam_id: int | None
    received_difference: int | None
    stored_difference: int | None


def receives(project: Project) -> bool:
    """Whether the project has the models of what Audience Manager answers."""
    return any(node["name"] == "receipt_reconciliation" for node in project.manifest["nodes"].values())


def fates(project: Project, ledger: LedgerContext, batch_ids: Collection[str]) -> list[BatchFate]:
    """The fates of these batches, newest first, as far as the last build knew them."""
    if not batch_ids or not receives(project):
        return []
    listed = ", ".join(literal(batch) for batch in batch_ids)
    try:
        rows = ledger.warehouse.fetch(
            f"select batch_id, fate, senders, is_shared, {', '.join(_COUNTS)} "
            f"from {project.relation('receipt_reconciliation')} where batch_id in ({listed}) order by batch_id desc"
        )
    except ConfigurationError:
        return []  # not built yet
    return [
        BatchFate(batch, fate, senders, bool(shared), *(None if count is None else int(count) for count in counts))  # type: ignore[arg-type]
        for batch, fate, senders, shared, *counts in rows
    ]


def acknowledged(project: Project, ledger: LedgerContext, senders: Sequence[str]) -> list[str]:
    """The committed batches that are not settled and whose files all stand in receipts of these senders, oldest first.

    Raises ConfigurationError where the models were not built.
    """
    if not receives(project):
        raise ConfigurationError(
            "this project does not read receipts", hint="set the var aam_feedback (docs/feedback.md), and build"
        )
    trusted = ", ".join(literal(sender.lower()) for sender in senders) or "null"
    rows = ledger.warehouse.fetch(
        f"""
        with acknowledged as (
            select distinct files.delivered_file_name
            from {project.relation("stg_aam__receipt_files")} as files
            inner join {project.relation("receipts")} as receipts on files.receipt_id = receipts.receipt_id
            where receipts.sender in ({trusted}) and files.delivered_file_name is not null
        )
        select delivered.batch_id
        from {project.relation("stg_aam__delivered_files")} as delivered
        inner join {project.relation("receipt_reconciliation")} as fates on delivered.batch_id = fates.batch_id
        left join acknowledged on delivered.file_name = acknowledged.delivered_file_name
        where delivered.batch_id not in (select batch_id from {ledger.batches} where event = 'settled')
        group by delivered.batch_id
        having count(*) = count(acknowledged.delivered_file_name)
        order by delivered.batch_id
        """
    )
    return [str(batch) for (batch,) in rows]


def examine(project: Project, ledger: LedgerContext) -> list[Finding]:
    """What `aam-export doctor` says of the answers: silence, match rates that fell, beta."""
    if not receives(project):
        return []
    try:
        silent = ledger.warehouse.fetch(
            f"select batch_id from {project.relation('receipt_reconciliation')} where fate = 'no_answer' "
            "order by batch_id"
        )
        rates = ledger.warehouse.fetch(
            f"select data_source, matched_pct, is_all_unmatched from {project.relation('match_rates')} "
            "order by data_source, date_day"
        )
    except ConfigurationError:
        return [Finding("answers", WARNING, "they were not built", f"run `{BUILD_FEEDBACK}`")]
    said = []
    if silent:
        batches = ", ".join(str(batch) for (batch,) in silent[-3:])
        said.append(f"nothing tells that Audience Manager has read {len(silent):,} batches, the last of them {batches}")
    by_source: dict[str, list[tuple[float, bool]]] = {}
    for source, matched, unmatched in rates:
        if matched is not None:
            by_source.setdefault(str(source), []).append((float(matched), bool(unmatched)))
    for source, days in by_source.items():
        newest, nothing = days[-1]
        if nothing:
            said.append(
                f"no ID of {source} matched on its last day: in beta that says nothing (R14), else IDs are wrong"
            )
        elif len(days) > 1 and max(matched for matched, _ in days[:-1]) - newest >= FALLEN:
            best = max(matched for matched, _ in days[:-1])
            said.append(f"of {source}, {newest:.1f} % of the IDs matched on its last day, and {best:.1f} % before")
    if not said:
        return [Finding("answers", OK, "every batch was read, or is less than 48 hours old")]
    hint = (
        "look into receipt_reconciliation and match_rates; `aam-export receive` and a build may bring what is missing"
    )
    return [Finding("answers", WARNING, "; ".join(said), hint)]
