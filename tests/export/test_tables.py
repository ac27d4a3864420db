"""Tables for people: whatever they hold, they fit, numbers are whole, and columns are straight."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from aam_export.cli.tables import MIN_TEXT, UNLIMITED, Cell, listed, table

TEXT = st.text(max_size=60)
NUMBER = st.integers(min_value=-(10**12), max_value=10**12)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[Cell]], int]:
    """A head, its rows and a width; the first column is a text's."""
    kinds = [TEXT, *draw(st.lists(st.sampled_from([TEXT, NUMBER, st.floats(0, 1e9)]), max_size=8))]
    head = draw(st.lists(st.text("abc ", min_size=1, max_size=12), min_size=len(kinds), max_size=len(kinds)))
    rows = draw(st.lists(st.tuples(*kinds).map(list), max_size=8))
    return head, rows, draw(st.integers(1, 200))


def needed(head: list[str], rows: list[list[Cell]]) -> int:
    """Cells of a line that can't be spared: whole numbers, MIN_TEXT of texts that are longer, a blank between columns."""
    widths = []
    for index, title in enumerate(head):
        cells = [row[index] for row in rows]
        numbers = [
            f"{cell:,.1f}" if isinstance(cell, float) else f"{cell:,}"
            for cell in cells
            if not isinstance(cell, str | None)
        ]
        is_text = not cells or any(isinstance(cell, str) for cell in cells)
        # what can't be printed is shown as a blank
        texts = [
            cell_len("".join(letter if letter.isprintable() else " " for letter in cell))
            for cell in cells
            if isinstance(cell, str)
        ]
        size = max([cell_len(title), *texts, *map(len, numbers)])
        widths.append(min(size, MIN_TEXT) if is_text else size)
    return sum(widths) + len(widths) - 1


@given(tables())
def test_lines_fit(case: tuple[list[str], list[list[Cell]], int]) -> None:
    head, rows, width = case
    lines = table(head, rows, width)
    assert len(lines) == 1 + len(rows)
    assert max(map(cell_len, lines)) <= max(width, needed(head, rows))
    assert all(line == line.rstrip() and line.isprintable() for line in lines)


@given(tables())
def test_numbers_are_whole(case: tuple[list[str], list[list[Cell]], int]) -> None:
    head, rows, width = case
    for line, row in zip(table(head, rows, width)[1:], rows, strict=True):
        for cell in row:
            if isinstance(cell, int):
                assert f"{cell:,}" in line
            elif isinstance(cell, float):
                assert f"{cell:,.1f}" in line


@given(st.lists(st.tuples(st.text("ab…日", max_size=30), NUMBER, NUMBER).map(list), min_size=1), st.integers(30, 90))
def test_numbers_end_under_their_title(rows: list[list[Cell]], width: int) -> None:
    lines = table(["name", "first", "second"], rows, width)
    assert len({cell_len(line) for line in lines}) == 1
    ends = {
        cell_len(line[: line.rindex(text)] + text)
        for line, text in zip(lines, ["second", *(f"{row[2]:,}" for row in rows)], strict=True)
    }
    assert len(ends) == 1


def test_texts_are_cut_the_widest_first_and_say_so() -> None:
    rows: list[list[Cell]] = [["crm", 1_234, "Bought something organic last year"], ["web", None, "Gold"]]
    assert table(["of", "users", "trait"], rows, UNLIMITED) == [
        "of   users  trait",
        "crm  1,234  Bought something organic last year",
        "web         Gold",
    ]
    assert table(["of", "users", "trait"], rows, 24) == [
        "of  users trait",
        "crm 1,234 Bought someth…",
        "web       Gold",
    ]
    assert table(["of", "users", "trait"], rows, 5)[1] == "crm 1,234 Bought …"


def test_a_table_without_rows_is_its_head() -> None:
    assert table(["file", "lines"], [], 80) == ["file  lines"]


def test_what_a_name_holds_is_no_line_of_its_own() -> None:
    assert table(["trait"], [["a\nb\tc\x1b[31m"]], 80)[1] == "a b c [31m"


@given(st.lists(st.text("abc", min_size=1, max_size=12), max_size=40), st.integers(0, 120))
def test_as_many_names_as_fit(names: list[str], width: int) -> None:
    said = listed(names, width)
    shown, _, more = said.partition(" and ")
    assert shown.split(", ") == (names or [""])[: len(shown.split(", "))]
    assert len(shown.split(", ")) + int(more.removesuffix(" more") or 0) == max(1, len(names))
    assert len(said) <= width or ", " not in said


@pytest.mark.parametrize(("width", "said"), [(80, "a, b, c"), (7, "a, b, c"), (6, "a and 2 more"), (12, "a, b, c")])
def test_names(width: int, said: str) -> None:
    assert listed(["a", "b", "c"], width) == said
