"""Tables for people: a unit a column, texts to the left, numbers to the right, no wider than the terminal."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size

Cell = str | int | float | None
UNLIMITED = 10_000  # what is piped is never cut
MIN_TEXT = 8


def terminal_width() -> int:
    """Cells of a line on the terminal; UNLIMITED where stdout is none and COLUMNS is not set."""
    return shutil.get_terminal_size(fallback=(UNLIMITED, 24)).columns


def table(head: Sequence[str], rows: Sequence[Sequence[Cell]], width: int) -> list[str]:
    """The lines of a table, its head first; every row has a cell for each title of the head.

    Texts are cut, the widest column first, until the lines fit into `width` cells, though to no less than MIN_TEXT.
    Numbers never are: where they alone need more, lines are longer.
    """
    columns = list(zip(*rows, strict=True)) if rows else [() for _ in head]
    numeric = [bool(cells) and not any(isinstance(cell, str) for cell in cells) for cells in columns]
    texts = [[title, *map(_shown, cells)] for title, cells in zip(head, columns, strict=True)]
    widths = [max(map(cell_len, column)) for column in texts]
    gap = 2 if sum(widths) + 2 * (len(widths) - 1) <= width else 1
    _narrow(widths, numeric, width - gap * (len(widths) - 1))
    padded = [
        [_pad(text, size, right=right) for text in column]
        for column, size, right in zip(texts, widths, numeric, strict=True)
    ]
    return [(" " * gap).join(line).rstrip() for line in zip(*padded, strict=True)]


def listed(names: Sequence[str], width: int) -> str:
    """Names joined by commas, as many as fit into `width` cells, and how many more there are."""
    for count in range(len(names), 0, -1):
        more = len(names) - count
        said = ", ".join(names[:count]) + (f" and {more:,} more" if more else "")
        if cell_len(said) <= width or count == 1:
            return said
    return ""


def _narrow(widths: list[int], numeric: list[bool], width: int) -> None:
    """Take cells from the widest of the columns of texts, until all fit or none can give more."""
    texts = [index for index, number in enumerate(numeric) if not number]
    while sum(widths) > width and texts:
        widest = max(texts, key=widths.__getitem__)
        if widths[widest] <= MIN_TEXT:
            return
        widths[widest] -= 1


def _shown(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:,.1f}"
    if isinstance(cell, int):
        return f"{cell:,}"
    return "".join(character if character.isprintable() else " " for character in cell)


def _pad(text: str, width: int, *, right: bool) -> str:
    size = cell_len(text)
    if size > width:
        return set_cell_size(text, width - 1) + "…"
    return " " * (width - size) + text if right else text + " " * (width - size)
