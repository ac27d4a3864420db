"""Content as one HTML page: no script, style, font or picture of it comes from elsewhere."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from aam_export import __version__
from aam_export.drops.destinations import shown
from aam_export.report.charts import COLOURS, Box, Chart, Painter, colours_of, fewer_kinds
from aam_export.report.content import DRAWN_SOURCES, Content
from aam_export.report.counts import CHART_DAYS, KINDS
from aam_export.rules import rules

REASONS = Path(__file__).with_name("reasons.json")
KNOWN, BY_SITE, PENDING, UNKNOWN = "known by ID file", "known from the site", "ID file on its way", "unknown"
NONE, MINUS = "\N{EN DASH}", "\N{MINUS SIGN}"
MATCH_COLOURS = (COLOURS[0], COLOURS[3], COLOURS[5])
EXACT, NEAR, NEVER = "the same as on the site", "nearly the same: to be mended", "never seen on the site"


@dataclass(frozen=True)
class Charts:
    """The page's charts; a list is empty, and `sent` None, where there is nothing to draw."""

    sent: Chart | None
    traits: list[Chart]
    kept_out: list[Chart]
    coverage: Chart | None
    match: Chart | None
    match_rates: list[Chart]
    reach: str


@cache
def reasons() -> dict[str, dict[str, str]]:
    """Reason → its rule, what it is and how to mend it, as docs/rejects.md has them."""
    found: dict[str, dict[str, str]] = json.loads(REASONS.read_text(encoding="utf-8"))
    return found


def render(content: Content) -> str:
    """The page; raises ConfigurationError where the library that draws is not installed."""
    environment = Environment(
        loader=PackageLoader("aam_export.report"),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        shown=shown, number=number, signed=signed, day=day, moment=moment, size=size, share=share, ago=ago
    )
    # Rules by which a row was kept out may be more than those of the list that came with this program.
    return environment.get_template("report.html").render(
        content=content, charts=_charts(content), reasons=reasons(), rules=rules(), version=__version__
    )


def _charts(content: Content) -> Charts:
    painter = Painter()
    names = {(trait.data_source, trait.signal): trait for trait in content.traits}
    drawn = [
        painter.line(names[key].name, points, "IDs", _moved(names[key], content))
        for key, points in content.populations.items()
        if len(points) > 1
    ]
    days = sorted(content.kept_out_before.items(), key=lambda item: -sum(number for *_, number in item[1]))
    spoken = [
        (source, *fewer_kinds((day, reason.replace("_", " "), rows) for day, reason, rows in counts))
        for source, counts in days[:DRAWN_SOURCES]
        if len({day for day, *_ in counts}) > 1
    ]
    colours = colours_of(kind for *_, kinds in spoken for kind in kinds)
    kept_out = [
        painter.stacked_days(
            source or "no data source of the account", counts, kinds, [colours[kind] for kind in kinds]
        )
        for source, counts, kinds in spoken
    ]
    coverage = {
        row.data_source: {KNOWN: row.synced, BY_SITE: row.captured, PENDING: row.pending, UNKNOWN: row.unknown}
        for row in content.coverage
        if row.lines
    }
    match = {
        row.data_source: {EXACT: row.exact, NEAR: row.near, NEVER: row.never} for row in content.match if row.site_ids
    }
    return Charts(
        _sent(painter, content),
        drawn,
        kept_out,
        painter.shares("Lines to send by what is known of their ID", coverage, (KNOWN, BY_SITE, PENDING, UNKNOWN))
        if coverage
        else None,
        painter.shares("Offline IDs beside those of the site", match, (EXACT, NEAR, NEVER), MATCH_COLOURS)
        if match
        else None,
        _match_rates(painter, content),
        _ways(painter, content),
    )


def _match_rates(painter: Painter, content: Content) -> list[Chart]:
    """Percent of records that were matched, by day, of the data sources with most records."""
    rates = (content.way_back and content.way_back.rates) or {}
    largest = sorted(rates.items(), key=lambda item: (-item[1][-1].records, item[0]))
    return [
        painter.line(
            source,
            [(rate.day, rate.matched_pct) for rate in days],
            "percent matched",
            f"{days[-1].matched_pct} % of {days[-1].records:,} matched on the last day",
            percent=True,
        )
        for source, days in largest[:DRAWN_SOURCES]
        if len(days) > 1
    ]


