"""Whether the ledger and the drop belong together, by the files that stand in the drop (V10)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone

from aam_export.delivery.attempt import Attempt
from aam_export.drops.base import OK, WARNING, Finding
from aam_export.errors import ConfigurationError, FileNameError
from aam_export.files.names import DataFileName, IdSyncFileName, parse_file_name, unprocessed
from aam_export.ledger import LedgerContext

WHAT_IS_LOST = (
    "every user is sent as new; what was sent before and is not true any more stays in Audience Manager until it "
    "expires (M6), that of people who opted out since included"
)


def compare_drop(attempt: Attempt) -> Finding:
    """Compare the drop with the ledger: it must know the newest of our files there, or be new and say so.

    For if not, the ledger was lost or restored from a backup, or is another one, or another feed writes there, and what
    would be sent is wrong.
    """
    drop, known = attempt.drop, attempt.batches.newest_timestamp()
    names = drop.list_names(attempt.project.settings.partner_name)
    ours = _timestamps(names or [], attempt.ledger)
    attempt.newest_in_drop = newest = max(ours, default=0)
    if attempt.new_ledger and (committed := attempt.batches.committed()):
        raise ConfigurationError(
            f"--new-ledger begins a ledger anew, and this one has delivered batches: {committed:,}",
            hint="run without it",
        )
    if known is None:
        return _empty_ledger(attempt, ours, listed=names is not None)
    if newest > known and not attempt.full:
        raise ConfigurationError(
            f"the drop {drop.destination} holds files of these data sources with TIMESTAMP {newest}, and the ledger "
            f"ends with {known}: it was restored from a backup older than the drop, or another feed writes there",
            hint="restore the newer ledger; if it is lost, `aam-export run --full` sends every user's whole state, now "
            "and again when settle_hours have passed, for the lost batches may be applied last (M2). What they alone "
            "sent is not taken away",
        )
    if names is None:
        return Finding("history", OK, "the drop can't be listed, and the ledger is not empty")
    return Finding(
        "history", OK, f"the drop holds files of these data sources: {len(ours):,}, none newer than the ledger"
    )


def _empty_ledger(attempt: Attempt, ours: Sequence[int], *, listed: bool) -> Finding:
    drop, place = attempt.drop, attempt.ledger.warehouse.place
    if not listed:
        return Finding(
            "history",
            WARNING,
            f"the ledger in {place} has sent nothing yet, and the drop {drop.destination} can't be listed: nobody can "
            "tell whether another ledger has",
            f"make sure that this is the first run. If it is not, {WHAT_IS_LOST}: use the ledger that sent it",
        )
    if not ours:
        return Finding("history", OK, "nothing has been sent yet, and nothing of these data sources stands in the drop")
    newest = datetime.fromtimestamp(max(ours), timezone.utc)
    said = (
        f"the ledger in {place} is empty, and the drop {drop.destination} holds files of these data sources: "
        f"{len(ours):,}, the newest of {newest:%Y-%m-%d %H:%M} UTC"
    )
    if not attempt.new_ledger:
        raise ConfigurationError(
            f"{said}. With a new ledger, {WHAT_IS_LOST}",
            hint="use the ledger that sent them: is it another DuckDB file (a relative path in profiles.yml), target "
            "or schema, or to be restored? If it is gone, `aam-export run --new-ledger` begins anew",
        )
    return Finding(
        "history",
        WARNING,
        f"{said}. A new ledger begins: {WHAT_IS_LOST}",
        "run with --full when settle_hours have passed, for files of the lost ledger may be applied last (M2)",
    )


def _timestamps(names: Sequence[str], ledger: LedgerContext) -> list[int]:
    """The TIMESTAMPs of the files of our data sources and ID syncs."""
    sources = set(ledger.warehouse.fetch(f"select dpid, target_data_owner_dpid from {ledger.data_sources}"))
    id_syncs = set(ledger.warehouse.fetch(f"select file_prefix, dpids from {ledger.id_syncs}"))
    found = []
    for name in names:
        try:
            parsed = parse_file_name(unprocessed(name))
        except FileNameError:
            continue
        is_data = isinstance(parsed, DataFileName) and (parsed.dpid, parsed.target_data_owner_dpid) in sources
        is_pairs = isinstance(parsed, IdSyncFileName) and (parsed.prefix, "_".join(parsed.dpids)) in id_syncs
        if is_data or is_pairs:
            found.append(parsed.timestamp)
    return found
