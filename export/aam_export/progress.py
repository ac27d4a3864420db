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
    """One long step, counted in bytes and rows. Its end is known in rows or, where there are none, in bytes."""

    def __init__(self, name: str, total_bytes: int, total_rows: int) -> None:
        self.name = name
        self.total_bytes = total_bytes
        self.total_rows = total_rows
        self.bytes = 0
        self.rows = 0
        self._began = time.monotonic()

    def advance(self, size: int, rows: int = 0) -> None:
        self.bytes += size
        self.rows += rows

    @property
    def share(self) -> float:
        """How much of it is done, from 0 to 1."""
        return self.rows / self.total_rows if self.total_rows else self.bytes / max(1, self.total_bytes)

    def __str__(self) -> str:
        rate = self.bytes / 1e6 / max(1e-3, time.monotonic() - self._began)
        if self.total_rows:
            return f"{self.rows:,} of {self.total_rows:,} rows, {self.bytes / 1e6:,.0f} MB, {rate:,.0f} MB/s"
        return f"{self.bytes / 1e6:,.0f} of {self.total_bytes / 1e6:,.0f} MB, {rate:,.0f} MB/s"


class Reporter:
    """Says lines, and shows the progress of tasks."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet

    def say(self, text: str) -> None:
        if not self._quiet:
            click.echo(text, err=True)

    @contextlib.contextmanager
    def task(self, name: str, *, total_bytes: int = 0, total_rows: int = 0) -> Iterator[Task]:
        if self._quiet:
            yield Task(name, total_bytes, total_rows)
        elif sys.stderr.isatty():
            with self._progress() as progress:
                yield _BarTask(progress, name, total_bytes, total_rows)
        else:
            yield _PlainTask(self, name, total_bytes, total_rows)

    @contextlib.contextmanager
    def _progress(self) -> Iterator[Progress]:
        # Imported for a terminal only: it takes longer than a small delivery's files.
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[counted]}"),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            yield progress


class _PlainTask(Task):
    def __init__(self, reporter: Reporter, name: str, total_bytes: int, total_rows: int) -> None:
        super().__init__(name, total_bytes, total_rows)
        self._reporter = reporter
        self._last = time.monotonic()

    def advance(self, size: int, rows: int = 0) -> None:
        super().advance(size, rows)
        now = time.monotonic()
        if now - self._last >= PLAIN_SECONDS:
            self._last = now
            self._reporter.say(f"{self.name}: {self}")


class _BarTask(Task):
    def __init__(self, progress: Progress, name: str, total_bytes: int, total_rows: int) -> None:
        super().__init__(name, total_bytes, total_rows)
        self._progress = progress
        self._id = progress.add_task(name, total=1, counted="")

    def advance(self, size: int, rows: int = 0) -> None:
        super().advance(size, rows)
        self._progress.update(self._id, completed=self.share, counted=str(self))
