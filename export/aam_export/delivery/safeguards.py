"""What stops a run although every line is right: a ledger that is not the drop's (V10), a change too large (V9)."""

from __future__ import annotations

from datetime import timedelta

from aam_export.clock import Clock
from aam_export.drops import Drop
from aam_export.errors import ConfigurationError, FileNameError, RefusedError
from aam_export.files.names import DataFileName, IdSyncFileName, parse_file_name
from aam_export.ledger import Batches, SourceTotals, Tables

CLOCKS_DIFFER = timedelta(minutes=10)  # what two machines' clocks may


def check_drop_history(drop: Drop, tables: Tables, batches: Batches, partner_name: str, *, full: bool) -> int:
    """TIMESTAMP of the newest file of our data sources and ID syncs in the drop; 0 where there is none, or no listing.

    Raises ConfigurationError where that is newer than all the ledger knows, for then the ledger was restored from a
    backup, or another feed writes there, and a delta would be wrong. An empty ledger sends everything anyway.
    """
    sources = set(tables.warehouse.fetch(f"select dpid, target_data_owner_dpid from {tables.data_sources}"))
    id_syncs = set(tables.warehouse.fetch(f"select file_prefix, dpids from {tables.id_syncs}"))
    newest = 0
    for name in drop.list_names(partner_name):
        try:
            parsed = parse_file_name(name)
        except FileNameError:
            continue
        is_data = isinstance(parsed, DataFileName) and (parsed.dpid, parsed.target_data_owner_dpid) in sources
        is_pairs = isinstance(parsed, IdSyncFileName) and (parsed.prefix, "_".join(parsed.dpids)) in id_syncs
        if is_data or is_pairs:
            newest = max(newest, parsed.timestamp)
    known = batches.newest_timestamp()
    if known and newest > known and not full:
        raise ConfigurationError(
            f"the drop {drop.destination} holds files of these data sources with TIMESTAMP {newest}, and the ledger "
            f"ends with {known}: it was restored from a backup older than the drop, or another feed writes there",
            hint="restore the newer ledger; if it is lost, `aam-export run --full` sends every user's whole state, now "
            "and again when settle_hours have passed, for the lost batches may be applied last (M2). What they alone "
            "sent is not taken away",
        )
    return newest


def clock_doubts(clock: Clock, batches: Batches) -> str:
    """What to say where the clock is behind the ledger, or empty. It stops no run, for whichever is wrong, all is safe.

    Names go on counting from the newest batch (N3), and what the ledger says happens later counts as unsettled (M2).
    """
    now, last = clock.now(), batches.last_event()
    if last is None or last - now < CLOCKS_DIFFER:
        return ""
    return (
        f"The clock says {now:%Y-%m-%d %H:%M}, and the ledger's last entry is of {last:%Y-%m-%d %H:%M} (UTC): one is "
        "wrong. Files are filed under the clock's day (N1). If the ledger's was wrong, mark its batches with "
        "`aam-export settle` when settle_hours have passed"
    )


def check_removals(totals: list[SourceTotals], max_removal_pct: float, accepted: int | None) -> None:
    """Raise RefusedError where a data source loses more users than is likely (V9).

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
