"""A plan for people: refusals and totals first, then a row a data source; every column has one unit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aam_export.cli.output import plural, size_unit
from aam_export.cli.tables import Cell, listed, table
from aam_export.delivery.results import Plan, PlannedFile
from aam_export.ledger import Coverage, IdSyncTotals, SourceTotals

FEW_FILES = 10  # which are listed without being asked for
ALL = "all data sources"


@dataclass(frozen=True)
class _Columns:
    """Titles with the attributes that they show; those of `optional` stand only where one of the rows is not 0."""

    always: dict[str, str]
    optional: dict[str, str]

    def draw(self, unit: str, rows: Sequence[tuple[str, object]], width: int) -> list[str]:
        shown = [
            *self.always.items(),
            *(
                (title, attribute)
                for title, attribute in self.optional.items()
                if any(getattr(row, attribute) for _, row in rows)
            ),
        ]
        cells: list[list[Cell]] = [[name, *(getattr(row, attribute) for _, attribute in shown)] for name, row in rows]
        return table([unit, *(title for title, _ in shown)], cells, width)


def _same(*names: str) -> dict[str, str]:
    return dict(zip(names, names, strict=True))


USERS = _Columns(
    {"known": "known", "wanted": "desired", **_same("new", "changed", "removed", "refreshed")},
    _same("deferred", "unclearable"),
)
PAIRS = _Columns(_same("wanted", "new", "changed", "gone"), {"kept out": "rejected", "shared IDs": "collisions"})
SIGNALS = _Columns(_same("added", "removed", "refreshed"), _same("deferred", "unclearable") | {"trait": "trait_name"})


def plan_text(plan: Plan, *, data_source: str | None, signals: bool, width: int, ids_are_told: bool) -> str:
    """All of a plan or, with `data_source`, one; with `signals`, their signals. Tables fit into `width` cells.

    Without `ids_are_told` nobody can say which IDs Audience Manager knows.
    """
    parts = [_head(plan)]
    if plan.data_sources and not plan.delivered_as:
        files = [file for file in plan.files if _is_of(file, data_source)]
        parts += [
            [*_totals(files)],
            *_tables(plan, data_source, files, signals=signals, width=width, ids_are_told=ids_are_told),
        ]
        if not files:
            parts.append(["Nothing to send."])
    return "\n\n".join("\n".join(part) for part in parts if part)


def _head(plan: Plan) -> list[str]:
    lines = []
    for number, refusal in enumerate(plan.refusals):
        begin = "It would be refused also:" if number else f"A run would be refused (exit code {refusal.exit_code}):"
        lines += [f"{begin} {refusal}", f"  → {refusal.hint}"]
    lines += [f"Warning: {warning}" for warning in plan.warnings]
    if plan.open_batch:
        also = ", and there is nothing else to send" if plan.open_batch == plan.delivered_as else ""
        lines.append(f"Batch {plan.open_batch} is open: a run finishes it first{also}.")
    elif plan.delivered_as:
        lines.append(f"Batch {plan.delivered_as} has delivered this build: build anew to find what changed since.")
    return lines


def _totals(files: Sequence[PlannedFile]) -> Iterator[str]:
    if not files:
        return
    data, pairs = [[file for file in files if file.kind == kind] for kind in ("data", "id_sync")]
    said = []
    if data:
        said.append(f"{plural(sum(file.users for file in data), 'user')} in {plural(len(data), 'file')}")
    if pairs:
        said.append(f"{plural(sum(file.lines for file in pairs), 'pair')} of IDs in {plural(len(pairs), 'file')}")
    total = sum(file.line_bytes for file in files)
    unit, size = size_unit([total])
    yield f"To send: {' and '.join(said)}, {total / size:,.1f} {unit} before compression"


def _tables(
    plan: Plan, data_source: str | None, files: Sequence[PlannedFile], *, signals: bool, width: int, ids_are_told: bool
) -> Iterator[list[str]]:
    sources = [total for total in plan.data_sources if data_source in (None, total.data_source)]
    busy = [total for total in sources if data_source or not _is_idle(total)]
    if busy:
        rows = [(total.data_source, total) for total in busy]
        yield USERS.draw("users of", rows if len(rows) == 1 else [(ALL, _sum(sources)), *rows], width)
        if kept := _sum(busy).unclearable:
            yield [f"{plural(kept, 'user')} keep what no file can take away: see inbound_unclearable"]
    busy_pairs = [total for total in plan.id_syncs if not data_source and not _is_idle(total)]
    if busy_pairs:
        yield PAIRS.draw("pairs of", [(total.id_sync, total) for total in busy_pairs], width)
    if covered := [row for row in plan.coverage if data_source in (None, row.data_source)]:
        yield _coverage(covered, width, ids_are_told=ids_are_told)
    if signals or data_source:
        for total in busy:
            found = [(row.signal, row) for row in plan.signals if row.data_source == total.data_source]
            if found:
                yield [f"Users of {total.data_source} by signal", *SIGNALS.draw("signal", found, width)]
    yield _files(files, width, few=FEW_FILES if data_source is None else len(files))
    idle = [total.data_source for total in sources if total not in busy]
    idle += [f"ID sync {total.id_sync}" for total in plan.id_syncs if not data_source and total not in busy_pairs]
    if idle:
        title = "Nothing to do for "
        yield [title + listed(idle, width - len(title))]


def _is_idle(total: SourceTotals | IdSyncTotals) -> bool:
    if isinstance(total, SourceTotals):
        moving = [total.new, total.changed, total.removed, total.refreshed, total.deferred, total.unclearable]
    else:
        moving = [total.new, total.changed, total.gone, total.rejected, total.collisions]
    return not any(moving)


def _is_of(file: PlannedFile, data_source: str | None) -> bool:
    return data_source is None or (file.kind == "data" and data_source in file.data_sources.split(", "))


def _sum(totals: Sequence[SourceTotals]) -> SourceTotals:
    numbers = ("desired", "known", "losing", "new", "changed", "removed", "refreshed", "deferred", "unclearable")
    return SourceTotals(ALL, *(sum(getattr(total, number) for total in totals) for number in numbers))


def _coverage(rows: Sequence[Coverage], width: int, *, ids_are_told: bool) -> list[str]:
    head = ["lines of", "all", "ID known", "%", "by ID file", "by site", "pending", "unknown"]
    cells: list[list[Cell]] = []
    for row in rows:
        known = row.synced + row.captured
        share = round(100 * known / row.lines) if row.lines else None
        cells.append([row.data_source, row.lines, known, share, row.synced, row.captured, row.pending, row.unknown])
    if any(row.on_hold for row in rows):
        head.append("users on hold")
        for cell, row in zip(cells, rows, strict=True):
            cell.append(row.on_hold)
    unknown, pending = sum(row.unknown for row in rows), sum(row.pending for row in rows)
    also = f", and up to {pending:,} more whose ID file is not settled" if pending else ""
    up_to = "" if ids_are_told else "up to "
    why = "" if ids_are_told else ": no captured IDs of the site and no pairs of IDs tell which it knows"
    return [*table(head, cells, width), f"Expect {up_to}{unknown:,} No Matching AAM ID{also}{why}."]


def _files(files: Sequence[PlannedFile], width: int, *, few: int) -> list[str]:
    if not files:
        return []
    folder = files[0].url.rpartition("/")[0]
    if len(files) > few:
        return [f"{plural(len(files), 'file')} in {folder}/ (--data-source NAME lists those of one)"]
    unit, size = size_unit([file.line_bytes for file in files])
    rows: list[list[Cell]] = [
        [file.name, file.data_sources, file.users if file.kind == "data" else None, file.lines, file.line_bytes / size]
        for file in files
    ]
    return [f"In {folder}/", *table(["file", "of", "users", "lines", unit], rows, width)]
