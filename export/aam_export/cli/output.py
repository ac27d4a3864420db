"""What commands print: objects for programs, sizes for people."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import click

MEGABYTES_FROM = 10_000_000


def print_json(result: Any) -> None:
    def plain(value: Any) -> Any:
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return dataclasses.asdict(value)
        return value.isoformat() if isinstance(value, datetime) else str(value)

    click.echo(json.dumps(result, default=plain, indent=2))


def megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB" if size >= 100_000 else f"{size / 1e3:,.1f} kB"


def size_unit(sizes: Sequence[int]) -> tuple[str, float]:
    """The unit of a column of sizes in bytes, and how many bytes it has."""
    return ("MB", 1e6) if max(sizes, default=0) >= MEGABYTES_FROM else ("kB", 1e3)


def plural(count: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
