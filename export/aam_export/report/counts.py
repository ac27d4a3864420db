"""What a report asks of the warehouse: what builds counted (aam_batch_counts), sums of models, never a person's row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from aam_export.ledger import LedgerContext
from aam_export.ledger.context import COMMITTED, OPENED, PROPOSED, utc
from aam_export.project import Project
from aam_export.warehouses.base import literal

KINDS = ("new", "changed", "removed", "refreshed")
CHART_DAYS = 60  # as many points as a small chart shows


@dataclass(frozen=True)
class CountedBatch:
    """A batch that has counts, and its day; `sent` is false for what the last build proposes."""

    batch_id: str
    day: date
    sent: bool


@dataclass(frozen=True)
class TraitMoves:
    """People in a trait, or with a code, of a data source after the newest batch, and before.

    `added`, `removed` and `refreshed` are of the newest batch; NULL in the warehouse, and None here, where an earlier
    batch has no such count. `expires` is the first day on which a membership could expire if nothing more were sent.
    """

    data_source: str
    signal: str
    name: str
    ttl_days: int | None
    people: int
    before: int | None
    week_ago: int | None
    month_ago: int | None
    added: int
    removed: int
    refreshed: int
    expires: date | None

    @property
    def moved(self) -> int:
        """People more than a week ago or, where the ledger is younger, than at its beginning."""
        return 0 if self.week_ago is None else self.people - self.week_ago


@dataclass(frozen=True)
class KeptOut:
    """Rows of the last build that are kept out; `data_source` is empty where the account does not list it."""

    data_source: str
    reason: str
    rule: str
    rows: int


@dataclass(frozen=True)
class Match:
    """Offline IDs of a data source beside those that the site captured (L7); `folded` are near misses by their kind."""

    data_source: str
    site_ids: int
    offline_ids: int
    exact: int
    folded: dict[str, int]
    never: int

    @property
    def near(self) -> int:
        return sum(self.folded.values())


# The columns of id_match_audit, by the macro match_foldings.
FOLDINGS = {
    "case_only_ids": "upper and lower case",
    "trim_only_ids": "blanks around the ID",
    "url_decoded_only_ids": "URL encoding",
    "leading_zeros_only_ids": "leading zeros",
    "number_form_only_ids": "form of a number",
    "unicode_form_only_ids": "Unicode form of a letter",
}


class Counts:
    """The counts of one ledger; an answer has a row a trait, reason or day, however many people there are."""

    def __init__(self, project: Project, ledger: LedgerContext) -> None:
        self._ledger = ledger
        self._warehouse = ledger.warehouse
        self._counts = ledger.batch_counts
        self._traits = project.relation("input__aam_traits")
        self._rejects = project.relation("inbound_rejects")
        self._match = project.relation("id_match_audit")
        self._known_pii = project.relation("inbound_known_pii")

    def batches(self, *, before: bool) -> list[CountedBatch]:
        """Those that were delivered, in their order; with `before`, what the last build proposes after them."""
        ledger = self._ledger
        rows = self._warehouse.fetch(
            f"""
            select batch_id, drop_date from {ledger.batches}
            where event = {literal(COMMITTED)} and batch_id in (select batch_id from {self._counts})
            order by batch_id
            """
        )
        found = [CountedBatch(batch, date.fromisoformat(day), True) for batch, day in rows]
        if before:
            rows = self._warehouse.fetch(
                f"""
                select batch_id, event_at from {ledger.batches}
                where event = {literal(PROPOSED)} and batch_id in (select batch_id from {self._counts})
                    and batch_id not in (select batch_id from {ledger.batches} where event = {literal(OPENED)})
                order by batch_id
                """
            )
            found += [CountedBatch(batch, utc(at).date(), False) for batch, at in rows]
        return found

    def users_sent(self) -> dict[str, dict[str, int]]:
        """Batch → kind of change → users, over all data sources."""
        measures = ", ".join(literal(f"users_{kind}") for kind in KINDS)
        rows = self._warehouse.fetch(
            f"select batch_id, measure, sum(counted) from {self._counts} where measure in ({measures}) "
            "group by batch_id, measure"
        )
        found: dict[str, dict[str, int]] = {}
        for batch, measure, users in rows:
            found.setdefault(batch, {})[measure.removeprefix("users_")] = int(users)
        return found

    def traits(self, batches: Sequence[CountedBatch], refresh_days: int) -> list[TraitMoves]:
        """Every trait and code that people have or had, the biggest movers first."""
        if not batches:
            return []
        newest = batches[-1]
        points = [newest.batch_id, *(_as_of(batches, newest.day - timedelta(days=days)) for days in (1, 7, 30))]
        points[1] = batches[-2].batch_id if len(batches) > 1 else None

        def people(point: str | None) -> str:
            return f"max(case when measure = 'population' and batch_id = {literal(point or '')} then counted end)"

        def moved(measure: str) -> str:
            return (
                f"coalesce(max(case when measure = {literal(measure)} and batch_id = {literal(newest.batch_id)} "
                "then counted end), 0)"
            )

        columns = [f"{people(point)} as people_{number}" for number, point in enumerate(points)]
        columns += [f"{moved(measure)} as {measure}" for measure in ("added", "removed", "refreshed")]
        rows = self._warehouse.fetch(
            f"""
            with moves as (
                select data_source, item, {", ".join(columns)}
                from {self._counts}
                where batch_id in ({_listed(point for point in points if point)})
                    and measure in ('population', 'added', 'removed', 'refreshed')
                    and (item like 'd_sid=%' or item like 'ic=%')
                group by data_source, item
            )
            select moves.data_source, moves.item, max(traits.trait_name), max(traits.ttl_days), max(people_0),
                max(people_1), max(people_2), max(people_3), max(added), max(removed), max(refreshed)
            from moves left join {self._traits} as traits on moves.item = 'd_sid=' || traits.trait_id
            where people_0 is not null or people_1 is not null or people_2 is not null or people_3 is not null
            group by moves.data_source, moves.item
            """
        )
        delivered = [batch.day for batch in batches if batch.sent]
        found = []
        for source, signal, name, ttl, *numbers in rows:
            # a batch that has counts and none of this trait had nobody in it
            now, before, week, month, added, removed, refreshed = (
                None if point is None else int(number or 0)
                for point, number in zip((*points, "", "", ""), numbers, strict=True)
            )
            days = int(ttl) if ttl not in (None, "") else None
            # Everybody was sent whole within refresh_days before the last delivery (V7).
            expires = delivered[-1] + timedelta(days=days - refresh_days) if delivered and days else None
            found.append(
                TraitMoves(
                    source,
                    signal,
                    name or signal,
                    days,
                    now or 0,
                    before,
                    week,
                    month,
                    added or 0,
                    removed or 0,
                    refreshed or 0,
                    expires,
                )
            )
        return sorted(found, key=lambda trait: (-abs(trait.moved), -trait.people, trait.data_source, trait.signal))

    def populations(
        self, batches: Sequence[CountedBatch], traits: Sequence[TraitMoves]
    ) -> dict[tuple[str, str], list[tuple[date, int]]]:
        """People of some traits on some days: the last batch of each, and no more than CHART_DAYS of them."""
        points = thinned(batches)
        if not points or not traits:
            return {}
        wanted = " or ".join(
            f"(data_source = {literal(trait.data_source)} and item = {literal(trait.signal)})" for trait in traits
        )
        rows = self._warehouse.fetch(
            f"""
            select data_source, item, batch_id, counted from {self._counts}
            where measure = 'population' and batch_id in ({_listed(point.batch_id for point in points)}) and ({wanted})
            """
        )
        counted = {(source, item, batch): int(people) for source, item, batch, people in rows}
        return {
            (trait.data_source, trait.signal): [
                (point.day, counted.get((trait.data_source, trait.signal, point.batch_id), 0)) for point in points
            ]
            for trait in traits
        }

    def kept_out(self) -> list[KeptOut]:
        """What the last build kept out, most rows first."""
        rows = self._warehouse.fetch(
            f"""
            select coalesce(data_sources.data_source, ''), rejects.reason, rejects.rule, count(*)
            from {self._rejects} as rejects
            left join {self._ledger.data_sources} as data_sources on rejects.data_source = data_sources.data_source
            group by coalesce(data_sources.data_source, ''), rejects.reason, rejects.rule
            order by 4 desc, 1, 2
            """
        )
        return [KeptOut(source, reason, rule, int(number)) for source, reason, rule, number in rows]

    def kept_out_before(self, batches: Sequence[CountedBatch]) -> dict[str, list[tuple[date, str, int]]]:
        """Data source → day, reason, rows, on no more than CHART_DAYS days."""
        days = {point.batch_id: point.day for point in thinned(batches)}
        if not days:
            return {}
        rows = self._warehouse.fetch(
            f"""
            select data_source, batch_id, item, counted from {self._counts}
            where measure = 'kept_out' and batch_id in ({_listed(days)}) order by data_source, batch_id, item
            """
        )
        found: dict[str, list[tuple[date, str, int]]] = {}
        for source, batch, reason, number in rows:
            found.setdefault(source, []).append((days[batch], reason, int(number)))
        return found

    def match(self) -> list[Match]:
        """Data sources with any IDs, by name."""
        rows = self._warehouse.fetch(
            f"select data_source, site_ids, offline_ids, exact_ids, never_ids, {', '.join(FOLDINGS)} "
            f"from {self._match} where site_ids > 0 or offline_ids > 0 order by data_source"
        )
        return [
            Match(
                source,
                int(site),
                int(offline),
                int(exact),
                {said: int(number) for said, number in zip(FOLDINGS.values(), folded, strict=True)},
                int(never),
            )
            for source, site, offline, exact, never, *folded in rows
        ]

    def known_personal_values(self) -> int:
        """How many values of tagged columns every ID and value is compared with."""
        [(number,)] = self._warehouse.fetch(f"select count(*) from {self._known_pii}")
        return int(number)

    def nobody_has(self) -> list[str]:
        """Names of onboarded traits of the account that nobody is to have."""
        rows = self._warehouse.fetch(
            f"""
            select trait_name from {self._traits}
            where trait_type = 'onboarded' and 'd_sid=' || trait_id not in (
                select item from {self._counts} where measure = 'population' and batch_id = (
                    select max(batch_id) from {self._counts}
                )
            )
            order by trait_name
            """
        )
        return [str(name) for (name,) in rows]


def thinned(batches: Sequence[CountedBatch]) -> list[CountedBatch]:
    """The last batch of each day; of more than CHART_DAYS days so many, evenly, and always the newest."""
    days = list({batch.day: batch for batch in batches}.values())
    step = -(-len(days) // CHART_DAYS) or 1
    return days[(len(days) - 1) % step :: step]


def _as_of(batches: Sequence[CountedBatch], day: date) -> str | None:
    """The last batch up to a day or, where all are younger, the first; None where there is one batch alone."""
    earlier = [batch for batch in batches[:-1] if batch.day <= day] or list(batches[:1] if len(batches) > 1 else [])
    return earlier[-1].batch_id if earlier else None


def _listed(texts: Iterable[str]) -> str:
    return ", ".join(map(literal, texts))
