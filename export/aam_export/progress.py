"""How a run tells what it does: a progress bar on a terminal, plain lines elsewhere; always on stderr."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.progress import Progress

PLAIN_SECONDS = 10


class Task:
    """One long step, counted in bytes and rows."""

    def __init__(self, total_bytes: int) -> None:
        self.total_bytes = total_bytes
        self.bytes = 0
        self.rows = 0

    def advance(self, size: int, rows: int = 0) -> None:
        self.bytes += size
        self.rows += rows


class Reporter:
    """Says lines, and shows the progress of tasks."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet

    def say(self, text: str) -> None:
        if not self._quiet:
            click.echo(text, err=True)

    @contextlib.contextmanager
    def task(self, name: str, total_bytes: int) -> Iterator[Task]:
        if self._quiet:
            yield Task(total_bytes)
        elif sys.stderr.isatty():
            with self._bar(name, total_bytes) as task:
                yield task
        else:
            yield _PlainTask(self, name, total_bytes)

    @contextlib.contextmanager
    def _bar(self, name: str, total_bytes: int) -> Iterator[Task]:
        # Imported for a terminal only: it takes longer than a small delivery's files.
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TransferSpeedColumn,
        )

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TextColumn("{task.fields[rows]}"),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            yield _BarTask(progress, name, total_bytes)


class _PlainTask(Task):
    def __init__(self, reporter: Reporter, name: str, total_bytes: int) -> None:
        super().__init__(total_bytes)
        self._reporter = reporter
        self._name = name
        self._began = self._last = time.monotonic()

    def advance(self, size: int, rows: int = 0) -> None:
        super().advance(size, rows)
        now = time.monotonic()
        if now - self._last >= PLAIN_SECONDS:
            self._last = now
            rate = self.bytes / 1e6 / (now - self._began)
            counted = f", {self.rows:,} rows" if self.rows else ""
            self._reporter.say(
                f"{self._name}: {self.bytes / 1e6:,.0f} of {self.total_bytes / 1e6:,.0f} MB{counted}, {rate:,.0f} MB/s"
            )


class _BarTask(Task):
    def __init__(self, progress: Progress, name: str, total_bytes: int) -> None:
        super().__init__(total_bytes)
        self._progress = progress
        self._id = progress.add_task(name, total=total_bytes, rows="")

    def advance(self, size: int, rows: int = 0) -> None:
        super().advance(size, rows)
        self._progress.update(self._id, completed=self.bytes, rows=f"{self.rows:,} rows" if self.rows else "")
