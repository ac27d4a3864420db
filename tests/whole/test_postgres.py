"""Whole runs on PostgreSQL: killed anywhere, many at once, a server that goes away; and the same bytes as from DuckDB."""

from __future__ import annotations

import gzip
import hashlib
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from crash import KILLED, Fault
from crash_cases import DAYS, Case, FolderDrop, assert_mended, assert_one_run_mends, clean_effects, prepare
from feedback_world import close_loop
from postgres import Server
from sandbox import DUCKDB, REPOSITORY, Sandbox, Warehouse

from aam_export.clock import Clock
from aam_export.delivery.run import run as deliver
from aam_export.errors import AamExportError
from aam_export.files import writing
from aam_export.progress import Reporter
from aam_export.project import load_project


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory, postgres_server: Server) -> Case:
    return prepare(tmp_path_factory.mktemp("postgres"), FolderDrop(), Warehouse("postgres", postgres_server))


@pytest.fixture
def project(case: Case, tmp_path: Path) -> Sandbox:
    return case.project.copy(tmp_path / "project")


@pytest.mark.thorough
def test_killed_at_every_statement(case: Case, tmp_path: Path, tally: Callable[[str, int], None]) -> None:
    """Before and after each: the next run finds no lock left, and nothing half done."""
    effects = clean_effects(case, tmp_path)
    faults = [Fault(number) for number, effect in enumerate(effects, start=1) if effect == "warehouse execute"]
    assert len(faults) > 10
    tried = assert_one_run_mends(case, tmp_path, faults, effects, {KILLED})
    tally("crash points killed at, PostgreSQL", tried)


def test_many_runs_at_once_deliver_once(case: Case, project: Sandbox) -> None:
    command = [str(Path(sys.executable).parent / "aam-export"), "run", "--now", f"{DAYS[1]}T08:00:00"]
    runs = [
        subprocess.Popen(
            [*command, "--accept-removals", "9"],
            cwd=project.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        for _ in range(5)
    ]  # fmt: skip
    outputs = [process.communicate(timeout=300)[0] for process in runs]
    codes = Counter(process.returncode for process in runs)
    assert set(codes) <= {0, 4}, outputs
    assert codes[0] >= 1
    assert_mended(project, case, "five runs at once")


def test_a_server_that_ends_the_session_leaves_a_batch_that_the_next_run_finishes(
    case: Case, project: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.folder)
    loaded = load_project(project_dir=str(project.folder), profiles_dir=str(project.folder))
    clock = Clock(datetime.fromisoformat(f"{DAYS[1]}T08:00:00+00:00"))
    original = writing.compare

    def end_sessions(*arguments: Any) -> None:
        original(*arguments)
        project.query(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and application_name = 'aam-export'"
        )

    with monkeypatch.context() as patch:
        patch.setattr(writing, "compare", end_sessions)
        with pytest.raises(AamExportError, match=r"terminating connection|server closed|no connection") as caught:
            deliver(loaded, None, clock, Reporter(quiet=True), accepted_removals=9)
    assert caught.value.exit_code == 1
    [resumed] = deliver(loaded, None, clock, Reporter(quiet=True), accepted_removals=9).batches
    assert resumed.resumed
    assert_mended(project, case, "after the server ended the session")


HOLD = """
from aam_export.clock import Clock
from aam_export.ledger import open_ledger
from aam_export.project import load_project
with open_ledger(load_project(project_dir=".", profiles_dir="."), Clock(), read_only=False):
    print("holding", flush=True)
    input()
"""


def test_plan_and_status_answer_while_another_run_goes_on(project: Sandbox) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD], cwd=project.folder, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )
    try:
        assert other.stdout and other.stdout.readline() == "holding\n"
        busy = project.export("run")
        assert busy.returncode == 4, busy.stderr
        assert "holds the ledger" in busy.stderr
        planned = project.export("plan")
        assert (planned.returncode, "max_removal_pct" in planned.stdout) == (1, True), planned.stdout + planned.stderr
        shown = project.export("status")
        assert shown.returncode == 0, shown.stderr
    finally:
        other.kill()
        other.communicate()
    assert project.export("run", "--accept-removals", "9").returncode == 0


# The demo on both warehouses


def demo(place: Warehouse, folder: Path) -> tuple[Sandbox, dict[str, bytes]]:
    """The whole project, with all its tests, built and delivered; the files by their names without TIMESTAMP."""
    project = Sandbox.create(folder, place)
    if project.postgres:
        loaded = subprocess.run(
            [sys.executable, str(REPOSITORY / "demo/scripts/load_postgres.py"), "--profiles-dir", str(folder), "--target", "dev"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert loaded.returncode == 0, loaded.stdout + loaded.stderr
    built = project.dbt("build", "--select", "+exposure:aam_drop", variables={"aam_now": "2018-01-01 00:00:00"})
    assert built.returncode == 0, built.stdout[-5000:]
    delivered = project.export("run", "--now", "2018-01-01T08:00:00")
    assert delivered.returncode == 0, delivered.stderr
    files = (folder / "target/aam_drop").rglob("*.gz")
    return project, {re.sub(r"_\d{10}\.", "_T.", file.name): file.read_bytes() for file in files}


@pytest.mark.thorough
def test_files_and_answers_of_both_warehouses_are_the_same(postgres_server: Server, tmp_path: Path) -> None:
    """From the same raw data; PostgreSQL's database has a Turkish locale that folds case and takes digits for numbers."""
    on_duckdb, from_duckdb = demo(DUCKDB, tmp_path / "duckdb")
    project, from_postgres = demo(Warehouse("postgres", postgres_server), tmp_path / "postgres")
    assert len(from_duckdb) >= 5
    assert {name: hashlib.sha256(data).hexdigest() for name, data in from_postgres.items()} == {
        name: hashlib.sha256(data).hexdigest() for name, data in from_duckdb.items()
    }
    lines = [line for data in from_postgres.values() for line in gzip.decompress(data).splitlines()]
    assert len(lines) > 5_000
    assert project.query("select lower('I')") == [("\u0131",)]
    for place in (on_duckdb, project):
        close_loop(place)
    for sql in (
        "select * from segment_reach",
        "select crm_id, full_name from letter__recipe_readers",
        "select fate, records_received, no_matching_aam_id, expected_no_matching_aam_id from receipt_reconciliation",
    ):
        assert sorted(project.query(sql)) == sorted(on_duckdb.query(sql)) != [], sql
