"""Runs of aam-export in processes of their own, killed or made to fail at the Nth side effect.

A process is forked from one that has everything imported, so a case costs a tenth of a second. Nothing is replaced: every
call does what it does, and is counted before and after.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore.httpsession
import pyarrow  # noqa: F401  (imported before the fork)

from aam_export import cli
from aam_export.drops.s3 import put  # noqa: F401
from aam_export.errors import StagingError
from aam_export.warehouses.duckdb import DuckDBWarehouse
from aam_export.warehouses.postgres import PostgresWarehouse

KILLED = -signal.SIGKILL
DISK_FULL, HALF, REFUSED, DONE = "disk full", "half", "refused", "done"
NEEDS_SPACE = {f"file {name}" for name in ("mkdir", "touch", "open", "copyfile", "link", "fsync")}


@dataclass(frozen=True)
class Fault:
    """What happens at the `number`-th side effect.

    `kill`: the process ends before it, which is after the one before; `half`: in the middle of copying or writing a file;
    `disk full`, `refused`: an error in its place; `done`: an error after it. With `persistent` so for every later one, too.
    """

    number: int
    kind: str = "kill"
    persistent: bool = False


@dataclass(frozen=True)
class Outcome:
    """How a run ended, and the side effects that it came to, in order."""

    exit_code: int
    effects: list[str]
    output: str


class _Counter:
    def __init__(self, fault: Fault | None, log: Path) -> None:
        self._fault = fault
        self._log = log.open("w", buffering=1)
        self._number = 0
        self.in_half = False

    @contextlib.contextmanager
    def effect(self, name: str) -> Iterator[None]:
        self._number += 1
        self._log.write(f"{name}\n")
        fault = self._fault
        hit = fault is not None and (self._number == fault.number or (fault.persistent and self._number > fault.number))
        if hit and fault is not None and fault.kind == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if hit and fault is not None and fault.kind == DISK_FULL and name in NEEDS_SPACE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), name)
        if hit and fault is not None and fault.kind == REFUSED:
            raise StagingError(f"{name}: refused, as the test wants")
        self.in_half = bool(hit and fault is not None and fault.kind == HALF)
        yield
        if hit and fault is not None and fault.kind == DONE:
            raise StagingError(f"{name}: done, and the answer lost, as the test wants")


def _count(counter: _Counter, owner: Any, attribute: str, name: str) -> None:
    original = getattr(owner, attribute)

    def counted(*arguments: Any, **options: Any) -> Any:
        with counter.effect(name):
            return original(*arguments, **options)

    setattr(owner, attribute, counted)


def _instrument(counter: _Counter) -> None:
    for warehouse in (DuckDBWarehouse, PostgresWarehouse):
        for attribute in ("execute", "fetch", "append"):
            _count(counter, warehouse, attribute, f"warehouse {attribute}")
    for attribute in ("mkdir", "touch", "unlink", "replace"):
        _count(counter, Path, attribute, f"file {attribute}")
    for owner, attribute in ((os, "link"), (os, "fsync"), (shutil, "rmtree")):
        _count(counter, owner, attribute, f"file {attribute}")
    _count(counter, botocore.httpsession.URLLib3Session, "send", "s3 request")
    original_copy = shutil.copyfile

    def half_copied(source: Path, target: Path) -> None:
        if counter.in_half:
            target.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        original_copy(source, target)

    shutil.copyfile = half_copied  # type: ignore[assignment]
    _count(counter, shutil, "copyfile", "file copyfile")
    original_open = Path.open

    def counted_open(path: Path, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        if "w" not in mode:
            return original_open(path, mode, *arguments, **options)
        with counter.effect("file open"):
            handle = original_open(path, mode, *arguments, **options)
            if counter.in_half:
                handle.write(b"half"[: len(mode)])
                handle.flush()
                os.kill(os.getpid(), signal.SIGKILL)
            return handle

    Path.open = counted_open  # type: ignore[method-assign, assignment]


def run(folder: Path, *arguments: str, fault: Fault | None = None, setup: Callable[[], None] | None = None) -> Outcome:
    """`aam-export ARGUMENTS` in the project folder, in a forked process."""
    log, output = folder / "effects.log", folder / "output.log"
    child = os.fork()
    if child == 0:
        gc.freeze()  # a connection that the tests left behind has threads, which a fork has not: it can't be closed here
        code = 70
        try:
            with output.open("w", buffering=1) as stream:
                os.dup2(stream.fileno(), 1)
                os.dup2(stream.fileno(), 2)
                sys.stdout = sys.stderr = stream  # pytest's stand there
                os.chdir(folder)
                if setup:
                    setup()
                _instrument(_Counter(fault, log))
                sys.argv = ["aam-export", *arguments]
                try:
                    cli.main()
                    code = 0
                except SystemExit as ended:
                    code = int(ended.code or 0)
                except BaseException:
                    traceback.print_exc()
                    sys.stderr.flush()
                sys.stdout.flush()
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    effects = log.read_text().splitlines() if log.exists() else []
    return Outcome(os.waitstatus_to_exitcode(status), effects, output.read_text())
