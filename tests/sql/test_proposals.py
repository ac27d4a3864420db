"""A build writes the batch that it proposes into the ledger, and a run opens it (V1): on each warehouse, whatever comes between."""

from __future__ import annotations

import gzip
import shutil
import threading
import time
from pathlib import Path

import crash
import pytest
import tiny
from crash import Outcome
from postgres import Database
from sandbox import REPOSITORY, Sandbox, Warehouse

BUILT = "2026-03-01 06:00:00"
NOW, LATER = "2026-03-01T08:00:00", "2026-03-02T08:00:00"
EVENTS = "select batch_id, event from aam_batches order by batch_id, event_at, event desc"
ROWS = "select batch_id, count(*) from aam_batch_records group by batch_id order by batch_id"
# The lines of a first day: six customers, four accounts, three devices.
LINES = 13
FIRST, SECOND = "20260301060000", "20260301060001"


@pytest.fixture(scope="module")
def built(warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    project = tiny.create(tmp_path_factory.mktemp("proposals") / "project", warehouse)
    tiny.build(project, BUILT)
    return project


@pytest.fixture
def project(built: Sandbox, tmp_path: Path) -> Sandbox:
    return built.copy(tmp_path / "project")


@pytest.fixture
def database(project: Sandbox) -> Database:
    """Of a warehouse that admits others beside this run; DuckDB does not."""
    assert project.postgres
    return project.postgres


on_duckdb = pytest.mark.parametrize("warehouse", ["duckdb"], indirect=True, scope="session")  # for one proves it
on_postgres = pytest.mark.parametrize("warehouse", ["postgres"], indirect=True, scope="session")


def rewrite_changes(project: Sandbox, old: str, new: str) -> None:
    """In the project's own copy of the package."""
    if project.package == REPOSITORY:
        project.own_package()
    model = project.package / "models/inbound/delta/inbound_changes.sql"
    text = (REPOSITORY / model.relative_to(project.package)).read_text(encoding="utf-8")
    assert old in text
    model.write_text(text.replace(old, new), encoding="utf-8")


def run(project: Sandbox, *arguments: str, now: str = NOW) -> Outcome:
    return crash.run(project.folder, "run", "--now", now, *arguments)


def delivers(project: Sandbox, *arguments: str, now: str = NOW) -> None:
    outcome = run(project, *arguments, now=now)
    assert outcome.exit_code == 0, outcome.output


def refused(project: Sandbox, code: int, *words: str) -> None:
    """A run that sends and records nothing."""
    before = project.query(EVENTS), project.query(ROWS)
    outcome = run(project)
    assert outcome.exit_code == code, outcome.output
    for text in (*words, "Error: ", "→"):
        assert text in outcome.output
    assert "Traceback" not in outcome.output
    assert (project.query(EVENTS), project.query(ROWS)) == before
    assert not in_drop(project)


def in_drop(project: Sandbox) -> list[str]:
    """Every line in the drop."""
    files = sorted((project.folder / "target/aam_drop").rglob("*.gz"))
    return sorted(line for file in files for line in gzip.decompress(file.read_bytes()).decode().splitlines())


def shown(project: Sandbox) -> list[str]:
    return sorted(record for (record,) in project.query("select record from inbound_records"))


def test_a_run_opens_what_the_build_proposed_and_copies_nothing(project: Sandbox) -> None:
    assert project.query(EVENTS) == [(FIRST, "proposed")]
    lines = shown(project)
    delivers(project)
    assert project.query(EVENTS) == [(FIRST, "proposed"), (FIRST, "opened"), (FIRST, "committed")]
    assert project.query(ROWS) == [(FIRST, LINES)]
    assert in_drop(project) == lines == shown(project), "the view still shows it"


def test_every_build_withdraws_what_was_not_opened(project: Sandbox) -> None:
    tiny.set_signals(project, tiny.first_day()[:4])  # those of one customer
    tiny.build(project, BUILT)
    assert project.query(EVENTS) == [(FIRST, "proposed"), (SECOND, "proposed")]
    assert project.query(ROWS) == [(SECOND, 1)]
    delivers(project)
    tiny.set_signals(project, tiny.first_day())
    tiny.build(project, "2026-03-02 06:00:00")
    assert project.query(ROWS) == [(SECOND, 1), ("20260302060000", LINES - 1)], "what was opened stays"


def test_a_proposal_that_fails_leaves_the_one_before(project: Sandbox) -> None:
    before = shown(project)
    for option in ("post_hook", "pre_hook"):
        broken = f"materialized='proposed_batch', {option}=\"select cast('x' as integer)\""
        rewrite_changes(project, "materialized='proposed_batch'", broken)
        outcome = project.dbt("run", "--select", "inbound_changes", variables={"aam_now": BUILT})
        assert outcome.returncode != 0
    assert project.query(EVENTS) == [(FIRST, "proposed")]
    assert project.query(ROWS) == [(FIRST, LINES)]
    assert shown(project) == before


def test_an_empty_build_proposes_nothing_and_says_so(project: Sandbox) -> None:
    outcome = project.dbt("build", "--empty", variables={"aam_now": BUILT})
    assert outcome.returncode == 0, outcome.stdout
    assert project.query(ROWS) == []
    refused(project, 3, "the last build ran with --empty")


@pytest.mark.thorough
def test_the_table_of_an_older_version_gives_way_to_the_view(project: Sandbox) -> None:
    project.execute("drop view inbound_changes cascade", "create table inbound_changes (nothing integer)")
    tiny.build(project, BUILT)
    delivers(project)
    assert len(in_drop(project)) == LINES


def test_what_another_build_proposed_is_not_sent(project: Sandbox) -> None:
    project.execute("update aam_batches set note = 'another'")
    refused(project, 3, "the ledger's newest proposal is of build another")


def test_a_ledger_without_the_proposal_is_not_taken_for_nothing_to_send(project: Sandbox) -> None:
    """It was restored from a backup, and the models were not."""
    project.execute(
        "delete from aam_batch_records", "update aam_batches set batch_id = '20260101000000', note = 'older'"
    )
    refused(project, 3, "the ledger's newest proposal is of build older")


def test_a_ledger_that_never_saw_a_proposal_gets_a_copy(project: Sandbox) -> None:
    """So it is when the models are not those of this version."""
    lines = shown(project)
    project.execute(
        "create table kept as select * from inbound_changes",
        "create or replace view inbound_changes as select * from kept",
        "delete from aam_batch_records",
        "delete from aam_batches",
    )
    delivers(project)
    assert project.query(EVENTS) == [("20260301080000", "opened"), ("20260301080000", "committed")]
    assert in_drop(project) == lines


@on_duckdb
def test_a_batch_that_was_given_up_is_proposed_no_more(project: Sandbox) -> None:
    """Another run copies the same rows, fails at the same line and sends nothing; another build mends it."""
    project.execute("update aam_batch_records set record = 'no tab' where user_id = 'Customer-3'")
    for _ in range(2):
        outcome = run(project)
        assert outcome.exit_code == 1, outcome.output
        assert "has no tab between user ID and signals" in outcome.output
    given_up = ["proposed", "opened", "abandoned", "opened", "abandoned"]
    assert [event for _, event in project.query(EVENTS)] == given_up
    assert len(project.query(ROWS)) == 2
    assert not in_drop(project)
    tiny.build(project, "2026-03-02 06:00:00")
    delivers(project, now=LATER)
    assert len(in_drop(project)) == LINES


@pytest.mark.thorough
@on_duckdb
def test_everybodys_state_is_a_copy_beside_the_proposal(project: Sandbox) -> None:
    delivers(project)
    tiny.set_signals(project, [*tiny.first_day(), ("crm", "Customer-7", "d_sid", "7001")])
    tiny.build(project, "2026-03-02 06:00:00")
    delivers(project, "--full", now=LATER)
    copied = "20260302080000"
    assert project.query(ROWS) == [(FIRST, LINES), ("20260302060000", 1), (copied, LINES + 1)]
    tiny.build(project, "2026-03-03 06:00:00")
    kept = [batch for batch, _ in project.query(ROWS)]
    assert kept[:2] == [FIRST, copied], "the one that nobody opened is withdrawn"


@on_duckdb
def test_compaction_leaves_what_the_last_build_shows(project: Sandbox) -> None:
    lines = shown(project)
    delivers(project)
    assert crash.run(project.folder, "settle", "--batch", FIRST).exit_code == 0
    project.execute("update aam_batch_records set line_number = 2 where user_id = 'Customer-3'")
    outcome = project.dbt("run-operation", "compact_ledger")
    assert outcome.returncode == 0, outcome.stdout
    assert shown(project) == lines


@on_postgres
def test_a_build_during_which_a_batch_was_opened_begins_anew(project: Sandbox) -> None:
    """What it compared with is not the newest any more."""
    project.execute(
        "create function aam.come_between() returns boolean language sql volatile as "
        "$$ insert into aam.aam_batches (batch_id, event) values ('20260303000000', 'opened'); select true $$"
    )
    rewrite_changes(project, "select * from final", "select * from final where aam.come_between()")
    outcome = project.dbt("run", "--select", "inbound_changes", variables={"aam_now": BUILT})
    assert outcome.returncode != 0
    assert "wrote batch 20260303000000 into the ledger: build again" in outcome.stdout
    assert project.query(EVENTS) == [(FIRST, "proposed")]


@on_postgres
def test_a_run_waits_for_a_build_that_proposes_and_then_sees_it(project: Sandbox, database: Database) -> None:
    """A build somewhere else withdraws what this run is about to open: one of the two must not go on."""
    outcomes: list[Outcome] = []
    with database.cursor() as build:
        build.execute("begin")
        build.execute("lock table aam_batches in share row exclusive mode")
        going = threading.Thread(target=lambda: outcomes.append(run(project)))
        going.start()
        waiting = "select count(*) from pg_locks where not granted"
        for _ in range(200):
            build.execute(waiting)
            if build.fetchone()[0]:
                break
            time.sleep(0.1)
        else:
            pytest.fail("the run does not wait")
        build.execute("delete from aam_batch_records")
        build.execute(f"insert into aam_batches (batch_id, event, note) values ('{SECOND}', 'proposed', 'another')")
        build.execute("commit")
        going.join()
    [outcome] = outcomes
    assert outcome.exit_code == 3, outcome.output
    assert "the ledger's newest proposal is of build another" in outcome.output
    assert project.query(EVENTS) == [(FIRST, "proposed"), (SECOND, "proposed")]
    assert not in_drop(project)


@on_postgres
def test_the_target_folder_of_another_machine_sends_the_same(project: Sandbox, tmp_path: Path) -> None:
    """What was proposed stands in the warehouse; whoever has the build's artifacts may send it."""
    other = tmp_path / "other"
    shutil.copytree(project.folder, other, symlinks=True)
    outcome = crash.run(other, "run", "--now", NOW)
    assert outcome.exit_code == 0, outcome.output
    assert "has delivered the last build" in run(project).output
