"""Speed and memory of this project beside other ways to do the same job, in one run on one machine.

    make bench USERS=5000000
    make bench USERS=1000000 SECTIONS="write days"

Generates that many users with ten signals each and builds them. Then, as asked for:

write   the same lines written by others, by aam-export without and with everything else that a delivery does
days    the next day, with other signals for one user in a hundred
checks  the same build with all checks left out

Every figure is of a whole process, the best of --runs where there are several. Compare the ratios, for machines are
noisy.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import duckdb

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))
from sandbox import DUCKDB, Sandbox, Warehouse

Result = TypeVar("Result")

BIN = Path(sys.executable).parent
BUILD_MEMORY = "3GB"
SECTIONS = ("write", "days", "checks")
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
ACCOUNT = {
    "aam_data_sources": (
        "data_source,dpid,id_type,target_data_owner_dpid,refresh_mode,id_placement,description\n"
        "crm,100001,dpuuid,,sync,none,Generated customers\n"
    ),
    "aam_traits": "trait_id,dpid,trait_name,trait_type,ttl_days,signal_key,signal_value\n",
    "aam_signal_keys": (
        "data_source,signal_key,value_type,accepts\ncrm,tier,enum,gold|silver|bronze|none\ncrm,baskets,integer,\n"
    ),
    "aam_id_syncs": "id_sync,file_prefix,dpids,description\n",
}
VARIABLES = {
    "aam_signal_models": ["signals__bench"],
    "aam_suppressions_model": "bench__opted_out",
    "aam_site_ids_model": "bench__captured",
}
# The same build without its checks: the plain union, its profiles, what changed, and the lines.
UNCHECKED = {
    "inbound_signals": """
        select distinct data_source, user_id, signal_key, signal_value,
            {{ aam_inbound.render_signal('signal_key', 'signal_value') }} as signal
        from {{ ref('input__aam_signal_models') }}""",
    "inbound_profiles": """
        select data_source, user_id, {{ aam_inbound.joined_signals('signal') }} as profile
        from {{ ref('inbound_signals') }}
        group by data_source, user_id
        order by data_source, user_id""",
    "id_sync_rows": """
        select id_sync, id_sync as file_prefix, id_sync as dpids, id_1, id_2, 1 as candidate_rows, id_sync as reason,
            id_sync as rule
        from {{ ref('input__aam_id_sync_models') }}""",
}
CHECKS = (
    "inbound_checked_ids",
    "inbound_checked_values",
    "inbound_user_signals",
    "inbound_long_line_signals",
    "inbound_rejects",
    "id_match_audit",
    "inbound_id_twins",
    "inbound_number_populations",
    "inbound_known_pii",
    "inbound_known_email_mistakes",
)


@dataclass(frozen=True)
class Measured:
    """A finished process: seconds on the clock, seconds of processors, and peak memory in megabytes."""

    seconds: float
    processor: float
    megabytes: float


def measure(folder: Path, *command: str) -> Measured:
    os.sync()  # what others have yet to write must not slow this one down
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
    return Measured(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000)


def make_project(folder: Path, warehouse: Warehouse = DUCKDB, *, checked: bool) -> Sandbox:
    """A project that uses the package, with one generated signals model."""
    project = warehouse.adopt(folder)
    if warehouse is DUCKDB:
        settings = {"memory_limit": BUILD_MEMORY}
        project.write_profiles({"type": "duckdb", "path": "warehouse.duckdb", "threads": 2, "settings": settings})
    project.configure(VARIABLES)
    project.write("models/bench/_bench.yml", SOURCES)
    for name, sql in MODELS.items():
        project.write(f"models/bench/{name}.sql", "{{ config(materialized='view') }}\n" + sql)
    traits = "".join(f"{7_000_000 + i},100001,Trait {i},onboarded,120,,\n" for i in range(TRAITS))
    codes = "".join(f"{7_100_000 + i},100001,Code {i},onboarded,120,ic,code-{i}\n" for i in range(CODES))
    project.declare({**ACCOUNT, "aam_traits": ACCOUNT["aam_traits"] + traits + codes})
    if not checked:
        project.own_package()
        leave_out_checks(project.package)
    return project


def leave_out_checks(package: Path) -> None:
    shutil.rmtree(package / "tests")
    models = {file.name: file for file in (package / "models").rglob("*") if file.is_file()}
    for name in CHECKS:
        models[f"{name}.sql"].unlink()
    for name, sql in UNCHECKED.items():
        models[f"{name}.sql"].write_text(sql)
    for name, file in models.items():
        if name.endswith("__models.yml"):
            file.unlink()
    for name in ("_drop__exposures.yml", "inbound_records.sql"):  # where checks are depended on, a line each
        lines = models[name].read_text().splitlines()
        kept = [line for line in lines if not any(f"'{check}'" in line for check in CHECKS)]
        models[name].write_text("\n".join(kept) + "\n")


def generate(folder: Path, users: int, day: int) -> None:
    """Seven traits, a code and two key-values a user; from the second day on, every hundredth user has other traits."""
    with duckdb.connect(str(folder / "warehouse.duckdb"), config={"memory_limit": BUILD_MEMORY}) as connection:
        connection.execute("set enable_progress_bar = false; create schema if not exists bench")
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
    return measure(
        folder, str(BIN / "dbt"), "build", "--select", "+exposure:aam_drop", "--exclude-resource-type", "unit_test",
        "--vars", json.dumps({"aam_now": f"{day} 06:00:00"}),
    )  # fmt: skip


def deliver(folder: Path, day: str) -> Measured:
    return measure(folder, str(BIN / "aam-export"), "run", "--now", f"{day}T08:00:00")


def python(folder: Path, code: str) -> Measured:
    return measure(folder, sys.executable, "-c", code)


TO_PARQUET = """
import duckdb
duckdb.connect('warehouse.duckdb', read_only=True).execute(
    "copy (select record from inbound_records) to 'lines.parquet'"
)
"""
COPY = """
import duckdb
duckdb.connect('warehouse.duckdb', read_only=True).execute(
    "copy (select record from inbound_records) to 'copy.gz' "
    "(format csv, compression gzip, header false, quote '', escape '', delimiter '" + chr(1) + "')"
)
"""
SINK_CSV = """
import polars
polars.scan_parquet('lines.parquet').sink_csv(
    'polars.gz', include_header=False, quote_style='never', compression='gzip'
)
"""
# What aam-export does to write the lines, and nothing else of a delivery.
WRITE_ALONE = """
import pathlib
from aam_export import project, warehouses
from aam_export.files import content, lines, names, writing
writing.read_back = lambda path, complete: None
writing.compare = lambda path, meant, found: None
warehouse = warehouses.connect(project.load_project().target, read_only=True, bounded=True)
arrays = warehouse.stream('select line from inbound_batch_lines')
name = names.DataFileName('100001', None, 1_700_000_000, 'sync', extension='gz')
limits = content.SplitLimits(250_000_000, 1_000_000_000)
writing.stage_files(lines.cut_blocks(arrays, source='inbound_records'), name, pathlib.Path('.'), limits)
"""


def in_its_own_process(act: Callable[..., Result], *arguments: object) -> Result:
    """Call it where its memory does not count as that of the processes which are measured later."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(act, *arguments).result()


