"""Removals that a person has to agree to (V9): also what no file can say (V8), and each only once."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from pathlib import Path

import crash
import pytest
import tiny
from crash import Outcome
from sandbox import Sandbox

CUSTOMERS = [f"Customer-{number}" for number in range(10)]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """Ten customers, who have a number that no trait is named for and two traits."""
    project = tiny.create(tmp_path_factory.mktemp("removals") / "project")
    want(project, CUSTOMERS, CUSTOMERS, "2026-01-01")
    return project


def want(project: Sandbox, registered: Iterable[str], with_trait: Iterable[str], day: str) -> None:
    """Build with these users' signals: the site's registration, for which no trait is named, and crm's two traits."""
    tiny.set_signals(
        project,
        [
            *(("site_user", user, "registered_on", "2026-01-01") for user in registered),
            *(("crm", user, "d_sid", "7001") for user in CUSTOMERS),
            *(("crm", user, "d_sid", "7002") for user in with_trait),
        ],
    )
    tiny.build(project, f"{day} 06:00:00")


def export(project: Sandbox, command: str, day: str, *arguments: str) -> Outcome:
    return crash.run(project.folder, command, "--now", f"{day}T08:00:00", *arguments)


def lines(project: Sandbox, day: str, names: str = "*") -> list[str]:
    files = sorted((project.folder / "target/aam_drop").glob(f"*/date={day}/{names}"))
    return [line for file in files for line in gzip.decompress(file.read_bytes()).decode().splitlines()]


def test_what_no_file_can_take_away_is_lost_once(built: Sandbox, tmp_path: Path) -> None:
    project = built.copy(tmp_path / "project")
    assert export(project, "run", "2026-01-01").exit_code == 0
    want(project, CUSTOMERS[5:], CUSTOMERS, "2026-01-02")
    words = "site_user: 5 of 10 users would only lose"
    for command in ("plan", "run"):
        outcome = export(project, command, "2026-01-02")
        assert outcome.exit_code == 1
        assert words in outcome.output
    [row] = [
        total for total in json.loads(export(project, "plan", "2026-01-02", "--json").output)["data_sources"]
        if total["data_source"] == "site_user"
    ]  # fmt: skip
    assert (row["known"], row["losing"], row["removed"], row["unclearable"]) == (10, 5, 0, 5)
    shown = crash.run(project.folder, "plan", "--user", "Customer-0").output
    assert "site_user: unclearable\n" in shown
    assert 'no file can take away: "registered_on"="2026-01-01"' in shown

    outcome = export(project, "run", "2026-01-02", "--accept-removals", "5")
    assert outcome.exit_code == 0, outcome.output
    said = lines(project, "2026-01-02", "ftp_dpm_100002_*")
    assert {line.split("\t")[0] for line in said}.isdisjoint(CUSTOMERS[:5])
    assert project.query("select count(*) from aam_batch_records where change = 'unclearable'") == [(5,)]
    want(project, CUSTOMERS[5:], CUSTOMERS, "2026-01-03")
    outcome = export(project, "run", "2026-01-03")
    assert outcome.exit_code == 0, outcome.output
    assert project.query("select count(*) from inbound_unclearable") == [(5,)], "still told"
    assert project.query(
        "select users_known, users_losing, users_unclearable from inbound_change_totals where data_source = 'site_user'"
    ) == [(5, 0, 5)]


@pytest.mark.thorough
def test_a_removal_that_is_sent_again_is_agreed_to_already(built: Sandbox, tmp_path: Path) -> None:
    """As it is when what it takes away may still have been on its way."""
    project = built.copy(tmp_path / "project")
    assert export(project, "run", "2026-01-01").exit_code == 0
    want(project, CUSTOMERS, CUSTOMERS[5:], "2026-01-02")
    assert "crm: 5 of 10 users would only lose" in export(project, "run", "2026-01-02").output
    assert export(project, "run", "2026-01-02", "--accept-removals", "5").exit_code == 0
    want(project, CUSTOMERS, CUSTOMERS[5:], "2026-01-05")
    outcome = export(project, "run", "2026-01-05")
    assert outcome.exit_code == 0, outcome.output
    for day in ("2026-01-02", "2026-01-05"):
        taken = [line.split("\t")[0] for line in lines(project, day) if "d_unsid=7002" in line]
        assert sorted(taken) == CUSTOMERS[:5]
