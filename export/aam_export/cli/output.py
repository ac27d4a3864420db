"""What commands print: objects for programs, sizes for people."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime
from typing import Any

import click


def print_json(result: Any) -> None:
    def plain(value: Any) -> Any:
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return dataclasses.asdict(value)
        return value.isoformat() if isinstance(value, datetime) else str(value)

    click.echo(json.dumps(result, default=plain, indent=2))


def megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB" if size >= 100_000 else f"{size / 1e3:,.1f} kB"
