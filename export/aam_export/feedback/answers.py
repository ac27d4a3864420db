"""What the API says of the account: data sources and traits, from files or as they come (A3, A5, A7, A14)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aam_export.errors import ConfigurationError

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Account:
    """What the API said: data sources and traits by their IDs; None where no answer about them was given."""

    data_sources: Mapping[str, Row] | None
    traits: Mapping[str, Row] | None


def by_data_source(rows: Iterable[Row]) -> dict[str, Row]:
    """Data sources by their IDs, which every row has."""
    return {str(row["dataSourceId"]): row for row in rows}


def by_trait(rows: Iterable[Row]) -> dict[str, Row]:
    """Traits by their IDs, which every row has."""
    return {str(row["sid"]): row for row in rows}


def read_answers(files: Iterable[Path]) -> Account:
    """Read answers of GET /datasources/ and /traits/, or sheets of Adobe's Excel tool saved as CSV (A14).

    Raises ConfigurationError for a file that is neither, and for a page that is not all.
    """
    sources: dict[str, Row] | None = None
    traits: dict[str, Row] | None = None
    for file in files:
        rows = _rows(file)
        members = set().union(*rows) if rows else set()
        if {"sid", "traitType"} <= members:
            traits = {**(traits or {}), **by_trait(_identified(rows, "sid", file))}
        elif {"dataSourceId", "idType"} <= members:
            sources = {**(sources or {}), **by_data_source(_identified(rows, "dataSourceId", file))}
        else:
            raise ConfigurationError(
                f"{file} is no answer about data sources or traits",
                hint="save what GET /datasources/ or GET /traits/?includeDetails=true answers, whole",
                rule="A5",
            )
    return Account(sources, traits)


def _identified(rows: list[Row], key: str, file: Path) -> list[Row]:
    for number, row in enumerate(rows, 1):
        if row.get(key) in (None, ""):
            raise ConfigurationError(
                f"{file}: object or row {number} has no {key}, by which it is known",
                hint="save the whole answer or sheet again, as it came",
                rule="A4",
            )
    return rows


def _rows(file: Path) -> list[Row]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file} can't be read: {error}", hint="name a JSON or CSV file in UTF-8") from error
    if text.lstrip()[:1] not in ("[", "{"):
        try:
            sheet = [
                {key: _cell(cell) for key, cell in row.items() if key} for row in csv.DictReader(io.StringIO(text))
            ]
        except csv.Error as error:
            raise ConfigurationError(f"{file} is no CSV: {error}", hint="save the sheet again", rule="A14") from error
        return [row for row in sheet if any(cell not in (None, "") for cell in row.values())]
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{file} is no JSON: {error}", hint="save the whole answer, as it came") from error
    rows = content.get("list") if isinstance(content, dict) else content
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ConfigurationError(f"{file} is no list of objects", hint="save the whole answer, as it came", rule="A3")
    total = content.get("total") if isinstance(content, dict) else None
    if total is not None and not isinstance(total, int):
        raise ConfigurationError(
            f"{file}: its total is '{str(total)[:40]}', no number", hint="save the whole answer, as it came", rule="A3"
        )
    if total is not None and total > len(rows):
        raise ConfigurationError(
            f"{file} is a page: {len(rows)} of {str(total)[:40]}", hint="ask without page options", rule="A3"
        )
    return rows


def _cell(cell: Any) -> Any:
    """A cell of a sheet as the API would have it."""
    return {"true": True, "false": False}.get(str(cell).lower(), cell)
