"""Pairs of IDs: frozen with a batch, read back as the lines of its ID files, and what the last build says of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from aam_export.files.names import IdSyncFileName
from aam_export.ledger.context import LedgerContext
from aam_export.warehouses.base import literal

# What a batch says of a pair, as id_sync_changes has it and aam_batch_id_syncs keeps it.
COLUMNS = "id_sync, file_prefix, dpids, record, change"
# A pair that is not wanted any more: no file can say so (N10), the ledger remembers it.
GONE = "gone"


@dataclass(frozen=True)
class IdSyncFileLines:
    """The lines that go under the name of one ID file, and how many there are; `line_bytes` with their newlines."""

    id_syncs: str
    file_prefix: str
    dpids: tuple[str, ...]
    lines: int
    line_bytes: int

    def file_name(self, timestamp: int, extension: str) -> IdSyncFileName:
        return IdSyncFileName(self.file_prefix, self.dpids, timestamp, extension=extension)


@dataclass(frozen=True)
class IdSyncTotals:
    """An ID synchronisation in pairs: `wanted` are valid, of these `new` and `changed` are to be sent.

    `gone` were sent and are not wanted any more, which no file can say; `rejected` rows are kept out; `collisions`
    counts the IDs that are mapped to several people.
    """

    id_sync: str
    wanted: int
    new: int
    changed: int
    gone: int
    rejected: int
    collisions: int


@dataclass(frozen=True)
class Coverage:
    """A data source in lines to send, by what Audience Manager knows of their IDs (model id_sync_coverage, M5).

    `unknown` lines, and `pending` ones that it reads before their ID file (M2), count as "No Matching AAM ID" in its
    receipt. `on_hold` is how many users wait for their ID to be known.
    """

    data_source: str
    lines: int
    synced: int
    captured: int
    pending: int
    unknown: int
    on_hold: int


def freeze_pairs(ledger: LedgerContext, batch_id: str, *, full: bool, gone: bool) -> None:
    """Copy the pairs to send into a batch or, with `gone`, those that are not wanted any more."""
    source = ledger.id_sync_changes_full if full else ledger.id_sync_changes
    ledger.warehouse.execute(
        f"insert into {ledger.batch_id_syncs} (batch_id, {COLUMNS}) select {literal(batch_id)}, {COLUMNS} "
        f"from {source} where change {'=' if gone else '<>'} {literal(GONE)} {_order(ledger)}"
    )


def pair_files(ledger: LedgerContext, batch_id: str | None, *, full: bool) -> list[IdSyncFileLines]:
    """What goes into which ID files: of a batch or, with None, of what would be frozen now."""
    relation = ledger.id_sync_changes_full if full else ledger.id_sync_changes
    where = f"where change <> {literal(GONE)}"
    if batch_id is not None:
        relation, where = ledger.batch_id_syncs, f"{where} and batch_id = {literal(batch_id)}"
    rows = ledger.warehouse.fetch(
        f"""
        select min(id_sync), max(id_sync), file_prefix, dpids, count(*),
            sum({ledger.warehouse.byte_length("record")} + 1)
        from {relation} {where} group by file_prefix, dpids order by file_prefix, dpids
        """
    )
    return [
        IdSyncFileLines(
            first if first == last else f"{first}, {last}", prefix, tuple(dpids.split("_")), int(lines), int(line_bytes)
        )
        for first, last, prefix, dpids, lines, line_bytes in rows
    ]


def pair_lines(ledger: LedgerContext, batch_id: str, file: IdSyncFileLines) -> Iterator[pa.Array]:
    """The lines of an ID file, each with its newline."""
    return ledger.warehouse.stream(
        f"""
        select record || chr(10) from {ledger.batch_id_syncs}
        where batch_id = {literal(batch_id)} and file_prefix = {literal(file.file_prefix)}
            and dpids = {literal("_".join(file.dpids))} and change <> {literal(GONE)}
        {_order(ledger)}
        """
    )


def id_sync_totals(ledger: LedgerContext) -> list[IdSyncTotals]:
    """What the last build says of each ID synchronisation, and of those that the ledger alone still has."""
    rows = ledger.warehouse.fetch(
        f"""
        select id_sync, sum(wanted), sum(fresh), sum(changed), sum(gone), sum(rejected), sum(collisions)
        from (
            select id_sync, 1 as wanted, 0 as fresh, 0 as changed, 0 as gone, 0 as rejected, 0 as collisions
            from {ledger.id_sync_pairs}
            union all
            select id_sync, 0, case when change = 'new' then 1 else 0 end,
                case when change = 'changed' then 1 else 0 end,
                case when change = {literal(GONE)} then 1 else 0 end, 0, 0
            from {ledger.id_sync_changes}
            union all
            select id_sync, 0, 0, 0, 0, candidate_rows, 0 from {ledger.id_sync_rejects}
            union all
            select id_sync, 0, 0, 0, 0, 0, 1 from {ledger.id_sync_collisions}
        ) as counted
        group by id_sync order by id_sync
        """
    )
    return [IdSyncTotals(id_sync, *(int(number) for number in numbers)) for id_sync, *numbers in rows]


def coverage(ledger: LedgerContext) -> list[Coverage]:
    """The data sources whose records AAM skips where it does not know the ID, as far as there is anything to say."""
    rows = ledger.warehouse.fetch(
        f"""
        select data_source, records, records_synced, records_captured, records_pending, records_unknown, users_on_hold
        from {ledger.id_sync_coverage} where needs_sync and (records > 0 or users_on_hold > 0) order by data_source
        """
    )
    return [Coverage(source, *(int(number) for number in numbers)) for source, *numbers in rows]


def _order(ledger: LedgerContext) -> str:
    """ORDER BY, where the warehouse does not keep the order in which dbt stored the rows."""
    if ledger.warehouse.keeps_insertion_order:
        return ""
    return f"order by file_prefix, dpids, {ledger.warehouse.byte_order('record')}"
