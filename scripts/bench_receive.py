"""Measures `aam-export receive` of a large outbound file beside DuckDB's own read_csv into a table.

    python scripts/bench_receive.py --users 5000000

Both take the same file, plain and gzip, into a DuckDB file, each in a process of its own, whose processor time and peak
memory are shown. read_csv makes three columns of a line, receive keeps the line, numbers it, and hashes and checks all.
With --build a project receives the packed file and builds models/feedback of it, DuckDB held to bench.BUILD_MEMORY,
beside the same read_csv.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import importlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))
import feedback_world
import tiny

import bench

ARRIVED = 1_514_818_800
NAME = f"s3_1234_100001_full_{ARRIVED}.sync"
NOW = "2018-01-03T20:00:00"
ROWS = """
    select 'CRM-' || lpad(cast(i as varchar), 9, '0') || chr(9) || (2400000 + i % 50) || ',' || (2400050 + i % 77)
        || chr(9) || case when i % 3 = 0 then cast(2400200 + i % 9 as varchar) else '' end
    from range({users}) as t(i)
"""


def make(folder: Path, users: int) -> list[Path]:
    """The file, plain and packed."""
    plain = folder / NAME
    options = "format csv, header false, quote '', escape '', delim '\x02'"
    duckdb.sql(f"copy ({ROWS.format(users=users)}) to '{plain}' ({options})")
    packed = folder / f"{NAME}.gz"
    with plain.open("rb") as source, gzip.open(packed, "wb", compresslevel=6) as target:
        shutil.copyfileobj(source, target, 1 << 20)
    for file in (plain, packed):
        os.utime(file, (ARRIVED, ARRIVED))
    return [plain, packed]


def read_csv(file: Path, database: Path) -> int:
    columns = "{'user_id': 'varchar', 'segments': 'varchar', 'removed': 'varchar'}"
    with duckdb.connect(str(database), config={"threads": 2}) as connection:
        connection.execute(
            f"create table lines as select * from read_csv('{file}', header = false, delim = '\t', "
            f"columns = {columns}, quote = '', escape = '', auto_detect = false)"
        )
        [(counted,)] = connection.execute("select count(*) from lines").fetchall()
    return int(counted)


def receive(file: Path, database: Path) -> int:
    from types import SimpleNamespace

    from aam_export.clock import Clock
    from aam_export.feedback import receive as receiving
    from aam_export.feedback.sources import look_into
    from aam_export.feedback.store import COLUMNS, Store
    from aam_export.profile import Target
    from aam_export.progress import Reporter
    from aam_export.settings import DropSettings
    from aam_export.warehouses import connect

    with duckdb.connect(str(database)) as connection:
        text = "varchar"
        types = dict.fromkeys(("file_id", "size", "content_bytes", "line_count"), "bigint")
        types |= dict.fromkeys(("named_at", "arrived_at", "received_at"), "timestamp")
        declared = ", ".join(f"{name} {types.get(name, text)}" for name in COLUMNS.split(", "))
        connection.execute(f"create table files ({declared})")
        connection.execute("create table lines (file_id bigint, line_number bigint, line varchar)")
        connection.execute("create table destinations (destination_id varchar, name_template varchar)")
        connection.execute("insert into destinations values ('1234', null)")
    relations = {
        "aam_feedback_files": "files", "aam_feedback_rows": "lines", "aam_destinations": "destinations",
        "aam_files": "files",
    }  # fmt: skip
    target = Target("bench", "dev", "duckdb", {"path": str(database)}, "dev")
    project = SimpleNamespace(relation=relations.__getitem__)
    with contextlib.closing(connect(target, read_only=False, bounded=True)) as warehouse:
        store = Store(warehouse, project, Clock())  # type: ignore[arg-type]
        receiver = receiving._Receiver(store, Reporter(quiet=True))
        [found] = look_into(str(file), DropSettings(partner_name="acme"), file.parent)
        outcome = receiver.receive(found)
        assert outcome.state == "received", outcome
    return outcome.lines


def build(folder: Path, packed: Path) -> None:
    """Who is in which segment, of a full file of the destination, by a project of its own."""
    read = run_one("read_csv", packed, folder.with_name("read_csv.duckdb"))
    print_run("read_csv", packed, read)
    project = feedback_world.create(folder, [{"destination_id": "1234", "full_is_complete": "true"}])
    project.write_profiles({
        "type": "duckdb", "path": str(project.database), "threads": 2, "settings": {"memory_limit": bench.BUILD_MEMORY},
        "config_options": {"temp_directory": str(folder / "spilt")},
    })  # fmt: skip
    tiny.set_signals(project, tiny.first_day())
    outcome = project.dbt("build", "--exclude", "aam_inbound.feedback")
    assert outcome.returncode == 0, outcome.stdout[-3000:]
    received = bench.measure(project.folder, str(bench.BIN / "aam-export"), "receive", str(packed), "--now", NOW + "Z")
    bench.row("aam-export receive, into a project", received)
    variables = json.dumps({"aam_now": NOW.replace("T", " ")})
    built = bench.measure(
        project.folder, str(bench.BIN / "dbt"), "build", "--select", "aam_inbound.feedback", "--vars", variables
    )
    bench.row("dbt build of models/feedback", built)
    results = json.loads((project.folder / "target/run_results.json").read_text())["results"]
    for result in sorted(results, key=lambda each: -each["execution_time"])[:5]:
        print(f"  {result['execution_time']:7.1f} s  {result['unique_id'].split('.')[2]}")
    rows = received.seconds + bench.model_seconds(project.folder, "stg_aam__outbound_rows")
    bench.compare("received and taken apart, as read_csv does, by read_csv", rows / read["seconds"], "at most 2")
    print(*project.query(f"select count(*) from {project.schema}.segment_members_now"), "members of segments")


def run_one(way: str, file: Path, database: Path) -> dict[str, float]:
    """What came of one way in a process of its own; the table it made is gone after it."""
    command = [sys.executable, __file__, "--one", way, str(file), str(database)]
    done: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    database.unlink()
    return done


def print_run(way: str, file: Path, done: dict[str, float]) -> None:
    print(
        f"{file.name:45} {file.stat().st_size / 1e6:8,.0f} MB  {way:9} {done['seconds']:7.1f} s  "
        f"{done['processor']:6.1f} s of processor  "
        f"{done['rows'] / done['seconds'] / 1e6:6.2f} million rows/s  peak {done['peak']:6,.0f} MB",
        flush=True,
    )


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=5_000_000)
    parser.add_argument("--build", action="store_true", help="build models/feedback of it, instead of comparing")
    parser.add_argument("--one", nargs=3, metavar=("WAY", "FILE", "DATABASE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        way, file, database = arguments.one
        for module in ("aam_export.cli.receive", "aam_export.warehouses.duckdb", "aam_export.feedback.content"):
            importlib.import_module(module)  # which a command has behind it
        began, spent = time.monotonic(), _processor()
        counted = {"read_csv": read_csv, "receive": receive}[way](Path(file), Path(database))
        seconds = time.monotonic() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"rows": counted, "seconds": seconds, "processor": _processor() - spent, "peak": peak}))
        return
    with tempfile.TemporaryDirectory() as folder:
        files = make(Path(folder), arguments.users)
        if arguments.build:
            build(Path(folder) / "project", files[1])
            return
        for file in files:
            for way in ("read_csv", "receive"):
                done = run_one(way, file, Path(folder) / f"{way}.duckdb")
                assert done["rows"] == arguments.users
                print_run(way, file, done)


if __name__ == "__main__":
    main()
