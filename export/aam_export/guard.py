"""What stops a run although every line is right: a ledger that is not the drop's, a change too large to be believed."""

from __future__ import annotations

from aam_export.drops import Drop
from aam_export.errors import ConfigurationError, FileNameError, RefusedError
from aam_export.ledger import Batches, SourceTotals, Tables
from aam_export.names import DataFileName, parse_file_name


def check_drop_history(drop: Drop, tables: Tables, batches: Batches, partner_name: str, *, full: bool) -> int:
    """TIMESTAMP of the newest file of our data sources in the drop; 0 where there is none or the drop can't be listed.

    Raises ConfigurationError where that is newer than all the ledger knows, for then the ledger was restored from a
    backup, or another feed writes there, and a delta would be wrong. An empty ledger sends everything anyway.
    """
    sources = set(tables.warehouse.fetch(f"select dpid, target_data_owner_dpid from {tables.data_sources}"))
    newest = 0
    for name in drop.list_names(partner_name):
        try:
            parsed = parse_file_name(name)
        except FileNameError:
            continue
        if isinstance(parsed, DataFileName) and (parsed.dpid, parsed.target_data_owner_dpid) in sources:
            newest = max(newest, parsed.timestamp)
    known = batches.newest_timestamp()
    if known and newest > known and not full:
        raise ConfigurationError(
            f"the drop {drop.destination} holds files of these data sources with TIMESTAMP {newest}, and the ledger "
            f"ends with {known}: it was restored from a backup older than the drop, or another feed writes there",
            hint="restore the newer ledger; if it is lost, `aam-export run --full` sends every user's whole state "
            "(what only the lost batches sent is not taken away)",
        )
    return newest


def check_removals(totals: list[SourceTotals], max_removal_pct: float, accepted: int | None) -> None:
    """Raise RefusedError where a data source loses more users than is likely (design, delivery 9).

    `accepted` is the number of losing users, over all data sources, that a person has agreed to.
    """
    suspicious = [
        total
        for total in totals
        if total.losing and (total.desired == 0 or total.losing * 100 > max_removal_pct * total.known)
    ]
    losing = sum(total.losing for total in totals)
    if not suspicious or (accepted is not None and losing <= accepted):
        return
    said = "; ".join(
        f"{total.data_source}: {total.losing:,} of {total.known:,} users would only lose"
        + (", the source came back empty" if total.desired == 0 else "")
        for total in suspicious
    )
    agreed = f" (accepted: {accepted:,}, needed: {losing:,})" if accepted is not None else ""
    raise RefusedError(
        f"more removals than max_removal_pct ({max_removal_pct:g} %) allows: {said}{agreed}",
        hint=f"find out whether a source failed to load; if it is right, run with --accept-removals {losing}",
    )
