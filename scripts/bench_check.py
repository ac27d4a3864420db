"""Measures `aam-export check` of a drop: lines of nine signals each, in four parts of gzip.

    python scripts/bench_check.py --lines 5000000

The command is run as a process of its own, `--runs` times; the quickest is shown, in seconds on the clock, with the
start of Python, and in megabytes of lines.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import duckdb
from isal import igzip

PARTS = 4
LINE = """
    'crm-' || lpad(cast(i * 7919 % 100000007 as varchar), 9, '0') || chr(9)
    || array_to_string([ 'd_sid=' || (1000 + hash(i * 5 + n) % 100 + 100 * n) for n in range(5)], ',')
    || ',"favourite_store"="S' || (1 + hash(i) % 400) || '","household_size"="' || (1 + i % 5)
    || '","basket_count"="' || (1 + hash(-i) % 900) || '","tier"="' || ['gold', 'silver', 'bronze'][1 + i % 3] || '"'
"""


class Run(NamedTuple):
    seconds: float
    processor: float


def make(folder: Path, lines: int) -> int:
    """The drop; returns the bytes of its lines."""
    day = folder / "acme" / "date=2020-09-13"
    day.mkdir(parents=True)
    size = 0
    for part in range(PARTS):
        some = f"range({lines * part // PARTS}, {lines * (part + 1) // PARTS}) as t(i)"
        [(text,)] = duckdb.execute(f"select string_agg({LINE} || chr(10), '') from {some}").fetchall()
        data = text.encode()
        with (day / f"ftp_dpm_4711_1600000000.sync.{part + 1}.gz").open("wb") as packed:
            packed.write(igzip.compress(data, 2, mtime=0))
        size += len(data)
    return size


def check(folder: Path) -> Run:
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "aam_export", "check", str(folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    return Run(time.monotonic() - began, used.ru_utime + used.ru_stime)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--lines", type=int, default=1_400_000)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        size = make(Path(folder), arguments.lines) / 1e6
        best = min(check(Path(folder)) for _ in range(arguments.runs))
    print(
        f"{arguments.lines:,} lines, {size:,.0f} MB: {best.seconds:.1f} s, {best.processor:.1f} s of processor; "
        f"{size / best.seconds:,.0f} MB/s on the clock, "
        f"{size / best.processor:,.0f} MB a second of processor"
    )


if __name__ == "__main__":
    main()
