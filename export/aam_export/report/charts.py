"""Charts as inline SVG, by Vega-Lite. Colours are the page's CSS variables, so that they change with light and dark."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from html import escape
from typing import Any

from aam_export.errors import ConfigurationError

VEGA_LITE = "5.20"
WIDTH, HEIGHT = 320, 150
INK, GRID, PAPER = "var(--ink)", "var(--grid)", "var(--paper)"
COLOURS = [f"var(--c{number})" for number in range(1, 7)]
REST = "everything else"
DayCount = tuple[date, str, int]
"""A day, a kind and how many."""


@dataclass(frozen=True)
class Chart:
    """A drawn chart: `svg` is markup, `title` says what it shows, `rows` are its numbers under the titles of `head`."""

    title: str
    svg: str
    head: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    note: str = ""


@dataclass(frozen=True)
class Box:
    """A place in a picture of a way: `column` counts from the left, `row` from the top."""

    name: str
    lines: tuple[str, ...]
    column: int
    row: float
    kind: str


@dataclass
class Painter:
    """Draws, and gives every chart IDs of its own."""

    drawn: int = 0
    _vega: Any = field(default=None, repr=False)

    def line(
        self, title: str, points: Sequence[tuple[date, float]], unit: str, note: str = "", *, percent: bool = False
    ) -> Chart:
        """One number over days, from the smallest to the largest, or percent from 0 to 100."""
        rows: list[dict[str, Any]] = [{"day": day.isoformat(), "y": number} for day, number in points]
        spec: dict[str, Any] = {
            "data": {"values": rows},
            "height": 110,
            "mark": {"type": "line", "point": len(rows) <= 20, "color": COLOURS[0], "strokeWidth": 2},
            "encoding": {"x": _days([row["day"] for row in rows]), "y": _numbers(zero=False)},
        }
        if percent:
            spec["encoding"] = {**spec["encoding"], "y": {**_numbers(), "scale": {"domain": [0, 100]}}}
        return Chart(title, self._draw(f"{title}, {note}" if note else title, spec), ("day", unit), list(points), note)

    def stacked_days(
        self, title: str, counts: Iterable[DayCount], kinds: Sequence[str], colours: Sequence[str] = COLOURS
    ) -> Chart:
        """Numbers of several kinds over days, one upon the other, in the order of `kinds`, and their colours."""
        rows: list[dict[str, Any]] = [
            {"day": day.isoformat(), "kind": kind, "y": number} for day, kind, number in counts
        ]
        days = sorted({row["day"] for row in rows})
        spec = {
            "data": {"values": rows},
            "mark": {"type": "bar", "stroke": PAPER, "strokeWidth": 0.5 if len(days) < 30 else 0},
            "encoding": {
                "x": {**_days(days), "scale": {"paddingInner": 0.15}},
                "y": _numbers(aggregate="sum"),
                "color": _colours(kinds, colours),
                "order": {"field": "rank"},
            },
            "transform": [_rank(kinds)],
        }
        by_day = {day: {row["kind"]: row["y"] for row in rows if row["day"] == day} for day in days}
        table = [(day, *(by_day[day].get(kind, 0) for kind in kinds)) for day in days]
        return Chart(title, self._draw(title, spec), ("day", *kinds), table)

    def shares(
        self,
        title: str,
        counts: Mapping[str, Mapping[str, int]],
        kinds: Sequence[str],
        colours: Sequence[str] = COLOURS,
    ) -> Chart:
        """A bar a name, divided into the shares of its kinds, which have these colours; a kind without any has none."""
        coloured = dict(zip(kinds, colours, strict=False))
        kinds = [kind for kind in kinds if any(parts.get(kind) for parts in counts.values())]
        colours = [coloured[kind] for kind in kinds]
        rows = [
            {"name": name, "kind": kind, "y": number}
            for name, parts in counts.items()
            for kind, number in parts.items()
            if kind in kinds
        ]
        spec = {
            "data": {"values": rows},
            "height": {"step": 24},
            "mark": {"type": "bar", "stroke": PAPER, "strokeWidth": 0.5},
            "encoding": {
                "y": {"field": "name", "type": "nominal", "axis": {"title": None, "grid": False, "labelLimit": 120}},
                "x": {
                    "field": "y",
                    "type": "quantitative",
                    "stack": "normalize",
                    "axis": {"title": None, "format": "%", "tickCount": 4},
                },
                "color": {**_colours(kinds, colours), "legend": {"columns": 1}},
                "order": {"field": "rank"},
            },
            "transform": [_rank(kinds)],
        }
        table = [(name, *(parts.get(kind, 0) for kind in kinds)) for name, parts in counts.items()]
        return Chart(title, self._draw(title, spec), ("of", *kinds), table)

    def ways(self, title: str, boxes: Sequence[Box], arrows: Iterable[tuple[str, str]]) -> str:
        """Boxes in columns, joined from left to right."""
        width, height, wide, high = 210, 66, 180, 46
        place = {box.name: (box.column * width, box.row * height) for box in boxes}
        joined = [
            {
                "x": place[one][0] + wide,
                "y": place[one][1] + high / 2,
                "x2": place[other][0],
                "y2": place[other][1] + high / 2,
            }
            for one, other in arrows
        ]
        drawn = [
            {
                "x": x,
                "x2": x + wide,
                "y": y,
                "y2": y + high,
                "tx": x + 8,
                "t1": y + 15,
                "t2": y + 33,
                "name": box.lines[0],
                "more": box.lines[1] if len(box.lines) > 1 else "",
                "kind": box.kind,
            }
            for box in boxes
            for x, y in (place[box.name],)
        ]
        total = (max(x for x, _ in place.values()) + wide + 4, max(y for _, y in place.values()) + high + 4)

        def at(name: str, axis: int) -> dict[str, Any]:
            return {
                "field": name,
                "type": "quantitative",
                "scale": {"domain": [0, total[axis]], "nice": False, **({"reverse": True} if axis else {})},
                "axis": None,
            }

        kinds = {"tagged": "var(--c2)", "holds": "var(--c2)", "ends": "var(--c3)", "sent": "var(--c1)"}
        stroke = {
            "field": "kind",
            "type": "nominal",
            "legend": None,
            "scale": {"domain": list(kinds), "range": list(kinds.values())},
        }
        text = {"align": "left", "fontSize": 11, "color": INK, "limit": wide - 14}
        spec = {
            "width": total[0],
            "height": total[1],
            "layer": [
                {
                    "data": {"values": joined},
                    "mark": {"type": "rule", "color": INK, "strokeWidth": 1.2},
                    "encoding": {"x": at("x", 0), "y": at("y", 1), "x2": {"field": "x2"}, "y2": {"field": "y2"}},
                },
                {
                    "data": {"values": drawn},
                    "mark": {"type": "rect", "fill": PAPER, "strokeWidth": 1.6, "cornerRadius": 5},
                    "encoding": {
                        "x": at("x", 0),
                        "y": at("y", 1),
                        "x2": {"field": "x2"},
                        "y2": {"field": "y2"},
                        "stroke": stroke,
                    },
                },
                *(
                    {
                        "data": {"values": drawn},
                        "mark": {"type": "text", **text, "fontWeight": weight},
                        "encoding": {"x": at("tx", 0), "y": at(at_y, 1), "text": {"field": said, "type": "nominal"}},
                    }
                    for at_y, said, weight in (("t1", "name", "bold"), ("t2", "more", "normal"))
                ),
            ],
        }
        return self._draw(title, spec, padding=2)

    def _draw(self, title: str, spec: Mapping[str, Any], padding: int = 4) -> str:
        self._vega = self._vega or require()
        axis = {"labelColor": INK, "gridColor": GRID, "domainColor": GRID, "tickColor": GRID, "labelFontSize": 11}
        whole = {
            "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
            "width": WIDTH,
            "height": HEIGHT,
            **spec,
            "padding": padding,
            "background": None,
            "config": {
                "aria": False,
                "font": "sans-serif",
                "axis": axis,
                "view": {"stroke": None},
                "legend": {
                    "orient": "bottom",
                    "columns": 2,
                    "title": None,
                    "labelColor": INK,
                    "labelFontSize": 11,
                    "labelLimit": 260,
                    "columnPadding": 24,
                    "symbolStrokeWidth": 0,
                    "symbolType": "square",
                },
            },
        }
        self.drawn += 1
        return _inline(self._vega.vegalite_to_svg(whole, vl_version=VEGA_LITE), title, f"chart{self.drawn}")


def fewer_kinds(counts: Iterable[DayCount], most: int = 5) -> tuple[list[tuple[date, str, int]], list[str]]:
    """The same counts with the smaller kinds put together, and the kinds that there are then, the largest first."""
    rows = list(counts)
    sums: dict[str, int] = {}
    for _, kind, number in rows:
        sums[kind] = sums.get(kind, 0) + number
    order = sorted(sums, key=lambda kind: (-sums[kind], kind))
    if len(order) <= most + 1:
        return rows, order
    kept = set(order[:most])
    folded: dict[tuple[date, str], int] = {}
    for day, kind, number in rows:
        key = (day, kind if kind in kept else REST)
        folded[key] = folded.get(key, 0) + number
    return [(day, kind, number) for (day, kind), number in folded.items()], [*order[:most], REST]


def require() -> Any:
    """The library that draws; raises ConfigurationError where it is not installed."""
    try:
        import vl_convert
    except ImportError as error:
        raise ConfigurationError(
            "a report's charts need the package vl-convert-python", hint="pip install 'aam-export[report]'"
        ) from error
    return vl_convert


def _days(days: Sequence[str]) -> dict[str, Any]:
    """An axis of days, of which at most five are named."""
    known = sorted(set(days))
    step = -(-len(known) // 5) or 1
    axis = {
        "title": None,
        "labelAngle": 0,
        "grid": False,
        "values": known[(len(known) - 1) % step :: step],
        "labelExpr": "utcFormat(utcParse(datum.value, '%Y-%m-%d'), '%e %b')",
        "labelFlush": True,
    }
    return {"field": "day", "type": "ordinal", "axis": axis}


def _numbers(*, zero: bool = True, **more: Any) -> dict[str, Any]:
    said = "datum.value % 1 ? '' : format(datum.value, datum.value < 10000 ? ',' : '~s')"  # people are whole
    axis = {"title": None, "labelExpr": said, "tickCount": 4, "domain": False}
    return {"field": "y", "type": "quantitative", "axis": axis, "scale": {"zero": zero, "nice": True}, **more}


def colours_of(kinds: Iterable[str]) -> dict[str, str]:
    """A colour a kind, for charts that stand side by side: grey for the rest and for kinds beyond the fifth."""
    found = dict.fromkeys(kinds, COLOURS[-1])
    return {**found, **dict(zip([kind for kind in found if kind != REST], COLOURS[:-1], strict=False))}


def _colours(kinds: Sequence[str], colours: Sequence[str]) -> dict[str, Any]:
    return {"field": "kind", "type": "nominal", "scale": {"domain": list(kinds), "range": [*colours[: len(kinds)]]}}


def _rank(kinds: Sequence[str]) -> dict[str, str]:
    order = ", ".join("'" + kind.replace("\\", "\\\\").replace("'", "\\'") + "'" for kind in kinds)
    return {"calculate": f"indexof([{order}], datum.kind)", "as": "rank"}


def _inline(svg: str, title: str, prefix: str) -> str:
    """An SVG as a part of the page: as wide as there is room, named for screen readers, its IDs unlike all others."""
    head, rest = svg.split(">", 1)
    box = re.search(r'viewBox="([^"]+)"', head)
    assert box  # Vega writes one
    width = float(box[1].split()[2])
    rest = re.sub(r' (?:role|aria-roledescription)="[^"]*"', "", rest)  # the picture is one thing, with one name
    rest = re.sub(r'(\bid="|url\(#)', rf"\g<1>{prefix}-", rest)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box[1]}" role="img" aria-label="{escape(title)}" '
        f'style="--wide:{width:.0f}px">{rest}'
    )
