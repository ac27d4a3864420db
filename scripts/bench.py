"""Speed and memory of this project beside other ways to do the same job, in one run on one machine.

    make bench USERS=5000000

Generates that many users with ten signals each, builds and delivers them, changes one user in a hundred, builds and
delivers again. Every figure is of a whole process; compare the ratios, for machines are noisy.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

REPOSITORY = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
BUILD_MEMORY = "4GB"
DAYS = ("2026-03-01", "2026-03-02")
TRAITS, CODES = 500, 50
SOURCES = """version: 2
sources:
  - name: bench
    schema: bench
    tables: [{name: signals}, {name: opted_out}, {name: captured}, {name: customers, columns: [
      {name: email, config: {meta: {contains_pii: true}}}, {name: full_name, config: {meta: {contains_pii: true}}}]}]
"""
MODELS = {
    "signals__bench": "select data_source, user_id, signal_key, signal_value from {{ source('bench', 'signals') }}",
    "bench__opted_out": "select data_source, user_id from {{ source('bench', 'opted_out') }}",
    "bench__captured": "select data_source, user_id from {{ source('bench', 'captured') }}",
}
# The same build without its checks: the plain union, its profiles, what changed, and the lines.
UNCHECKED = {
    "inbound_signals": """
        select distinct data_source, user_id, signal_key, signal_value,
            {{ render_signal('signal_key', 'signal_value') }} as signal
        from {{ ref('inbound_candidates') }}""",
    "inbound_long_lines": """
        select data_source, user_id, signal_key, signal_value, signal, 1 as line_number, 1 as line_count,
            cast(null as {{ dbt.type_string() }}) as reason, cast(null as {{ dbt.type_string() }}) as rule
        from {{ ref('inbound_signals') }} where false""",
    "id_sync_rows": """
        select id_sync, id_sync as file_prefix, id_sync as dpids, id_1, id_2, 1 as candidate_rows, id_sync as reason,
            id_sync as rule
        from {{ ref('id_sync_candidates') }}""",
}
CHECKS = (
    "inbound_ids",
    "inbound_values",
    "inbound_rejects",
    "id_match_audit",
    "inbound_known_pii",
    "inbound_known_email_mistakes",
)


@dataclass(frozen=True)
class Measured:
    """A finished process: wall seconds and peak memory in megabytes."""

    seconds: float
    megabytes: float


def measure(folder: Path, *command: str) -> Measured:
    log = folder / "bench.log"
    began = time.perf_counter()
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, cwd=folder, stdout=output, stderr=output, env={**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "0"}
        )
        _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    if os.waitstatus_to_exitcode(status):
        sys.exit(f"{' '.join(command)} failed:\n{log.read_text(errors='replace')[-4000:]}")
    return Measured(seconds, usage.ru_maxrss / 1000)


def make_project(folder: Path, *, checked: bool) -> None:
    """This project with one generated signals model in the place of the demo."""
    for name in ("macros", "models/inbound", "tests/generic"):
        shutil.copytree(REPOSITORY / name, folder / name)
    shutil.copy(REPOSITORY / "dbt_project.yml", folder)
    (folder / "models/bench").mkdir()
    (folder / "models/bench/_bench.yml").write_text(SOURCES)
    for name, sql in MODELS.items():
        (folder / f"models/bench/{name}.sql").write_text("{{ config(materialized='view') }}\n" + sql)
    (folder / "seeds").mkdir()
    traits = "".join(f"{7_000_000 + i},100001,Trait {i},onboarded,120,,\n" for i in range(TRAITS))
    codes = "".join(f"{7_100_000 + i},100001,Code {i},onboarded,120,ic,code-{i}\n" for i in range(CODES))
    header = "trait_id,dpid,trait_name,trait_type,ttl_days,signal_key,signal_value\n"
    (folder / "seeds/aam_traits.csv").write_text(header + traits + codes)
    (folder / "seeds/aam_data_sources.csv").write_text(
        "data_source,dpid,id_type,target_data_owner_dpid,refresh_mode,id_placement,description\n"
        "crm,100001,dpuuid,,sync,none,Generated customers\n"
    )
    (folder / "seeds/aam_signal_keys.csv").write_text(
        "data_source,signal_key,value_type,accepts\ncrm,tier,enum,gold|silver|bronze|none\ncrm,baskets,integer,\n"
    )
    (folder / "seeds/aam_id_syncs.csv").write_text("id_sync,file_prefix,dpids,description\n")
    (folder / "seeds/_seeds.yml").write_text(
        "version: 2\nseeds:\n"
        + "".join(
            f"  - name: {name}\n    config:\n      column_types: {json.dumps(dict.fromkeys(columns, 'varchar'))}\n"
            for name, columns in (
                ("aam_traits", header.strip().split(",")),
                ("aam_data_sources", ("dpid", "target_data_owner_dpid")),
                ("aam_signal_keys", ("accepts",)),
                ("aam_id_syncs", ("id_sync", "file_prefix", "dpids", "description")),
            )
        )
    )
    (folder / "profiles.yml").write_text(
        "aam_inbound: {target: dev, outputs: {dev: {type: duckdb, path: bench.duckdb, threads: 2, "
        f"settings: {{memory_limit: {BUILD_MEMORY}}}}}}}\n"
    )
    if checked:
        for test in (REPOSITORY / "tests").glob("*.sql"):
            shutil.copy(test, folder / "tests")
        return
    for name in CHECKS:
        (folder / f"models/inbound/{name}.sql").unlink()
    for name, sql in UNCHECKED.items():
        (folder / f"models/inbound/{name}.sql").write_text(sql)
    for properties in (folder / "models/inbound").glob("*__models.yml"):
        properties.unlink()
    exposures = folder / "models/inbound/_inbound__exposures.yml"
    kept = [line for line in exposures.read_text().splitlines() if not any(f"'{name}'" in line for name in CHECKS)]
    exposures.write_text("\n".join(kept) + "\n")


def generate(folder: Path, users: int, day: int) -> None:
    """Seven traits, a code and two key-values a user; from the second day on, every hundredth user has other traits."""
    with duckdb.connect(str(folder / "bench.duckdb"), config={"memory_limit": BUILD_MEMORY}) as connection:
        connection.execute("create schema if not exists bench")
        connection.execute(
            f"""
            create or replace table bench.signals as
            with users as (
                select i, 'CRM-' || substr(md5(i::varchar), 1, 16) as user_id,
                    case when i % 100 = 0 then {day} else 0 end as d
                from range({users}) as users(i)
            )
            select 'crm' as data_source, user_id,
                case when j < 7 then 'd_sid' when j = 7 then 'ic' when j = 8 then 'tier' else 'baskets' end
                    as signal_key,
                case
                    when j < 7 then (7000000 + hash(i * 16 + j + d * 7) % {TRAITS})::varchar
                    when j = 7 then 'code-' || (hash(i * 3) % {CODES})::varchar
                    when j = 8 then ['gold', 'silver', 'bronze', 'none'][1 + (hash(i) % 4)::int]
                    else (hash(i * 5) % 200)::varchar
                end as signal_value
            from users, range(10) as signals(j)
            """
        )
        connection.execute(
            f"""
            create or replace table bench.opted_out as
                select 'crm' as data_source, 'CRM-' || substr(md5(i::varchar), 1, 16) as user_id
                from range({users} // 200) as people(i);
            create or replace table bench.captured as
                select 'crm' as data_source, 'CRM-' || substr(md5(i::varchar), 1, 16) as user_id
                from range({users} // 3) as people(i);
            create or replace table bench.customers as
                select 'person' || i || '@example.com' as email, 'Person Number ' || i as full_name
                from range({users}) as people(i);
            """
        )


def dbt_build(folder: Path, day: str) -> Measured:
    variables = {
        "aam_now": f"{day} 06:00:00",
        "aam_signal_models": ["signals__bench"],
        "aam_id_sync_models": [],
        "aam_suppressions_model": "bench__opted_out",
        "aam_site_ids_model": "bench__captured",
    }
    return measure(
        folder, str(BIN / "dbt"), "build", "--select", "+exposure:aam_drop", "--exclude-resource-type", "unit_test",
        "--vars", json.dumps(variables),
    )  # fmt: skip


def deliver(folder: Path, day: str) -> Measured:
    return measure(folder, str(BIN / "aam-export"), "run", "--now", f"{day}T08:00:00")


def python(folder: Path, code: str) -> Measured:
    return measure(folder, sys.executable, "-c", code)


def peers(folder: Path) -> tuple[Measured, Measured]:
    """The same lines written by DuckDB's COPY and, from parquet, by Polars: both gzip, neither verified."""
    open_database = "import duckdb; c = duckdb.connect('bench.duckdb', read_only=True); "
    to_parquet = "c.execute(\"copy (select record from inbound_records) to 'lines.parquet'\")"
    python(folder, open_database + to_parquet)
    copied = python(
        folder,
        open_database
        + "c.execute(\"copy (select record from inbound_records) to 'copy.gz' "
        + "(format csv, compression gzip, header false, quote '', escape '', delimiter '\\x01')\")",
    )
    sunk = python(
        folder,
        "import polars as pl; pl.scan_parquet('lines.parquet').sink_csv('polars.gz', include_header=False, "
        "quote_style='never', compression='gzip')",
    )
    return copied, sunk


WRITE_ALONE = """
import pathlib
import duckdb
from aam_export import lines, names, staging
staging.verify = lambda path, content: None
connection = duckdb.connect('bench.duckdb', read_only=True, config={'memory_limit': '300MB'})
reader = connection.sql('select record || chr(10) from inbound_records').to_arrow_reader(100_000)
blocks = lines.cut_blocks((batch.column(0) for batch in reader), source='inbound_records')
name = names.DataFileName('100001', None, 1_700_000_000, 'sync', extension='gz')
staging.stage_files(blocks, name, pathlib.Path('.'), staging.SplitLimits(250_000_000, 1_000_000_000))
"""


def model_seconds(folder: Path, model: str) -> float:
    """What a model took in the last build."""
    results = json.loads((folder / "target/run_results.json").read_text())["results"]
    return float(sum(r["execution_time"] for r in results if r["unique_id"].endswith(f".{model}")))


def row(name: str, measured: Measured, megabytes: float | None = None) -> None:
    rate = f"{megabytes / measured.seconds:8.0f} MB/s" if megabytes else " " * 13
    print(f"{name:64}{measured.seconds:8.1f} s {rate} {measured.megabytes:8.0f} MB peak", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=1_000_000)
    users = parser.parse_args().users
    with tempfile.TemporaryDirectory(prefix="aam-bench-") as root:
        plain, folder = Path(root) / "plain", Path(root) / "checked"
        for project, checked in ((plain, False), (folder, True)):
            project.mkdir()
            make_project(project, checked=checked)
        print(f"{users:,} users, ten signals each, {os.cpu_count()} cores")

        generate(plain, users, 0)
        unchecked = dbt_build(plain, DAYS[0])
        shutil.rmtree(plain)
        row("dbt build, checks left out", unchecked)
        generate(folder, users, 0)
        built = dbt_build(folder, DAYS[0])
        first_changes = model_seconds(folder, "inbound_changes")
        row("dbt build, first day", built)

        copied, sunk = peers(folder)
        with duckdb.connect(str(folder / "bench.duckdb"), read_only=True) as connection:
            [(size,)] = connection.sql("select (sum(strlen(record)) + count(*)) / 1e6 from inbound_records").fetchall()
        row("(a)  DuckDB COPY, gzip", copied, size)
        row("(a') Polars sink_csv, gzip, from parquet", sunk, size)
        written = python(folder, WRITE_ALONE)
        row("     the lines written as aam-export does, nothing else", written, size)
        delivered = deliver(folder, DAYS[0])
        row("(b)  aam-export run: freeze, write, read back, deliver, commit", delivered, size)

        generate(folder, users, 1)
        rebuilt = dbt_build(folder, DAYS[1])
        next_changes = model_seconds(folder, "inbound_changes")
        row("dbt build, second day, 1 % changed", rebuilt)
        redelivered = deliver(folder, DAYS[1])
        row("aam-export run, second day", redelivered)

    first, second = first_changes + delivered.seconds, next_changes + redelivered.seconds
    print()
    print(f"(b) against (a): {copied.seconds / delivered.seconds:.1f} times as fast, against (a'): "
          f"{sunk.seconds / delivered.seconds:.1f}")  # fmt: skip
    print(f"writing alone against (a): {copied.seconds / written.seconds:.1f} times, against (a'): "
          f"{sunk.seconds / written.seconds:.1f}")  # fmt: skip
    print(f"dbt build with checks takes {built.seconds / unchecked.seconds:.2f} times the time of one without")
    print(
        f"inbound_changes and delivery: {first:.1f} s on the first day, "
        f"{second:.1f} s ({second / first:.0%}) on the next"
    )


if __name__ == "__main__":
    main()
