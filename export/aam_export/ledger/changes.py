"""What the last build would change, as the models counted it: the diff that `plan` shows and the guards judge."""

from __future__ import annotations

from dataclasses import dataclass

from aam_export.ledger.context import COMMITTED, LedgerContext
from aam_export.warehouses.base import literal


@dataclass(frozen=True)
class SourceTotals:
    """A data source, in users: `known` have something in Audience Manager, `desired` are to have something.

    `losing` lose something and gain nothing, also what no file can take away; `deferred` wait for an earlier batch to
    settle; `unclearable` hold something that no file can take away, for however long.
    """

    data_source: str
    desired: int
    known: int
    losing: int
    new: int
    changed: int
    removed: int
    refreshed: int
    deferred: int
    unclearable: int


@dataclass(frozen=True)
class SignalTotals:
    """A trait, a code or a key of a data source, in users."""

    data_source: str
    signal: str
    trait_name: str | None
    added: int
    removed: int
    refreshed: int
    deferred: int
    unclearable: int


@dataclass(frozen=True)
class UserChange:
    """What a run would say of one user in one data source, and why; texts list signals as on a line."""

    data_source: str
    change: str
    sync_mode: str | None
    held: str
    wanted: str
    added: str
    taken_away: str
    deferred: str
    unclearable: str
    lines: tuple[str, ...]


def source_totals(ledger: LedgerContext) -> list[SourceTotals]:
    rows = ledger.warehouse.fetch(
        f"""
        select data_source, users_desired, users_known, users_losing, users_new, users_changed, users_removed,
            users_refreshed, users_deferred, users_unclearable
        from {ledger.change_totals} order by data_source
        """
    )
    return [SourceTotals(source, *(int(number) for number in numbers)) for source, *numbers in rows]


def opted_out_before(ledger: LedgerContext) -> int:
    """Rows of opted-out people that the build of the newest delivery kept out (P2); 0 where none has been counted."""
    committed = f"select batch_id from {ledger.batches} where event = {literal(COMMITTED)}"
    [(rows,)] = ledger.warehouse.fetch(
        f"""
        select coalesce(sum(counted), 0) from {ledger.batch_counts}
        where measure = 'kept_out' and item in ('opted_out', 'opted_out_near_miss')
            and batch_id = (select max(batch_id) from {ledger.batch_counts} where batch_id in ({committed}))
        """
    )
    return int(rows)


def signal_totals(ledger: LedgerContext) -> list[SignalTotals]:
    rows = ledger.warehouse.fetch(
        f"""
        select data_source, signal, trait_name, users_added, users_removed, users_refreshed, users_deferred,
            users_unclearable
        from {ledger.change_summary} order by data_source, signal
        """
    )
    return [SignalTotals(source, signal, name, *(int(n) for n in numbers)) for source, signal, name, *numbers in rows]


def user_changes(ledger: LedgerContext, user_id: str) -> list[UserChange]:
    """What would be sent for an ID, in every data source that knows it; none where nobody does."""
    user = literal(user_id)
    profiles = ledger.warehouse.fetch(f"select data_source, profile from {ledger.profiles} where user_id = {user}")
    delivered = ledger.warehouse.fetch(f"select data_source, profile from {ledger.delivered} where user_id = {user}")
    differences = ledger.warehouse.fetch(
        f"""
        select data_source, added, taken_away, deferred, unclearable from {ledger.user_changes} where user_id = {user}
        """
    )
    changes = ledger.warehouse.fetch(
        f"""
        select data_source, change, case when line_count > 0 then sync_mode end from {ledger.changes}
        where user_id = {user} and line_number = 1
        """
    )
    lines = ledger.warehouse.fetch(
        f"select data_source, record from {ledger.records} where user_id = {user} order by data_source, line_number"
    )
    wanted, held, sent = dict(profiles), dict(delivered), {source: rest for source, *rest in changes}
    differing = {source: rest for source, *rest in differences}
    result = []
    for source in sorted(wanted.keys() | held.keys()):
        change, sync_mode = sent.get(source, ("nothing to send", None))
        added, taken_away, deferred, unclearable = differing.get(source, (None, None, None, None))
        result.append(
            UserChange(
                source,
                change,
                sync_mode,
                held.get(source) or "",
                wanted.get(source) or "",
                added or (wanted.get(source, "") if change == "new" else ""),
                taken_away or "",
                deferred or "",
                unclearable or "",
                tuple(record for line_source, record in lines if line_source == source),
            )
        )
    return result
