"""Measures `aam-export report` on a ledger of many people, traits and days, made of rows in a copy of the demo's.

make bench-report
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import duckdb

DEMO = Path(__file__).resolve().parents[1] / "demo"
DAYS = DEMO / "target/days/days.duckdb"
FOLDER = DEMO / "target/bench_report"
MOST_SECONDS, MOST_BYTES = 10, 3_000_000
LAST = "2017-12-31"


def fill(database: Path, users: int, traits: int, days: int) -> None:
    """Write what builds and runs of so many days would have left behind."""
    with duckdb.connect(str(database)) as connection:
        for statement in (
            "delete from aam_batches",
            "delete from aam_files",
            "delete from aam_batch_records",
            "delete from aam_batch_counts",
            f"""
            create temporary table batch as
            select strftime(date '{LAST}' - cast(i as integer), '%Y%m%d060000') as id,
                date '{LAST}' - cast(i as integer) as day, i
            from range({days}) as batches (i)
            """,
            """
            insert into aam_batches (batch_id, event, event_at, batch_timestamp, drop_date, destination, partner_name,
                split_compressed_bytes, split_uncompressed_bytes, ledger_version)
            select id, event, day + interval 8 hour, epoch(day), strftime(day, '%Y-%m-%d'),
                'file:target/days/aam_drop', 'acme-grocers', 250000000, 1000000000, 1
            from batch, (values ('opened'), ('committed')) as events (event)
            """,
            """
            insert into aam_files
            select id, 'ftp_dpm_' || dpid || '_' || cast(epoch(day) as bigint) || '.sync.gz', 'file:/drop/' || dpid,
                'delivered', day + interval 8 hour, 1000000, 9000000, 100000, 100000, 900000, 1, sha256(id || dpid)
            from batch, range(100001, 100006) as files (dpid)
            """,
            f"""
            insert into aam_batch_records (batch_id, data_source, dpid, sync_mode, user_id, line_number, line_count,
                change, profile, asserts_all, refreshed_on)
            select batch.id, 'crm', '100001', 'sync', 'user-' || u, 1, 1, 'refresh',
                'd_sid=' || (7001001 + u % 10) || ',d_sid=' || (7001011 + u % 10), true, batch.day
            from range({users}) as people (u) inner join batch on batch.i = u % least({days}, 30)
            """,
            f"""
            insert into aam_batch_counts
            select id, 'crm', measure, 'd_sid=' || (8000000 + t),
                case when measure = 'population' then 1000 + 97 * t + (i * (t % 13 - 6)) % 700 else (t + i) % 50 end
            from batch, range({traits}) as counted (t),
                (values ('population'), ('added'), ('removed'), ('refreshed')) as measures (measure)
            """,
            """
            insert into aam_batch_counts
            select id, 'crm', measure, item, 1000 + i % 90
            from batch, (values ('users_new', ''), ('users_changed', ''), ('users_removed', ''),
                ('users_refreshed', ''), ('kept_out', 'opted_out'), ('kept_out', 'pii_email'),
                ('kept_out', 'undeclared_key'), ('kept_out', 'value_not_in_list')) as measures (measure, item)
            """,
            f"""
            insert into aam_traits
            select cast(8000000 + t as varchar), '100001', 'Trait number ' || t, 'onboarded', '120', '', ''
            from range({traits}) as counted (t)
            """,
            f"insert into inbound_rejects select inbound_rejects.* from inbound_rejects, range({users // 50_000})",
            "checkpoint",
        ):
            connection.execute(statement)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=5_000_000)
    parser.add_argument("--traits", type=int, default=500)
    parser.add_argument("--days", type=int, default=400)
    asked = parser.parse_args()
    if not DAYS.is_file():
        print("there is no demo to copy: run `make demo-days` first", file=sys.stderr)
        return 2
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    database, page = FOLDER / DAYS.name, FOLDER / "report.html"
    shutil.copy(DAYS, database)
    fill(database, asked.users, asked.traits, asked.days)
    environment = {**os.environ, "DBT_TARGET_PATH": "target/days", "AAM_DUCKDB_PATH": str(database)}
    command = [sys.executable, "-m", "aam_export", "report", "--output", str(page), "--now", f"{LAST}T08:00:00"]
    began = time.monotonic()
    subprocess.run(command, cwd=DEMO, env=environment, check=True)
    seconds, size = time.monotonic() - began, page.stat().st_size
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        f"{asked.users:,} users, {asked.traits:,} traits, {asked.days:,} days: "
        f"{seconds:.1f} s (of {MOST_SECONDS}; {used.ru_utime + used.ru_stime:.1f} s of processor), "
        f"{size / 1e6:.2f} MB (of {MOST_BYTES / 1e6:.0f})"
    )
    database.unlink()
    return 0 if seconds < MOST_SECONDS and size < MOST_BYTES else 1


if __name__ == "__main__":
    sys.exit(main())
