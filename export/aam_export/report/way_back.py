"""What a report says of the answers: batches, match rates and segment deliveries, in counts, as models/feedback tell.

Senders, subjects and names of received files stay out of it: others wrote them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from aam_export.errors import ConfigurationError
from aam_export.feedback.fates import receives
from aam_export.ledger import LedgerContext
from aam_export.ledger.context import utc
from aam_export.project import Project
from aam_export.report.counts import CHART_DAYS
from aam_export.warehouses.base import literal

SHOWN_DELIVERIES = 30


@dataclass(frozen=True)
class BatchAnswer:
    """A batch beside its receipts (R6); numbers are None where none came, `shared` ones are of other files too."""

    batch_id: str
    committed_at: datetime
    fate: str
    shared: bool
    lines_delivered: int
    lines_acknowledged: int
    records_received: int | None
    stored_records: int | None
    no_matching_aam_id: int | None
    expected_no_matching_aam_id: int | None
    format_errors: int | None
    invalid_aam_id: int | None
    no_trait_realized: int | None
    received_difference: int | None


@dataclass(frozen=True)
class MatchRate:
    """Percent of a data source's records on a day whose ID Audience Manager knew; `all_unmatched` as in beta (R14)."""

    data_source: str
    day: date
    records: int
    matched_pct: float
    all_unmatched: bool


@dataclass(frozen=True)
class SegmentDelivery:
    """An outbound delivery (O25 to O29); `name` is what the account's list calls its destination."""

    destination_id: str
    name: str
    sync_mode: str | None
    delivered_at: datetime
    state: str
    late: bool
    missing_days: int
    files: int
    missing_files: int
    user_rows: int
    rejected_rows: int


@dataclass(frozen=True)
class WayBack:
    """Batches newest first, rates by data source and day, deliveries newest first; None where a model is not built."""

    batches: list[BatchAnswer] | None
    rates: dict[str, list[MatchRate]] | None
    deliveries: list[SegmentDelivery] | None


def way_back(project: Project, ledger: LedgerContext, batch_ids: Collection[str]) -> WayBack | None:
    """None in a project that does not read what Audience Manager answers."""
    if not receives(project):
        return None
    asked = _Asked(project, ledger)
    return WayBack(asked.batches(batch_ids), asked.rates(), asked.deliveries())


@dataclass(frozen=True)
class _Asked:
    project: Project
    ledger: LedgerContext

    def batches(self, batch_ids: Collection[str]) -> list[BatchAnswer] | None:
        listed = ", ".join(map(literal, batch_ids)) or "null"
        rows = self._rows(
            f"""
            select batch_id, committed_at, fate, is_shared, lines_delivered, lines_acknowledged, records_received,
                stored_records, no_matching_aam_id, expected_no_matching_aam_id,
                format_errors, invalid_aam_id, no_trait_realized, received_difference
            from {self.project.relation("receipt_reconciliation")}
            where batch_id in ({listed}) order by batch_id desc
            """
        )
        if rows is None:
            return None
        return [
            BatchAnswer(
                batch, utc(at), fate, bool(shared), *(None if count is None else int(count) for count in counts)  # type: ignore[arg-type]
            )
            for batch, at, fate, shared, *counts in rows
        ]  # fmt: skip

    def rates(self) -> dict[str, list[MatchRate]] | None:
        rows = self._rows(
            f"""
            select data_source, date_day, records_received, matched_pct, is_all_unmatched
            from {self.project.relation("match_rates")}
            where matched_pct is not null order by data_source, date_day
            """
        )
        if rows is None:
            return None
        found: dict[str, list[MatchRate]] = {}
        for source, day, records, matched, unmatched in rows:
            rate = MatchRate(source, day, int(records), round(float(matched), 1), bool(unmatched))
            found.setdefault(source, []).append(rate)
        return {source: _thinned(rates) for source, rates in found.items()}

    def deliveries(self) -> list[SegmentDelivery] | None:
        rows = self._rows(
            f"""
            select deliveries.destination_id, destinations.description, deliveries.sync_mode, deliveries.delivered_at,
                deliveries.state, deliveries.is_late, deliveries.missing_days, deliveries.files,
                deliveries.missing_files, deliveries.user_rows, deliveries.rejected_rows
            from {self.project.relation("segment_deliveries")} as deliveries
            left join {self.project.relation("input__aam_destinations")} as destinations
                on deliveries.destination_id = destinations.destination_id
            order by deliveries.delivered_at desc, deliveries.destination_id, deliveries.delivery
            limit {SHOWN_DELIVERIES}
            """
        )
        if rows is None:
            return None
        return [
            SegmentDelivery(
                number, name or f"destination {number}", mode, utc(at), state, bool(late), *map(int, counts)
            )
            for number, name, mode, at, state, late, *counts in rows
        ]

    def _rows(self, sql: str) -> list[tuple[Any, ...]] | None:
        try:
            return self.ledger.warehouse.fetch(sql)
        except ConfigurationError:
            return None  # not built yet


def _thinned(rates: list[MatchRate]) -> list[MatchRate]:
    """Of more than CHART_DAYS days so many, evenly, and always the newest."""
    step = -(-len(rates) // CHART_DAYS) or 1
    return rates[(len(rates) - 1) % step :: step]