def model_seconds(folder: Path, model: str) -> float:
    """What a model took in the last build."""
    results = json.loads((folder / "target/run_results.json").read_text())["results"]
    return float(sum(r["execution_time"] for r in results if r["unique_id"].endswith(f".{model}")))


def line_megabytes(folder: Path) -> float:
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as connection:
        [(size,)] = connection.sql("select (sum(strlen(record)) + count(*)) / 1e6 from inbound_records").fetchall()
    return float(size)


def row(name: str, measured: Measured, megabytes: float | None = None) -> None:
    rate = f"{megabytes / measured.seconds:6.0f} MB/s" if megabytes else " " * 11
    print(
        f"{name:58}{measured.seconds:8.1f} s {rate} {measured.processor:8.1f} s of processor "
        f"{measured.megabytes:6.0f} MB peak",
        flush=True,
    )


def compare(name: str, value: float, target: str) -> None:
    """Print a ratio, or megabytes, with what is aimed at with five million users on an idle machine."""
    print(f"  {name}: {value:.2f}".removesuffix(".00") + f" (aim: {target})", flush=True)


def write(folder: Path, runs: int) -> None:
    """The lines of the first day by all means; leaves them undelivered."""

    def best(act: Callable[[], Measured]) -> Measured:
        return min((act() for _ in range(runs)), key=lambda measured: measured.seconds)

    def delivered_from_a_copy() -> Measured:
        copy = folder.with_name("delivery")
        shutil.copytree(folder, copy, symlinks=True, ignore=shutil.ignore_patterns("*.gz", "*.parquet"))
        try:
            return deliver(copy, DAYS[0])
        finally:
            shutil.rmtree(copy)

    size = in_its_own_process(line_megabytes, folder)
    python(folder, TO_PARQUET)
    copied = best(lambda: python(folder, COPY))
    row("(a)  DuckDB COPY, gzip", copied, size)
    sunk = best(lambda: python(folder, SINK_CSV))
    row("(a') Polars sink_csv, gzip, from parquet", sunk, size)
    alone = best(lambda: python(folder, WRITE_ALONE))
    row("     aam-export's writing alone", alone, size)
    delivered = best(delivered_from_a_copy)
    row("(b)  aam-export run", delivered, size)
    for file in folder.glob("*.gz"):
        file.unlink()
    compare("(b) against (a)", copied.seconds / delivered.seconds, "at least 8")
    compare("(b) against (a')", sunk.seconds / delivered.seconds, "at least 1.5")
    compare("writing alone against (a)", copied.seconds / alone.seconds, "at least 15")
    compare("writing alone against (a')", sunk.seconds / alone.seconds, "at least 3")
    compare("MB of memory, (b)", round(delivered.megabytes), "below 600, however many users")


