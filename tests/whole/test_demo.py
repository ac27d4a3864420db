"""The demo, whole: real purchases to files in a drop; and the project's own promises about what is described."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import needs
import pytest
import tiny
from feedback_world import LOOP_LISTS, close_loop
from sandbox import PACKAGE, REPOSITORY, Sandbox

from aam_export.files.names import DataFileName, parse_file_name

needs.demo()
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
SESSION = re.findall(r"<!-- session -->\n```console\n(.*?)```", README, re.DOTALL)[0].splitlines()
DAY = re.findall(r"^DEMO_DAY := (\S+)$", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)[0]

LOG_TIME = re.compile(r"^(\x1b\[\d*m)*\d\d:\d\d:\d\d  ")
TIMESTAMP = re.compile(r"_\d{10}\.")  # of the second in which the run came to it


@dataclass(frozen=True)
class Demo:
    """The project after `make demo`: what its steps printed, and the lines of its files."""

    project: Sandbox
    printed: list[str]
    files: dict[DataFileName, list[str]]

    @property
    def manifest(self) -> Any:
        return json.loads((self.project.folder / "target" / "manifest.json").read_bytes())


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    project = Sandbox.create(tmp_path_factory.mktemp("demo") / "project")
    printed = []
    for step in (
        ("dbt", "build", "--select", "+exposure:aam_drop", "--vars", f'{{aam_now: "{DAY} 06:00:00"}}'),
        ("aam-export", "plan", "--now", f"{DAY}T08:00:00"),
        ("aam-export", "run", "--now", f"{DAY}T08:00:00"),
        ("aam-export", "check", "target/aam_drop"),
    ):
        outcome = project.command(*step)
        assert outcome.returncode == 0, outcome.stdout + outcome.stderr
        text = outcome.stdout.replace(str(project.folder), "…")
        printed += [LOG_TIME.sub("", line) for line in text.splitlines()]
    files = {}
    for path in sorted((project.folder / "target" / "aam_drop").glob("*/date=*/*")):
        name = parse_file_name(path.name)
        if isinstance(name, DataFileName):
            files[name] = gzip.decompress(path.read_bytes()).decode().splitlines()
    return Demo(project, printed, files)


def test_the_readme_shows_what_it_prints(demo: Demo) -> None:
    printed = demo.printed + [line for lines in demo.files.values() for line in lines]
    shown = {TIMESTAMP.sub("_T.", line) for line in printed}
    wanted = [TIMESTAMP.sub("_T.", line) for line in SESSION if line != "…" and not line.startswith("$ ")]
    assert [line for line in wanted if line not in shown] == []


def test_the_readme_shows_what_make_runs() -> None:
    recipe = subprocess.run(
        ["make", "--dry-run", "demo"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout
    commands = [line.removeprefix("$ ") for line in SESSION if line.startswith("$ ")]
    assert len(commands) == 5
    assert [command for command in commands if command not in recipe] == []


def test_every_kind_of_data_source_is_sent(demo: Demo) -> None:
    """A DPUUID, Android and iOS with target data owner, and AAM UUIDs; added to, and replaced."""
    sent = {(name.dpid, name.target_data_owner_dpid, name.sync_mode) for name in demo.files}
    assert {
        ("100001", None, "sync"),
        ("100002", None, "overwrite"),
        ("100003", None, "sync"),
        ("20914", "100001", "sync"),
        ("20915", "100001", "sync"),
    } <= sent
    assert all(lines for lines in demo.files.values())


def test_every_kind_of_signal_is_sent(demo: Demo) -> None:
    lines = next(lines for name, lines in demo.files.items() if name.dpid == "100001")
    for signal in (r"d_sid=7001001", r"ic=campaign-a", r'"income_band"="[^"]+"'):
        pattern = re.compile(rf"\t(.*,)?{signal}(,|$)")
        assert any(pattern.search(line) for line in lines), signal


def test_no_personal_data_of_the_crm_is_in_the_drop(demo: Demo) -> None:
    text = "\n".join(line for lines in demo.files.values() for line in lines).lower()
    values = demo.project.query("select email, full_name, phone, street_address from raw_crm__customers")
    assert len(values) > 2000
    assert [value for row in values for value in row if value and value.lower() in text] == []


def test_a_user_of_a_build_that_is_delivered(demo: Demo) -> None:
    """What the build said is shown, and that it is sent already."""
    [(user, profile)] = demo.project.query(
        "select user_id, profile from inbound_profiles where data_source = 'crm' order by user_id limit 1"
    )
    shown = demo.project.command("aam-export", "plan", "--user", user).stdout
    [(batch,)] = demo.project.query("select distinct batch_id from aam_batches")
    assert shown.startswith(f"Batch {batch} has delivered this build, which said:\n")
    assert f"wanted: {profile}\n" in shown
    assert "none wants it" in demo.project.command("aam-export", "plan", "--user", "Nobody").stdout


def test_a_second_day_without_changes_sends_nothing(demo: Demo, tmp_path: Path) -> None:
    """The build that has been delivered is not delivered again."""
    outcome = demo.project.copy(tmp_path / "project").command("aam-export", "run", "--now", f"{DAY}T09:00:00")
    assert (outcome.returncode, outcome.stdout) == (0, "Nothing to send to file:target/aam_drop.\n")


def test_everything_is_described(demo: Demo) -> None:
    """Every model, seed, source and column of the warehouse has a description, in YAML; every argument, in its macro."""
    manifest = demo.manifest
    nodes = [node for node in manifest["nodes"].values() if node["resource_type"] in ("model", "seed")]
    nodes += manifest["sources"].values()
    assert len(nodes) > 40
    missing = [node["unique_id"] for node in nodes if not node["description"].strip()]
    stored: dict[str, list[str]] = {}
    for table, column in demo.project.query("select table_name, column_name from duckdb_columns() where not internal"):
        stored.setdefault(table, []).append(column)
    described: dict[str, set[str]] = {}  # the demo's raw tables are seeds, and described as the sources that they are
    for node in nodes:
        columns = {name.lower() for name, column in node["columns"].items() if column["description"].strip()}
        described.setdefault(node.get("identifier") or node["alias"], set()).update(columns)
    compared = 0
    for table, known in described.items():
        compared += len(stored.get(table, []))
        missing += [f"{table}.{column}" for column in stored.get(table, []) if column.lower() not in known]
    assert missing == []
    assert compared > 200
    for macro in manifest["macros"].values():
        if macro["package_name"] == PACKAGE:
            text = (REPOSITORY / macro["original_file_path"]).read_text(encoding="utf-8")
            assert text.startswith("{#-"), f"{macro['original_file_path']} begins with what it does"


@pytest.mark.thorough
def test_a_model_of_ones_own_is_a_file_and_a_name(tmp_path: Path) -> None:
    """Four columns in models/signals and a line in aam_signal_models send new signals, and nothing else changes."""
    project = tiny.create(tmp_path)
    tiny.build(project, "2026-01-31 06:00:00")
    assert project.command("aam-export", "run", "--now", "2026-01-31T08:00:00").returncode == 0
    project.write(
        "models/signals/signals__x.sql",
        "select 'crm' as data_source, 'Customer-' || i as user_id, 'd_sid' as signal_key, '7002' as signal_value\n"
        "from range(4, 8) as customers(i)\n",
    )
    variables = {"aam_signal_models": ["signals__tiny", "signals__x"], "aam_now": "2026-02-04 06:00:00"}
    outcome = project.dbt("build", variables=variables)
    assert outcome.returncode == 0, outcome.stdout
    delivered = project.command("aam-export", "run", "--now", "2026-02-04T08:00:00", "--json")
    assert delivered.returncode == 0, delivered.stderr
    [batch] = json.loads(delivered.stdout)["batches"]
    lines = [
        line
        for file in batch["files"]
        for line in gzip.decompress(Path(file["url"].removeprefix("file:")).read_bytes()).decode().splitlines()
        if "7002" in line and line.startswith("Customer-")
    ]
    assert sorted(line.split("\t")[0] for line in lines) == [f"Customer-{number}" for number in range(4, 8)]
    assert "Customer-7\td_sid=7002" in lines


@dataclass(frozen=True)
class Loop:
    """The demo, answered and built as `make demo-loop` does it; `members` of the letter's segment, by the files alone."""

    project: Sandbox
    received: str
    members: set[str]


