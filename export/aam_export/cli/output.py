"""What commands print: objects for programs, sizes for people."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Protocol

import click

MEGABYTES_FROM = 10_000_000


class Result(Protocol):
    """An object of a dataclass; scripts/make_json_docs.py lists those of all commands."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


def print_json(result: Result) -> None:
    """Print one JSON object, of which `docs/json` has the schema; times are UTC, as ISO 8601 has them."""
    click.echo(json.dumps(dataclasses.asdict(result), default=datetime.isoformat, indent=2))


def megabytes(size: int) -> str:
    """A size in bytes, in the unit that suits it."""
    return f"{size / 1e6:,.1f} MB" if size >= 100_000 else f"{size / 1e3:,.1f} kB"


def size_unit(sizes: Sequence[int]) -> tuple[str, float]:
    """The unit of a column of sizes in bytes, and how many bytes it has."""
    return ("MB", 1e6) if max(sizes, default=0) >= MEGABYTES_FROM else ("kB", 1e3)


def plural(count: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
