"""What a run makes of a ledger that is not what it should be, of a clock that jumps, and of changes too large to believe (V9, V10)."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path

import crash
import duckdb
import pytest
from crash import Outcome
from sandbox import Sandbox

NOW = "2026-01-31T08:00:00"
LATER = "2026-02-01T08:00:00"
LATEST = "2026-02-02T08:00:00"


def run(project: Sandbox, *arguments: str, now: str = NOW) -> Outcome:
    return crash.run(project.folder, "run", "--now", now, *arguments)


def in_drop(project: Sandbox, folder: str = "aam_drop") -> list[str]:
    root = project.folder / "target" / folder
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def sql(project: Sandbox, *statements: str) -> None:
    with duckdb.connect(str(project.database)) as connection:
        for statement in statements:
            connection.execute(statement)


def refused(project: Sandbox, code: int, *words: str, arguments: tuple[str, ...] = (), now: str = NOW) -> None:
    """A run that ends with this exit code and these words, says what to do, and sends and records nothing."""
    events = "select * from aam_batches order by all"
    before, known = in_drop(project), project.query(events)
    outcome = run(project, *arguments, now=now)
    assert outcome.exit_code == code, outcome.output
    for text in (*words, "Error: ", "→"):
        assert text in outcome.output
    assert "Traceback" not in outcome.output
    assert in_drop(project) == before
    assert project.query(events) == known


def delivers(project: Sandbox, *arguments: str, now: str = NOW) -> str:
    """A run that sends all thousand lines, in one file under the folder of the day; what it said."""
    before = in_drop(project)
    outcome = run(project, *arguments, now=now)
    assert outcome.exit_code == 0, outcome.output
    [new] = set(in_drop(project)) - set(before)
    assert f"date={now[:10]}/" in new
    lines = gzip.decompress((project.folder / "target/aam_drop" / new).read_bytes()).splitlines()
    assert len(lines) == 1000
    return outcome.output


def test_a_ledger_of_another_destination(small_project: Sandbox) -> None:
    delivers(small_project)
    elsewhere = ("--destination", "file:target/elsewhere")
    words = ("the ledger belongs to the drop file:target/aam_drop", "this run is for file:target/elsewhere")
    refused(small_project, 2, *words, arguments=elsewhere, now=LATER)
    assert in_drop(small_project, "elsewhere") == []
    planned = crash.run(small_project.folder, "plan", *elsewhere)
    assert planned.exit_code == 2
    assert words[0] in planned.output


def test_a_ledger_that_is_older_than_the_drop(small_project: Sandbox) -> None:
    delivers(small_project)
    backup = shutil.copy(small_project.database, small_project.folder / "backup")
    delivers(small_project, now=LATER)
    shutil.copy(backup, small_project.database)
    words = (
        "holds files of these data sources with TIMESTAMP 1769932800, and the ledger ends with 1769846400",
        "--full",
    )
    refused(small_project, 2, *words, now=LATEST)
    delivers(small_project, "--full", now=LATEST)
    delivers(small_project, now="2026-02-03T08:00:00")


def test_a_ledger_that_is_older_than_an_id_file_in_the_drop(small_project: Sandbox) -> None:
    delivers(small_project)
    folder = small_project.folder / "target/aam_drop/acme-grocers/date=2027-01-01"
    folder.mkdir()
    (folder / "adobe_id_0_100001_1800000000.sync.gz").touch()
    refused(small_project, 2, "with TIMESTAMP 1800000000, and the ledger ends with", now=LATER)


def test_files_of_other_data_sources_are_no_business_of_the_ledger(small_project: Sandbox) -> None:
    delivers(small_project)
    folder = small_project.folder / "target/aam_drop/acme-grocers/date=2027-01-01"
    folder.mkdir()
    for name in (
        "ftp_dpm_999_1800000000.sync.gz",
        "ftp_dpm_100001_999_1800000000.sync.gz",
        "adobe_id_0_999_1800000000.sync",
        "c2c_id_100001_999_1800000000.sync",
    ):
        (folder / name).touch()
    delivers(small_project, now=LATER)


def totals(base: str, desired: int = 1000, known: int = 1000, losing: int = 0) -> str:
    return (
        "create or replace view inbound_change_totals as "
        f"select 'crm' as data_source, {desired} as users_desired, {known} as users_known, {losing} as users_losing, "
        "0 as users_new, 0 as users_changed, 0 as users_removed, 0 as users_refreshed, 0 as users_deferred, "
        f"0 as users_unclearable, {base} as base_batch_id"
    )


CURRENT = "(select coalesce(max(batch_id), '') from inbound_batches)"


def test_a_build_that_saw_another_ledger(small_project: Sandbox) -> None:
    sql(small_project, totals("'1700000000'"))
    refused(small_project, 3, "the last build compared with batch 1700000000, and the ledger ends with nothing")


def test_a_build_is_delivered_once(small_project: Sandbox) -> None:
    sql(small_project, totals("''"))
    delivers(small_project)
    for arguments in ((), ("--full",)):
        outcome = run(small_project, *arguments, now=LATER)
        assert outcome.exit_code == 0
        assert "has delivered the last build" in outcome.output
    assert len(in_drop(small_project)) == 1


def test_a_ledger_of_a_newer_version(small_project: Sandbox) -> None:
    delivers(small_project)
    sql(small_project, "update aam_batches set ledger_version = 2")
    refused(small_project, 2, "is of version 2, this aam-export knows 1", "install the newer aam-export", now=LATER)


def test_a_view_that_was_rebuilt_between_plan_and_run(small_project: Sandbox) -> None:
    planned = crash.run(small_project.folder, "plan", "--now", NOW)
    assert planned.exit_code == 0
    assert "1,000 users" in planned.output
    assert small_project.dbt("run", "--select", "inbound_records").returncode == 0
    refused(small_project, 3, "1 tests ran before the last build of what they test", "not_null_inbound_records_record")


def test_a_clock_that_jumps_back(small_project: Sandbox) -> None:
    """Names go on counting, the folder is that of the clock, and somebody is told."""
    assert "The clock says" not in delivers(small_project)
    said = delivers(small_project, now="2026-01-30T09:00:00")
    assert "The clock says 2026-01-30" in said
    assert "last entry is of 2026-01-31" in said
    assert "The clock says" not in delivers(small_project, now=LATER)
    stamps = [int(batch) for (batch,) in small_project.query("select distinct batch_id from aam_batches order by 1")]
    assert stamps[1] == stamps[0] + 1
    assert len(stamps) == 3


@pytest.mark.parametrize("back", ["2026-01-30T07:00:00", "1970-01-01T00:00:00"])
def test_a_clock_that_jumps_back_by_more_than_a_day(small_project: Sandbox, back: str) -> None:
    delivers(small_project)
    refused(small_project, 2, f"The clock says {back[:10]}", "last entry is of 2026-01-31", "N1", now=back)


@pytest.mark.parametrize(
    ("desired", "losing", "words"),
    [
        (1000, 201, "crm: 201 of 1,000 users would only lose"),
        (0, 1, "crm: 1 of 1,000 users would only lose, the source came back empty"),
    ],
)
def test_more_removals_than_are_likely(small_project: Sandbox, desired: int, losing: int, words: str) -> None:
    sql(small_project, totals(CURRENT, desired=desired, losing=losing))
    refused(small_project, 1, words, f"run with --accept-removals {losing}")
    fewer = str(losing - 1)
    refused(small_project, 1, f"(accepted: {fewer}, needed: {losing})", arguments=("--accept-removals", fewer))
    delivers(small_project, "--accept-removals", str(losing))


def test_as_many_removals_as_are_allowed(small_project: Sandbox) -> None:
    sql(small_project, totals(CURRENT, losing=200))
    delivers(small_project)


def test_a_batch_is_settled_by_hand_once(small_project: Sandbox) -> None:
    def settle(batch: str) -> Outcome:
        return crash.run(small_project.folder, "settle", "--batch", batch, "--now", LATER)

    delivers(small_project)
    unknown = settle("1700000000")
    assert unknown.exit_code == 2
    assert "there is no committed batch 1700000000" in unknown.output
    [(batch,)] = small_project.query("select max(batch_id) from aam_batches")
    for _ in range(2):
        assert settle(batch).exit_code == 0
    assert small_project.query("select event from aam_batches order by event_at") == [
        ("opened",),
        ("committed",),
        ("settled",),
    ]
    status = json.loads(crash.run(small_project.folder, "status", "--json").output)
    assert [batch["state"] for batch in status["batches"]] == ["settled"]


def test_a_ledger_that_has_grown_is_compacted_by_the_next_build(small_project: Sandbox, tmp_path: Path) -> None:
    """Rows of users of whom a later batch says everything go; what is not settled, and the newest row of each, stays."""
    for day in ("2025-01-01", "2025-01-02"):
        delivers(small_project, now=f"{day}T08:00:00")
    still_open = "insert into aam_batches by name select * replace ('30000101000000' as batch_id) from aam_batches where event = 'opened' limit 1"
    sql(
        small_project,
        still_open,
        "insert into aam_batch_records by name select * replace ('30000101000000' as batch_id) from aam_batch_records where user_id = 'User-1' limit 1",
    )
    assert small_project.query("select count(*) from aam_batch_records") == [(2001,)]
    delivered = "select user_id, profile from inbound_delivered_by_ledger order by all"
    newest = (
        "create view inbound_delivered_by_ledger as select user_id, max_by(profile, batch_id) as profile "
        "from aam_batch_records group by user_id"
    )
    sql(small_project, newest)
    before = small_project.query(delivered)
    # what the hook does at the end of a build that has grown the ledger
    outcome = small_project.dbt("build")
    assert outcome.returncode == 0, outcome.stdout
    counted = small_project.query("select batch_id, count(*) from aam_batch_records group by 1 order by 1")
    assert [count for _, count in counted] == [1000, 1]
    assert counted[0][0] > "20250102", "of the second day"
    assert small_project.query(delivered) == before