@pytest.fixture(scope="module")
def loop(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Loop:
    project = demo.project.copy(tmp_path_factory.mktemp("loop") / "project")
    received = close_loop(project)
    rows = [
        line.split("\t")
        for file in (project.folder / "target/answers/outbound").glob("*.gz")
        for line in gzip.decompress(file.read_bytes()).decode().splitlines()
    ]
    return Loop(project, received, {user for user, segments, _ in rows if "recipe-readers" in segments.split(",")})


def test_make_demo_loop_runs_what_is_tested() -> None:
    recipe = subprocess.run(
        ["make", "--dry-run", "demo-loop"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout
    assert f"build --select {' '.join(LOOP_LISTS)}" in recipe
    assert "aam_feedback: true" in recipe
    assert "demo/scripts/answer.py" in recipe and "aam-export receive" in recipe and "aam-export status" in recipe


def test_what_audience_manager_did_not_match_is_what_was_expected(demo: Demo, loop: Loop) -> None:
    """A reading of the files that is not ours, beside what `plan` said before they left (M5, R5, R6)."""
    sent = sum(len(lines) for lines in demo.files.values())
    [(fate, acknowledged, received, stored, unmatched, expected)] = loop.project.query(
        "select fate, lines_acknowledged, records_received, stored_difference, no_matching_aam_id, expected_no_matching_aam_id "
        "from receipt_reconciliation"
    )
    assert (fate, acknowledged, received, stored) == ("read", sent, sent, 0)
    assert unmatched == expected > 0
    assert f"Expect {unmatched} No Matching AAM ID." in demo.printed
    status = loop.project.command("aam-export", "status").stdout
    assert f"read by Audience Manager; {sent:,} lines received" in status
    assert f"{unmatched} without a match ({unmatched} expected)" in status


def test_the_campaign_list_is_the_segment_without_those_who_opted_out(loop: Loop) -> None:
    """P2, O34: Audience Manager has people in the segment of whose opting out it knows nothing."""
    crm = set(loop.project.query("select crm_id, full_name, street_address from raw_crm__customers"))
    suppressed = "select user_id from int_customers__opted_out_ids where data_source = 'crm'"
    opted_out = {user for (user,) in loop.project.query(suppressed)}
    folded = {user.casefold() for user in opted_out}
    left_out = {user for user in loop.members if user.casefold() in folded}
    assert left_out > loop.members & opted_out, "one of them opted out under another spelling of the same ID"
    letters = loop.project.query("select crm_id, full_name, street_address from letter__recipe_readers")
    assert loop.members & opted_out
    reached = (loop.members - left_out) & {user for user, _, _ in crm}
    assert {user for user, _, _ in letters} == reached
    assert len(letters) == len(reached) > 100
    assert set(letters) <= crm
    [reach] = loop.project.query(
        "select members, opted_out, unknown, may_be_reached from segment_reach where segment_name = 'Recipe readers'"
    )
    unknown = loop.members - left_out - reached
    assert reach == (len(loop.members), len(left_out), len(unknown), len(reached))


def test_answers_are_received_once(loop: Loop, tmp_path: Path) -> None:
    """The receiver says the same of the same drop, and what it says is known then."""
    again = loop.project.copy(tmp_path / "project")
    answers = again.folder / "target/answers"
    before = {file: file.read_bytes() for file in answers.rglob("*") if file.is_file()}
    assert again.command("python", "scripts/answer.py", "target/aam_drop", "target/answers").returncode == 0
    assert {file: file.read_bytes() for file in answers.rglob("*") if file.is_file()} == before
    outcome = again.command("aam-export", "receive")
    [count] = re.findall(r"(\d+) received, 0 known", loop.received)
    assert f"0 received, {count} known" in outcome.stdout


def test_the_demo_reads_no_answers_until_it_is_asked(demo: Demo) -> None:
    names = {node["name"] for node in demo.manifest["nodes"].values()}
    assert "inbound_records" in names
    assert not names & {"receipts", "segment_members_now", "letter__recipe_readers"}
