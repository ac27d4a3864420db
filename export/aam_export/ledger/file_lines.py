"""The lines of a batch, by the file that they go into."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from aam_export.errors import RecordError
from aam_export.files.names import DataFileName
from aam_export.ledger.batches import Batch
from aam_export.ledger.context import LedgerContext
from aam_export.ledger.id_syncs import IdSyncFileLines, pair_files
from aam_export.warehouses.base import literal


@dataclass(frozen=True)
class DataFileLines:
    """The lines that go under one file name, and how many there are; `line_bytes` is about right, 0 if nobody asked."""

    data_sources: str
    dpid: str
    target_data_owner_dpid: str | None
    sync_mode: str
    lines: int
    users: int
    line_bytes: int

    def file_name(self, timestamp: int, extension: str) -> DataFileName:
        return DataFileName(self.dpid, self.target_data_owner_dpid, timestamp, self.sync_mode, extension=extension)


FileLines = DataFileLines | IdSyncFileLines


def files_of(ledger: LedgerContext, batch: Batch | None, *, full: bool = False, sized: bool = True) -> list[FileLines]:
    """What goes into which files: of a batch or, with None, of what would be frozen now. ID files come first.

    AAM promises no order (M2); but if it reads files as they come, it knows the IDs before their records. Where not
    `sized`, the bytes of data files are not summed, for which everything would have to be read.
    """
    pairs = pair_files(ledger, None if batch is None else batch.batch_id, full=full)
    return [*pairs, *_data_files(ledger, batch, full=full, sized=sized)]


def data_lines(ledger: LedgerContext, batch: Batch, file: DataFileLines, *, long_users: bool) -> Iterator[pa.Array]:
    """The lines of a data file, each with its newline: of users with one line, or (`long_users`) with several."""
    owner = "is null" if file.target_data_owner_dpid is None else f"= {literal(file.target_data_owner_dpid)}"
    return ledger.warehouse.stream(
        f"""
        select line from {ledger.batch_lines}
        where batch_id = {literal(batch.batch_id)} and dpid = {literal(file.dpid)}
            and target_data_owner_dpid {owner} and sync_mode = {literal(file.sync_mode)}
            and line_count {"<>" if long_users else "="} 1
        {_order(ledger, needed=long_users)}
        """
    )


def _data_files(ledger: LedgerContext, batch: Batch | None, *, full: bool, sized: bool) -> list[DataFileLines]:
    where = "where line_count > 0"
    relation = ledger.changes_full if full else ledger.changes
    if batch is not None:
        relation, where = ledger.batch_records, f"{where} and batch_id = {literal(batch.batch_id)}"
    length = ledger.warehouse.byte_length
    asserted = length("case when asserts_all then profile else asserted end")
    line_bytes = f"coalesce({length('record')}, {length('user_id')} + {asserted} + 1) + 1"
    rows = ledger.warehouse.fetch(
        f"""
        select min(data_source), max(data_source), dpid, target_data_owner_dpid, sync_mode, count(*),
            sum(case when line_number = 1 then 1 else 0 end),
            sum({line_bytes if sized else 0})
        from {relation} {where}
        group by dpid, target_data_owner_dpid, sync_mode
        order by dpid, target_data_owner_dpid, sync_mode
        """
    )
    files = []
    for first, last, dpid, owner, sync_mode, lines, users, size in rows:
        if dpid is None or sync_mode is None:
            raise RecordError(
                f"data source {first}: a row to send has no dpid or sync_mode",
                hint="see the tests of inbound_records",
                rule="N2",
            )
        sources = first if first == last else f"{first}, {last}"
        files.append(DataFileLines(sources, dpid, owner, sync_mode, lines, int(users or 0), int(size or 0)))
    return files


def _order(ledger: LedgerContext, *, needed: bool) -> str:
    """ORDER BY, where it is `needed` or the warehouse does not keep the order in which dbt stored the rows."""
    if ledger.warehouse.keeps_insertion_order and not needed:
        return ""
    # Within a file that is the order in which dbt stored them: data source and mode are the same.
    return f"order by {ledger.warehouse.byte_order('user_id')}, line_number"