def days(folder: Path, users: int) -> None:
    """Delivers the first day, then builds and delivers the second."""
    first_changes = model_seconds(folder, "inbound_changes")
    first = deliver(folder, DAYS[0])
    row("aam-export run, first day", first)
    in_its_own_process(generate, folder, users, 1)
    built = dbt_build(folder, DAYS[1])
    row("dbt build, second day, 1 % changed", built)
    next_changes = model_seconds(folder, "inbound_changes")
    second = deliver(folder, DAYS[1])
    row("aam-export run, second day", second)
    share = (next_changes + second.seconds) / (first_changes + first.seconds)
    compare("inbound_changes and delivery, second day by first", share, "below 0.5")
    compare("MB of memory, dbt build", round(built.megabytes), "below 4000")
    compare("MB of memory, aam-export", round(second.megabytes), "below 600")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=1, help="how often to repeat what `write` compares")
    parser.add_argument(
        "sections", nargs="*", choices=[*SECTIONS, []], metavar="SECTION", help="write, days or checks; default: all"
    )
    asked = parser.parse_args()
    users, sections = asked.users, asked.sections or SECTIONS
    with tempfile.TemporaryDirectory(prefix="aam-bench-") as root:
        folder, plain = Path(root) / "checked", Path(root) / "plain"
        make_project(folder, checked=True)
        print(f"{users:,} users, ten signals each, {os.cpu_count()} cores")
        in_its_own_process(generate, folder, users, 0)
        if "checks" in sections:
            make_project(plain, checked=False)
            shutil.copy(folder / "warehouse.duckdb", plain)
        built = dbt_build(folder, DAYS[0])
        row("dbt build, first day", built)
        compare("MB of memory, dbt build", round(built.megabytes), "below 4000")
        if "checks" in sections:
            unchecked = dbt_build(plain, DAYS[0])
            shutil.rmtree(plain)
            row("dbt build, checks left out", unchecked)
            compare("dbt build with checks by without", built.seconds / unchecked.seconds, "below 3")
        if "write" in sections:
            write(folder, asked.runs)
        if "days" in sections:
            days(folder, users)


if __name__ == "__main__":
    main()
