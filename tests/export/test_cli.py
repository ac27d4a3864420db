"""The command as people meet it: exit codes, words and what is left behind, in processes of its own."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
from faulty_s3 import FaultyS3
from needs import missing
from sandbox import Sandbox

COMMANDS = ("plan", "run", "status", "check")
EXECUTABLE = str(Path(sys.executable).parent / "aam-export")


def in_drop(project: Sandbox) -> list[Path]:
    return sorted(path for path in (project.folder / "target" / "aam_drop").rglob("*") if not path.is_dir())


def export(project: Sandbox, *arguments: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return project.export(*arguments, env=env)


def refused(
    project: Sandbox, code: int, *words: str, arguments: tuple[str, ...] = (), env: Mapping[str, str] | None = None
) -> None:
    """A run that fails: with this exit code and these words, without a traceback, and with nothing in the drop."""
    outcome = export(project, "run", *arguments, env=env)
    assert outcome.returncode == code, outcome.stderr
    for text in words:
        assert text in outcome.stderr
    assert "Error: " in outcome.stderr
    assert "→" in outcome.stderr, "says what to do"
    assert "Traceback" not in outcome.stderr
    assert outcome.stdout == ""
    assert in_drop(project) == []


def delivers(project: Sandbox) -> None:
    """Nothing stands in the way of the next run."""
    outcome = export(project, "run")
    assert outcome.returncode == 0, outcome.stderr
    text = b"".join(gzip.decompress(path.read_bytes()) for path in in_drop(project))
    assert len(text.splitlines()) == 1000


def change_manifest(project: Sandbox, old: str, new: str) -> None:
    file = project.folder / "target" / "manifest.json"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def sql(project: Sandbox, statement: str) -> None:
    with duckdb.connect(str(project.database)) as connection:
        connection.execute(statement)


def test_no_build(small_project: Sandbox) -> None:
    file = small_project.folder / "target" / "manifest.json"
    file.rename(file.with_suffix(".away"))
    refused(small_project, 3, f"there is no {file}", "dbt build --select +exposure:aam_drop")
    file.with_suffix(".away").rename(file)
    sql(small_project, "drop table aam_proofs")
    refused(small_project, 3, "nothing proves what would be sent", "dbt build --select +exposure:aam_drop")


def test_a_build_that_failed_or_left_out_a_test(small_project: Sandbox) -> None:
    sql(small_project, "update aam_proofs set status = 'fail' where node_kind = 'test' and event = 'ended'")
    refused(small_project, 3, "did not pass: not_null_inbound_records_record (fail)")
    sql(small_project, "delete from aam_proofs where node_kind = 'test'")
    refused(
        small_project, 3, "1 of the 14 models and tests behind the drop never ran", "not_null_inbound_records_record"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--profile", "nobody"), "no profile 'nobody' (it has: aam_inbound, acme_grocers)"),
        (("--target", "nowhere"), "has no target 'nowhere' (it has: dev, prod)"),
        (("--profiles-dir", "models"), "there is no profiles.yml in models"),
        (("--project-dir", "models"), "no dbt_project.yml in "),
        (("--destination", "ftps://example.com/in"), "nobody is named who logs in to ftps://example.com/in/"),
        (("--destination", "scp://example.com/in"), "destination 'scp://example.com/in' is of no kind"),
        (("--destination", "target/out"), "destination 'target/out' is of no kind"),
        (("--destination", "s3://"), "names no bucket"),
    ],
)
def test_what_does_not_exist(small_project: Sandbox, arguments: tuple[str, ...], words: str) -> None:
    refused(small_project, 2, words, arguments=arguments)


@pytest.mark.parametrize("arguments", [("--destinaton", "x"), ("--now", "yesterday"), ("extra",)])
def test_usage_that_is_wrong(small_project: Sandbox, arguments: tuple[str, ...]) -> None:
    outcome = export(small_project, "run", *arguments)
    assert outcome.returncode == 2
    assert "Error: " in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert in_drop(small_project) == []


def test_a_database_that_another_process_holds(small_project: Sandbox) -> None:
    with duckdb.connect(str(small_project.database)):
        refused(small_project, 4, "another process holds", str(small_project.database))
    delivers(small_project)


def test_a_database_that_is_none(small_project: Sandbox) -> None:
    small_project.database.write_bytes(b"not a database" * 1000)
    refused(small_project, 2, str(small_project.database), "can't be opened")
    small_project.database.unlink()
    refused(small_project, 2, str(small_project.database), "does not exist")


def test_a_folder_that_can_not_be_written(small_project: Sandbox) -> None:
    small_project.write("target/taken", "a file")
    arguments = ("--destination", "file:target/taken")
    refused(small_project, 1, "can't write to the drop", "target/taken", arguments=arguments)
    delivers(small_project)


def test_a_full_disk(small_project: Sandbox) -> None:
    """The kernel refuses files beyond 4 KiB: whatever hits that first says so, and one more run mends it."""
    outcome = subprocess.run(
        ["sh", "-c", 'ulimit -f 8; exec "$0" "$@"', EXECUTABLE, "run"],
        cwd=small_project.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 1, outcome.stderr
    assert "Error: " in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert in_drop(small_project) == []
    delivers(small_project)


def s3_environment(endpoint: str) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def test_a_bucket_that_is_missing_or_refuses(small_project: Sandbox, bucket: str, faulty_s3: FaultyS3) -> None:
    env = s3_environment(faulty_s3.endpoint)
    refused(
        small_project, 1, "s3://no-such-bucket/", "check the bucket's name",
        arguments=("--destination", "s3://no-such-bucket/in"), env=env,
    )  # fmt: skip
    faulty_s3.fail(403)
    refused(
        small_project, 1, f"s3://{bucket}/in/", "AccessDenied", "may not write there",
        arguments=("--destination", f"s3://{bucket}/in"), env=env,
    )  # fmt: skip


def test_lines_as_long_as_they_may_be_take_more_memory_and_are_sent(small_project: Sandbox) -> None:
    """The run is held to what usual lines need; where that is too little, it begins again and says so."""
    sql(
        small_project,
        "update lines set user_id = 'User-' || rowid, record = 'User-' || rowid || chr(9) || 'ic=' || "
        "repeat(substr(md5(rowid::varchar), 1, 8), 12700)",
    )
    outcome = export(small_project, "run")
    assert outcome.returncode == 0, outcome.stderr
    assert "need more memory than usual ones: beginning again" in outcome.stderr
    text = b"".join(gzip.decompress(path.read_bytes()) for path in in_drop(small_project))
    assert len(text.splitlines()) == 1000
    assert len(text) > 100_000_000
    assert [event for (event,) in small_project.query("select event from aam_batches order by event_at")] == [
        "opened",
        "committed",
    ]


def test_a_partner_name_that_is_none(small_project: Sandbox) -> None:
    change_manifest(small_project, '"partner_name": "acme-grocers"', '"partner_name": "acme/grocers"')
    refused(small_project, 2, "acme/grocers", "N1", "meta.aam.partner_name of the exposure aam_drop")


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ("dpid = '12x'", 2, ("'12x' is no DPID", "N2")),
        ("dpid = '20914'", 2, ("global data source gaid", "N4")),
        ("sync_mode = 'full'", 2, ("'full' is no sync mode", "N2")),
        ("dpid = null", 1, ("no dpid or sync_mode", "N2")),
        ("record = replace(record, ',', chr(10))", 1, ("has a newline inside", "S6", "data source crm")),
        ("record = replace(record, ',', chr(9))", 1, ("has a tab too many", "L1", "data source crm")),
        ("record = null, user_id = null where user_id = 'User-7'", 1, ("has no user ID", "L1")),
        ("record = record || repeat('x', 102400) where user_id = 'User-7'", 1, ("more than 102,400", "S4")),
    ],
)
def test_rows_that_make_no_file(small_project: Sandbox, change: str, code: int, words: tuple[str, ...]) -> None:
    sql(small_project, f"create table whole as from lines; update lines set {change}")
    refused(small_project, code, *words)
    sql(small_project, "delete from lines; insert into lines from whole")
    delivers(small_project)


def test_nothing_to_send_is_no_failure(small_project: Sandbox) -> None:
    """S3: and no file."""
    sql(small_project, "delete from lines")
    outcome = export(small_project, "run")
    assert outcome.returncode == 0, outcome.stderr
    assert "Nothing to send to file:target/aam_drop." in outcome.stdout
    assert in_drop(small_project) == []
    outcome = export(small_project, "plan")
    assert (outcome.returncode, outcome.stdout.splitlines()[-1]) == (0, "Nothing to send.")


def test_names_never_repeat(small_project: Sandbox) -> None:
    """Two runs in one second, and a clock that was set back (N3)."""
    for now in ("2026-01-31T08:00:00", "2026-01-31T08:00:00", "2026-01-31T07:59:00Z", "2026-01-30T09:00:00"):
        outcome = export(small_project, "run", "--now", now)
        assert outcome.returncode == 0, outcome.stderr
    names = [path.name for path in in_drop(small_project)]
    assert len(set(names)) == 4
    assert [name.split("_")[3].split(".")[0] for name in sorted(names)] == sorted(
        name.split("_")[3].split(".")[0] for name in names
    )


def test_json_is_one_object_on_stdout(small_project: Sandbox) -> None:
    def printed(*arguments: str) -> Any:
        outcome = export(small_project, *arguments, "--json")
        assert outcome.returncode == 0, outcome.stderr
        return json.loads(outcome.stdout)

    planned = printed("plan")
    [file] = planned["files"]
    assert (file["users"], file["lines"], planned["gate"], planned["open_batch"]) == (1000, 1000, "", None)
    assert in_drop(small_project) == []
    ran = printed("run")
    [batch] = ran["batches"]
    [file] = batch["files"]
    assert [path.name for path in in_drop(small_project)] == [file["name"]]
    assert (file["users"], file["lines"], file["signals"]) == (1000, 1000, 2000)
    known = printed("status")
    assert [item["batch_id"] for item in known["batches"]] == [batch["batch_id"]]
    assert [(item["file_name"], item["sha256"]) for item in known["files"]] == [(file["name"], file["sha256"])]


def test_json_stays_away_where_a_run_fails(small_project: Sandbox) -> None:
    refused(small_project, 2, "no kind", arguments=("--json", "--destination", "gopher://x"))


def test_a_plan_changes_nothing_and_tells_what_the_gate_says(small_project: Sandbox) -> None:
    sql(small_project, "delete from aam_proofs where node_id like '%.lines'")
    before = small_project.database.read_bytes()
    outcome = export(small_project, "plan")
    assert outcome.returncode == 3, outcome.stderr
    assert "ftp_dpm_100001_" in outcome.stdout
    assert "A run would be refused (exit code 3): 1 of the 14 models and tests" in outcome.stdout.splitlines()[0]
    assert small_project.database.read_bytes() == before
    assert not (small_project.folder / "target" / "aam_drop").exists()


@pytest.mark.parametrize(
    "command", [(), *((name,) for name in COMMANDS)], ids=lambda command: "".join(command) or "group"
)
def test_help_tells_the_exit_codes(command: tuple[str, ...], tmp_path: Path) -> None:
    outcome = subprocess.run(
        [EXECUTABLE, *command, "--help"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 0, outcome.stderr
    words = " ".join(outcome.stdout.split())
    assert "0 done" in words
    assert "1 a delivery or a check failed; 2 usage or configuration; 3 the gate refused; 4 another run" in words
    if command and command != ("check",):
        for option in ("--project-dir", "--profiles-dir", "--profile", "--target", "--json"):
            assert option in words


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_can_complete_it(tmp_path: Path, shell: str) -> None:
    """As docs/cli.md tells it: a script for the shell, which then asks for what may follow."""
    if shell == "bash" and not shutil.which("bash"):
        missing("there is no bash, which click asks for its version")

    def printed(instruction: str, **more: str) -> str:
        env = {**os.environ, "_AAM_EXPORT_COMPLETE": f"{shell}_{instruction}", **more}
        return subprocess.run([EXECUTABLE], cwd=tmp_path, capture_output=True, text=True, check=True, env=env).stdout

    assert "_AAM_EXPORT_COMPLETE" in printed("source")
    typed = {"COMP_WORDS": "aam-export plan --si", "COMP_CWORD": "--si" if shell == "fish" else "2"}
    assert "--signals" in printed("complete", **typed)


def test_the_module_is_the_command(tmp_path: Path) -> None:
    shown = [
        subprocess.run([*command, "--version"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
        for command in ([EXECUTABLE], [sys.executable, "-m", "aam_export"])
    ]
    assert shown[0] == shown[1]
    assert shown[0].startswith("aam-export, version ")


@pytest.mark.parametrize(
    "arguments", [("status",), ("settle", "--batch", "1"), ("receive", "in"), ("report",), ("account", "traits.json")]
)
def test_tables_of_another_target_are_not_taken_for_ours(small_project: Sandbox, arguments: tuple[str, ...]) -> None:
    """Their names are those of the last dbt command, whatever it was called for."""
    outcome = small_project.export(*arguments, "--target", "prod")
    assert outcome.returncode == 2, outcome.stdout
    assert "was for target 'dev', and this is for 'prod'" in outcome.stderr
    assert "name --target dev, or run `dbt build --select +exposure:aam_drop --target prod`" in outcome.stderr
    assert "and this is for" not in small_project.export(*arguments).stderr