def _sent(painter: Painter, content: Content) -> Chart | None:
    """Users sent by day or, of a long time, by week or month."""
    days = {batch.batch_id: batch.day for batch in content.counted}
    span = len(set(days.values()))
    if span < 2:
        return None
    one, unit = (lambda day: day, "day") if span <= CHART_DAYS else (_monday, "week")
    if span > 7 * CHART_DAYS:
        one, unit = (lambda day: day.replace(day=1)), "month"
    sums: dict[tuple[date, str], int] = {}
    for batch, kinds in content.users_sent.items():
        for kind, users in kinds.items():
            if batch in days:
                key = (one(days[batch]), kind)
                sums[key] = sums.get(key, 0) + users
    counts = [(when, kind, users) for (when, kind), users in sorted(sums.items())]
    return painter.stacked_days(f"IDs sent, by {unit} and why", counts, KINDS) if counts else None


def _monday(when: date) -> date:
    return when - timedelta(days=when.weekday())


def _moved(trait: Any, content: Content) -> str:
    return f"{trait.data_source}: {trait.people:,} IDs, {signed(trait.moved)} in a week"


def _ways(painter: Painter, content: Content) -> str:
    """From tagged columns to the models that hold their values last; empty where no column is tagged."""
    reach = content.reach
    if reach is None or not reach.holders:
        return ""
    holders = {holder.node: holder for holder in reach.holders}
    depth: dict[str, int] = {}
    for holder in reach.holders:  # inputs come first
        depth[holder.node] = max((depth[source] + 1 for source in holder.sources), default=0)
    rows: dict[int, int] = {}
    boxes, arrows = [], []

    def put(name: str, lines: tuple[str, ...], column: int, kind: str) -> None:
        rows[column] = rows.get(column, -1) + 1
        boxes.append(Box(name, lines, column, rows[column], kind))

    for node, holder in holders.items():
        columns = (*holder.tagged, *holder.held)
        put(node, (holder.label.removeprefix("source."), ", ".join(columns)), depth[node], "holds")
        arrows += [(source, node) for source in holder.sources]
        if holder.ends_at:
            end = f"{node} ends"
            label = holder.ends_at[0] + (f" and {len(holder.ends_at) - 1} more" if len(holder.ends_at) > 1 else "")
            put(end, (label, "read it and keep no value"), depth[node] + 1, "ends")
            arrows.append((node, end))
    return painter.ways("Where the values of tagged columns go, and where they end", boxes, arrows)


def number(value: float | None) -> str:
    """`1,234`; NONE for None."""
    return NONE if value is None else f"{value:,}"


def signed(value: int | None) -> str:
    """With its sign, but for 0."""
    if value is None:
        return NONE
    return f"+{value:,}" if value > 0 else f"{MINUS}{-value:,}" if value else "0"


def day(value: date | datetime | None) -> str:
    return NONE if value is None else f"{value.day} {value:%b %Y}"


def moment(value: datetime) -> str:
    return f"{day(value)}, {value:%H:%M} UTC"


def size(value: int) -> str:
    """Bytes in the unit that suits them."""
    return f"{value / 1e6:,.1f} MB" if value >= 100_000 else f"{value / 1e3:,.1f} kB"


def share(part: int, whole: int) -> str:
    """Percent, as people round it: never 100 or 0 where it is not."""
    if not whole:
        return NONE
    percent = 100 * part / whole
    if 0 < percent < 0.1 or 99.9 < percent < 100:
        return "under 0.1 %" if percent < 1 else "over 99.9 %"
    return f"{percent:.1f}".removesuffix(".0") + " %"


def ago(value: timedelta) -> str:
    """`3 hours`, `2 days`."""
    hours = max(0, int(value.total_seconds() // 3600))
    count, unit = (hours, "hour") if hours < 48 else (hours // 24, "day")
    return f"{count} {unit}" + ("" if count == 1 else "s")
