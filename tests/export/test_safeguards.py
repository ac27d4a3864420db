"""What refuses a run: `plan` and `doctor` foretell it, with the same words (V9); a ledger is not lost by accident (V10)."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import crash
import pytest
from crash import Outcome
from faulty_s3 import FaultyS3
from sandbox import Sandbox

from aam_export.drops.base import FAILED, OK, SKIPPED, WARNING

DAY = "2026-01-31T08:00:00"
NEXT_DAY = "2026-02-01T08:00:00"
FOLDER = "target/aam_drop/acme-grocers/date=2026-01-31"


def export(project: Sandbox, *arguments: str, env: Mapping[str, str] | None = None) -> Outcome:
    return crash.run(project.folder, *arguments, setup=partial(os.environ.update, env or {}))


def run(project: Sandbox, *arguments: str, now: str = DAY) -> Outcome:
    return export(project, "run", "--now", now, *arguments)


def findings(project: Sandbox, *arguments: str, env: Mapping[str, str] | None = None) -> dict[str, dict[str, str]]:
    checks = json.loads(export(project, "doctor", "--json", *arguments, env=env).output)["checks"]
    return {check["check"]: check for check in checks}


def sent(project: Sandbox, folder: str = "target/aam_drop") -> list[str]:
    return sorted(path.name for path in (project.folder / folder).rglob("*.gz"))


def put(project: Sandbox, name: str, folder: str = FOLDER) -> Path:
    path = project.folder / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(b"somebody's"))
    return path


def events(project: Sandbox) -> list[tuple[Any, ...]]:
    return project.query("select * from aam_batches order by all")


def totals(project: Sandbox, **numbers: int | str) -> None:
    """Have the last build count these; what is not named as in the small project."""
    text = ", ".join(f"{value!r} as {name}" for name, value in numbers.items())
    [(view,)] = project.query("select sql from duckdb_views() where view_name = 'inbound_change_totals'")
    query = view.partition(" AS ")[2].rstrip(";")
    project.execute(f"create or replace view inbound_change_totals as select * replace ({text}) from ({query})")


# Each refusal: how it comes about, what a run then says, its exit code, and the check of doctor that fails.


@dataclass(frozen=True)
class Case:
    name: str
    code: int
    words: str
    spoil: Callable[[Sandbox], object]
    arguments: tuple[str, ...] = ()


def settings(project: Sandbox, **changed: Any) -> None:
    file = project.folder / "target/manifest.json"
    content = json.loads(file.read_bytes())
    for exposure in content["exposures"].values():
        exposure["config"]["meta"]["aam"].update(changed)
    file.write_text(json.dumps(content), encoding="utf-8")


def another_package(project: Sandbox) -> None:
    file = project.folder / "target/manifest.json"
    content = json.loads(file.read_bytes())
    content["macros"]["macro.aam_inbound.package_version"]["macro_sql"] = "{{ return('7.0.0') }}"
    file.write_text(json.dumps(content), encoding="utf-8")


def deliver(project: Sandbox) -> None:
    outcome = run(project)
    assert outcome.exit_code == 0, outcome.output


def deliver_and(*statements: str) -> Callable[[Sandbox], None]:
    def spoil(project: Sandbox) -> None:
        deliver(project)
        project.execute(*statements)

    return spoil


def begin_and_encrypt(project: Sandbox) -> None:
    deliver(project)
    project.execute("delete from aam_batches where event = 'committed'")
    settings(project, pgp_public_key="keys/adobe.pub")


def forget_a_file(project: Sandbox) -> None:
    deliver(project)
    put(project, "ftp_dpm_100001_1800000000.sync.gz")


def rename_the_partner(project: Sandbox) -> None:
    deliver(project)
    settings(project, partner_name="another")


def misspell_a_var(project: Sandbox) -> None:
    file = project.folder / "dbt_project.yml"
    file.write_text(file.read_text().rstrip("\n") + "\nvars: {aam_supressions_model: opted_out}\n", encoding="utf-8")


def forget_who_opted_out(project: Sandbox) -> None:
    """P2: the last delivery kept them out, and the var that names their model is empty now."""
    deliver(project)
    file = project.folder / "target/manifest.json"
    content = json.loads(file.read_bytes())
    node = {**content["nodes"]["model.aam_inbound.inbound_changes"], "depends_on": {"nodes": [], "macros": []}}
    content["nodes"]["model.aam_inbound.input__aam_suppressions_model"] = {**node, "name": "no other"}
    file.write_text(json.dumps(content), encoding="utf-8")
    project.execute(
        "insert into aam_batch_counts by name select batch_id, 'crm' as data_source, 'kept_out' as measure, "
        "'opted_out' as item, 7 as counted from aam_batches where event = 'committed'"
    )


CASES = [
    Case("destination", 3, "is Audience Manager's production", lambda project: None, ("--destination", "production")),
    Case("version", 2, "the package aam_inbound of version 7.0.0", another_package),
    Case("ledger", 2, "belongs to the drop file:target/aam_drop", deliver, ("--destination", "file:elsewhere")),
    Case("ledger", 2, "is of version 9", deliver_and("update aam_batches set ledger_version = 9")),
    Case("ledger", 2, "inbound_batch_lines", lambda project: project.execute("drop view inbound_batch_lines")),
    Case("time", 2, "the ledger's last entry is of 2", deliver_and(
        "update aam_batches set event_at = current_timestamp::timestamp + interval 25 hours"
    )),
    Case("PGP", 2, "keys/adobe.pub", lambda project: settings(project, pgp_public_key="keys/adobe.pub")),
    Case("PGP", 2, "was begun with .gz files", begin_and_encrypt),
    Case("vars", 2, "the package has no var 'aam_supressions_model'", misspell_a_var),
    Case("opt-outs", 2, "the last delivery kept out 7 rows of opted-out people", forget_who_opted_out),
    Case("gate", 3, "models and tests behind the drop never ran", lambda project: project.execute(
        "delete from aam_proofs where node_id like '%.lines'"
    )),
    Case("gate", 3, "the last build compared with batch 3", lambda project: totals(project, base_batch_id="3")),
    Case("gate", 3, "the ledger's newest proposal is of build another", lambda project: project.execute(
        "insert into aam_batches by name select '3' as batch_id, 'proposed' as event, 'another' as note"
    )),
    Case("history", 2, "is empty, and the drop file:target/aam_drop holds files",
         lambda project: put(project, "ftp_dpm_100001_1514793600.sync.gz")),
    Case("history", 2, "the ledger ends with", forget_a_file),
    Case("removals", 1, "crm: 201 of 1,000 users would only lose",
         lambda project: totals(project, users_known=1000, users_losing=201)),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.name}: {case.words}")
def test_what_a_run_refuses_is_foretold(small_project: Sandbox, case: Case) -> None:
    case.spoil(small_project)
    before, files = events(small_project), sent(small_project)
    planned = export(small_project, "plan", *case.arguments)
    as_json = export(small_project, "plan", "--json", *case.arguments)
    found = findings(small_project, *case.arguments)
    assert (events(small_project), sent(small_project)) == (before, files)
    ran = export(small_project, "run", *case.arguments)
    assert ran.exit_code == case.code, ran.output
    assert (events(small_project), sent(small_project)) == (before, files)
    assert case.words in ran.output

    [error] = [line.removeprefix("Error: ") for line in ran.output.splitlines() if line.startswith("Error: ")]
    [hint] = [line for line in ran.output.splitlines() if line.startswith("  → ")]
    assert planned.output.splitlines()[:2] == [f"A run would be refused (exit code {case.code}): {error}", hint]
    assert planned.exit_code == as_json.exit_code == case.code
    refusal = json.loads(as_json.output)["refusals"][0]
    assert (refusal["check"], refusal["exit_code"]) == (case.name, case.code)
    assert refusal["message"] in error
    assert found[case.name]["state"] == FAILED
    assert (found[case.name]["message"], f"  → {found[case.name]['hint']}") == (error, hint)


def test_another_partner_is_warned_of(small_project: Sandbox) -> None:
    """An open batch keeps its folder (N1); from then on the files go to another, which knows nothing of those before."""
    rename_the_partner(small_project)
    words = "the last delivery went to the folder acme-grocers, and partner_name is now another"
    assert words in export(small_project, "plan").output
    assert findings(small_project)["ledger"]["state"] == WARNING
    assert words in export(small_project, "run").output


def test_every_safeguard_has_a_case(small_project: Sandbox) -> None:
    """All that doctor asks but what only it looks at, and the drop, which no plan tries."""
    asked = set(findings(small_project)) - {"project", "disk", "drop"}
    assert asked == {case.name for case in CASES}


def test_all_refusals_are_told_at_once_and_the_plan_after_them(small_project: Sandbox) -> None:
    totals(small_project, users_known=1000, users_losing=500)
    put(small_project, "ftp_dpm_100001_1514793600.sync.gz")
    settings(small_project, pgp_public_key="keys/adobe.pub")
    small_project.execute("delete from aam_proofs where node_id like '%.lines'")
    planned = export(small_project, "plan")
    said = [line.partition(":")[0] for line in planned.output.splitlines() if "refused" in line]
    assert said == ["A run would be refused (exit code 2)", *["It would be refused also"] * 3]
    assert "1,000 users in 1 file" in planned.output
    refusals = json.loads(export(small_project, "plan", "--json").output)["refusals"]
    assert [(refusal["check"], refusal["exit_code"]) for refusal in refusals] == [
        ("PGP", 2), ("gate", 3), ("history", 2), ("removals", 1),
    ]  # fmt: skip


def test_a_plan_that_a_run_would_carry_out(small_project: Sandbox) -> None:
    assert export(small_project, "plan", "--now", DAY).exit_code == 0
    deliver(small_project)
    assert export(small_project, "plan", "--now", NEXT_DAY).exit_code == 0
    small_project.execute("delete from lines")
    assert export(small_project, "plan", "--now", NEXT_DAY).exit_code == 0


def test_a_production_drop_is_not_asked_where_the_target_may_not_send_there(small_project: Sandbox) -> None:
    env = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}  # where nobody listens
    refusals = json.loads(export(small_project, "plan", "--json", "--destination", "production", env=env).output)
    assert [refusal["check"] for refusal in refusals["refusals"]] == ["destination"]
    found = findings(small_project, "--destination", "production", env=env)
    assert (found["drop"]["state"], found["history"]["state"], "write" in found) == (SKIPPED, SKIPPED, False)


def test_a_build_that_is_delivered_is_not_refused_for_what_it_took_away(small_project: Sandbox) -> None:
    totals(small_project, users_known=1000, users_losing=201, base_batch_id="")
    assert run(small_project, "--accept-removals", "201").exit_code == 0
    assert export(small_project, "plan").exit_code == run(small_project, now=NEXT_DAY).exit_code == 0
    assert findings(small_project)["removals"]["state"] == SKIPPED


# An empty ledger beside a drop that is not


@pytest.mark.parametrize(
    "name",
    [
        "ftp_dpm_100001_1514793600.sync.gz",
        "ftp_dpm_100001_1514793600.overwrite.3.gz",
        "ftp_dpm_100001_1514793600.sync.gz.processed",
        "adobe_id_0_100001_1514793600.sync.gz",
        "adobe_id_0_100001_1514793600.sync.gz.processed",
    ],
)
def test_a_new_ledger_must_be_meant(small_project: Sandbox, name: str) -> None:
    """By a file that Audience Manager has read and renamed (M4) as by any other; and once only."""
    put(small_project, name)
    files = sent(small_project)
    refused = run(small_project)
    assert refused.exit_code == 2
    for words in (str(small_project.database), "1, the newest of 2018-01-01 08:00 UTC", "--new-ledger", "opted out"):
        assert words in refused.output
    assert sent(small_project) == files
    meant = run(small_project, "--new-ledger")
    assert meant.exit_code == 0, meant.output
    assert "Warning: the ledger in" in meant.output
    assert "every user is sent as new; what was sent before and is not true any more stays" in meant.output
    assert len(sent(small_project)) == len(files) + 1
    again = run(small_project, "--new-ledger", now=NEXT_DAY)
    assert again.exit_code == 2
    assert "this one has delivered batches: 1" in again.output
    assert run(small_project, now=NEXT_DAY).exit_code == 0


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("ftp_dpm_999_1514793600.sync.gz", FOLDER),
        ("ftp_dpm_100001_999_1514793600.sync.gz", FOLDER),
        ("adobe_id_0_999_1514793600.sync.gz", FOLDER),
        (".ftp_dpm_100001_1514793600.sync.gz.part", FOLDER),
        ("ftp_dpm_100001_1514793600.sync.gz.bak", FOLDER),
        ("ftp_dpm_100001_1514793600.sync.gz", FOLDER.replace("acme-grocers", "another")),
    ],
)
def test_what_is_not_of_this_ledger_is_no_matter(small_project: Sandbox, name: str, folder: str) -> None:
    put(small_project, name, folder)
    outcome = run(small_project)
    assert outcome.exit_code == 0, outcome.output
    assert "Warning" not in outcome.output


def test_a_run_that_was_killed_is_mended_by_the_same_command(small_project: Sandbox) -> None:
    """--new-ledger stays right until a batch is delivered."""
    put(small_project, "ftp_dpm_100001_1514793600.sync.gz")
    small_project.write("target/aam_staging", "a file where a folder must be made")
    assert run(small_project, "--new-ledger").exit_code == 1
    assert [row[1] for row in events(small_project)] == ["opened"]
    (small_project.folder / "target/aam_staging").unlink()
    totals(small_project, base_batch_id="")
    outcome = run(small_project, "--new-ledger")
    assert outcome.exit_code == 0, outcome.output
    assert len(sent(small_project)) == 2


def test_another_database_file_is_another_ledger(small_project: Sandbox, tmp_path: Path) -> None:
    """A relative path of the profile, and a command that was started from another folder."""
    small_project.execute("checkpoint")
    empty = shutil.copy(small_project.database, tmp_path / "aam_inbound.duckdb")
    deliver(small_project)
    files = sent(small_project)
    folder = str(small_project.folder)
    elsewhere = Sandbox(tmp_path)
    outcome = elsewhere.export("run", "--project-dir", folder, "--profiles-dir", folder)
    assert outcome.returncode == 2, outcome.stderr
    assert f"the ledger in {empty} is empty, and the drop file:target/aam_drop holds files" in outcome.stderr
    assert sent(small_project) == files


@pytest.mark.parametrize(("path", "state"), [("aam_inbound.duckdb", WARNING), ("{folder}/aam_inbound.duckdb", OK)])
def test_doctor_warns_of_a_relative_path(small_project: Sandbox, path: str, state: str) -> None:
    small_project.write_profiles({"type": "duckdb", "path": path.format(folder=small_project.folder)})
    finding = findings(small_project)["project"]
    assert finding["state"] == state
    assert ("absolute path" in finding["hint"]) is (state == WARNING)


@pytest.fixture
def s3(bucket: str, faulty_s3: FaultyS3) -> tuple[tuple[str, str], dict[str, str]]:
    return ("--destination", f"s3://{bucket}/in"), {
        "AWS_ENDPOINT_URL": faulty_s3.endpoint,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }


def test_an_empty_ledger_beside_a_bucket_that_is_not(
    small_project: Sandbox, bucket: str, s3_endpoint: str, s3: tuple[tuple[str, str], dict[str, str]]
) -> None:
    destination, env = s3
    client = boto3.client("s3", endpoint_url=s3_endpoint)
    key = "in/acme-grocers/date=2018-01-01/ftp_dpm_100001_1514793600.sync.gz.processed"
    client.put_object(Bucket=bucket, Key=key, Body=b"")
    for command in ("plan", "run"):
        outcome = export(small_project, command, *destination, env=env)
        assert outcome.exit_code == 2
        assert "holds files of these data sources: 1, the newest of 2018-01-01" in outcome.output
    outcome = export(small_project, "run", "--new-ledger", *destination, env=env)
    assert outcome.exit_code == 0, outcome.output


def test_a_drop_that_can_not_be_listed(
    small_project: Sandbox, faulty_s3: FaultyS3, s3: tuple[tuple[str, str], dict[str, str]]
) -> None:
    """Nobody can tell, so everybody is told, until the ledger has sent something."""
    destination, env = s3
    faulty_s3.fail(403, when=lambda request: request.method in ("GET", "HEAD"))
    words = "has sent nothing yet, and the drop s3://"
    planned = export(small_project, "plan", *destination, env=env)
    assert planned.exit_code == 0
    assert planned.output.startswith("Warning: the ledger in")
    assert words in planned.output.splitlines()[0]
    finding = findings(small_project, *destination, env=env)["history"]
    assert finding["state"] == WARNING
    assert words in finding["message"]
    ran = export(small_project, "run", *destination, env=env)
    assert ran.exit_code == 0
    assert words in ran.output
    assert words not in export(small_project, "plan", *destination, env=env).output
    assert findings(small_project, *destination, env=env)["history"]["state"] == OK


# The clock


@pytest.mark.parametrize(("now", "code"), [("2026-01-30T08:30:00", 0), ("2026-01-30T07:30:00", 2), ("1970-01-01", 2)])
def test_a_clock_that_is_behind_the_ledger(small_project: Sandbox, now: str, code: int) -> None:
    """By less than a day somebody is told; by more nothing is sent."""
    deliver(small_project)
    words = f"The clock says {now[:10]}"
    planned = export(small_project, "plan", "--now", now)
    assert planned.exit_code == code
    assert words in planned.output.splitlines()[0]
    outcome = run(small_project, now=now)
    assert outcome.exit_code == code
    assert words in outcome.output
    assert "last entry is of 2026-01-31 08:00" in outcome.output
    assert len(sent(small_project)) == (1 if code else 2)
