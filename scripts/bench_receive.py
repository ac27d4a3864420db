"""Measures `aam-export receive` of a large outbound file beside DuckDB's own read_csv into a table.

    python scripts/bench_receive.py --users 5000000

Both take the same file, plain and gzip, into a DuckDB file, each in a process of its own, whose processor time and peak
memory are shown. read_csv makes three columns of a line, receive keeps the line, numbers it, and hashes and checks all.
"""

from __future__ import annotations

import argparse
import gzip
import importlib
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

NAME = "s3_1234_100001_full_1514818800.sync"
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
    from aam_export.progress import Reporter
    from aam_export.settings import DropSettings
    from aam_export.warehouses.duckdb import DuckDBWarehouse

    with duckdb.connect(str(database), config={"threads": 2}) as connection:
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
        project = SimpleNamespace(relation=relations.__getitem__)
        store = Store(DuckDBWarehouse(connection, str(database)), project, Clock())  # type: ignore[arg-type]
        receiver = receiving._Receiver(store, Reporter(quiet=True))
        [found] = look_into(str(file), DropSettings(partner_name="acme"), file.parent)
        outcome = receiver.receive(found)
        assert outcome.state == "received", outcome
    return outcome.lines


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=5_000_000)
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
        for file in files:
            for way in ("read_csv", "receive"):
                database = Path(folder) / f"{way}.duckdb"
                command = [sys.executable, __file__, "--one", way, str(file), str(database)]
                done = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
                assert done["rows"] == arguments.users
                print(
                    f"{file.name:45} {file.stat().st_size / 1e6:8,.0f} MB  {way:9} {done['seconds']:7.1f} s  "
                    f"{done['processor']:6.1f} s of processor  "
                    f"{arguments.users / done['seconds'] / 1e6:6.2f} million rows/s  peak {done['peak']:6,.0f} MB"
                )
                database.unlink()


if __name__ == "__main__":
    main()
