"""`aam-export doctor`: each check, made to fail on what is really wrong; and that it leaves nothing behind."""

from __future__ import annotations

import json
import shutil
from collections import namedtuple
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner
from faulty_s3 import RESET, FaultyS3, Request
from sandbox import Sandbox

from aam_export import drops
from aam_export.cli import cli
from aam_export.drops import Drop, Patience, open_drop
from aam_export.drops.base import FAILED, OK, SKIPPED, WARNING, Finding
from aam_export.drops.s3.put import S3Drop
from aam_export.settings import DropSettings

ROLE = "arn:aws:iam::123456789012:role/aam-writer"
Findings = dict[str, Finding]


@pytest.fixture(autouse=True)
def quick_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drops, "USUAL", Patience(attempts=1, pauses=()))


@pytest.fixture
def project(small_project: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    monkeypatch.chdir(small_project.folder)
    monkeypatch.setenv("NO_COLOR", "1")
    small_project.write_profiles({"type": "duckdb", "path": str(small_project.database)})
    return small_project


def ask(*arguments: str) -> tuple[int, Findings]:
    outcome = CliRunner().invoke(cli, ["doctor", "--json", *arguments])
    assert outcome.exit_code in (0, 1), outcome.output
    answer = json.loads(outcome.stdout)
    assert answer["healthy"] == (outcome.exit_code == 0)
    findings = {check["check"]: Finding(**check) for check in answer["checks"]}
    assert len(findings) == len(answer["checks"]), "one line a check"
    for finding in findings.values():
        assert finding.message
        assert finding.hint or finding.state not in (FAILED, WARNING), f"{finding} says what to do"
    return outcome.exit_code, findings


def states(findings: Findings) -> dict[str, str]:
    return {check: finding.state for check, finding in findings.items()}


@pytest.fixture
def examined(bucket: str, faulty_s3: FaultyS3, tmp_path: Path) -> Callable[..., Findings]:
    """What the drop itself finds, with the server failing as it is told."""

    def examine(now: datetime | None = None, **settings: Any) -> Findings:
        drop = open_drop(
            f"s3://{bucket}/in",
            DropSettings(partner_name="acme", endpoint_url=faulty_s3.endpoint, **settings),
            tmp_path,
        )
        assert isinstance(drop, S3Drop)
        return {finding.check: finding for finding in drop.probe("acme", now or present())}

    return examine


def present() -> datetime:
    return datetime.now(timezone.utc)


def left(bucket: str, endpoint: str) -> list[Any]:
    client = boto3.client("s3", endpoint_url=endpoint)
    objects = client.list_object_versions(Bucket=bucket).get("Versions", [])
    return [*objects, *client.list_multipart_uploads(Bucket=bucket).get("Uploads", [])]


def of(method: str) -> Callable[[Request], bool]:
    return lambda request: request.method == method


# The whole command


def test_a_folder_that_is_ready(project: Sandbox) -> None:
    before = project.database.read_bytes()
    code, findings = ask()
    assert code == 0
    assert states(findings) == {
        **dict.fromkeys(
            (
                "project",
                "destination",
                "version",
                "ledger",
                "time",
                "vars",
                "gate",
                "opt-outs",
                "drop",
                "history",
                "removals",
                "disk",
            ),
            OK,
        ),
        "PGP": SKIPPED,
    }
    assert "target dev (duckdb)" in findings["project"].message
    assert project.database.read_bytes() == before
    assert not list((project.folder / "target/aam_drop").rglob("*"))


def test_a_bucket_that_is_ready(
    project: Sandbox, bucket: str, s3_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_endpoint)
    code, findings = ask("--destination", f"s3://{bucket}/in")
    assert code == 0
    assert states(findings).pop("TLS") == WARNING
    assert {check for check, state in states(findings).items() if state != OK} == {"TLS", "PGP"}
    assert "arn:aws" in findings["account"].message
    assert findings["region"].message == "us-east-1"
    assert left(bucket, s3_endpoint) == []


def test_lines_for_people(project: Sandbox) -> None:
    project.execute("delete from aam_proofs where node_id like '%.lines'")
    outcome = project.export("doctor")
    assert outcome.returncode == 1
    assert outcome.stderr == ""
    lines = outcome.stdout.splitlines()
    assert lines[0].startswith(f"ok       project      {project.folder}, profile aam_inbound")
    [refused] = [number for number, line in enumerate(lines) if line.startswith("failed")]
    assert lines[refused].startswith("failed   gate         1 of the 14 models and tests behind the drop never ran")
    assert lines[refused + 1].strip().startswith("→ run `dbt build --select +exposure:aam_drop`")
    assert lines[-1].startswith("ok       disk")


@pytest.mark.parametrize(
    ("arguments", "check", "words"),
    [
        (("--profile", "nobody"), "project", "no profile 'nobody'"),
        (("--project-dir", "nowhere"), "project", "no dbt_project.yml"),
        (("--destination", "gopher://x"), "destination", "of no kind"),
        (("--destination", "production"), "destination", "not marked for it"),
        (("--destination", "sftp://acme:hunter2@example.com"), "destination", "holds a password"),
    ],
)
def test_what_is_set_wrongly(project: Sandbox, arguments: tuple[str, ...], check: str, words: str) -> None:
    code, findings = ask(*arguments)
    assert code == 1
    assert findings[check].state == FAILED
    assert words in findings[check].message
    assert findings["drop"].state == SKIPPED
    assert "hunter2" not in str(findings)


def test_a_warehouse_and_a_build_that_are_gone(project: Sandbox) -> None:
    project.database.unlink()
    code, findings = ask()
    assert (code, findings["ledger"].state, findings["disk"].state) == (1, FAILED, SKIPPED)
    (project.folder / "target/manifest.json").unlink()
    code, findings = ask()
    assert (code, states(findings)) == (1, {"gate": FAILED, "drop": SKIPPED})


def test_an_open_batch_and_another_drops_ledger(project: Sandbox) -> None:
    project.write("target/taken", "a file where a folder must be made")
    killed = project.export("run", env={"AAM_DESTINATION": ""})
    assert killed.returncode == 0
    code, findings = ask("--destination", "file:elsewhere")
    assert (code, findings["ledger"].state) == (1, FAILED)
    assert "the ledger belongs to the drop file:target/aam_drop" in findings["ledger"].message
    project.query("select 1")
    import duckdb

    with duckdb.connect(str(project.database)) as connection:
        connection.execute("delete from aam_batches where event = 'committed'")
    code, findings = ask()
    assert (code, findings["ledger"].state) == (0, WARNING)
    assert "is open" in findings["ledger"].message


@pytest.mark.parametrize(("free", "state"), [(10**12, OK), (70_000, WARNING), (1_000, FAILED)])
def test_a_disk_with_too_little_room(project: Sandbox, monkeypatch: pytest.MonkeyPatch, free: int, state: str) -> None:
    """The lines take 26 kB, written twice: staged, and in the folder."""
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**12, 0, free))
    [(needed,)] = project.query("select 2 * sum(strlen(record) + 1) from inbound_records")
    assert 35_000 < needed < 140_000
    _, findings = ask()
    assert findings["disk"].state == (OK if free >= needed else state)


def test_a_folder_that_can_not_be_written(project: Sandbox) -> None:
    project.write("target/taken", "a file")
    code, findings = ask("--destination", "file:target/taken")
    assert (code, findings["drop"].state) == (1, FAILED)


def test_a_server_is_checked_as_a_run_checks_it(project: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AAM_DROP_PASSWORD", "hunter2")
    code, findings = ask("--destination", "ftps://acme@127.0.0.1:9/in")
    assert (code, findings["drop"].state) == (1, FAILED)
    assert "can't go on with ftps://acme@127.0.0.1:9/in/" in findings["drop"].message
    assert "hunter2" not in str(findings)


def test_a_key_that_is_not_there(project: Sandbox) -> None:
    manifest = project.folder / "target" / "manifest.json"
    content = json.loads(manifest.read_bytes())
    for exposure in content["exposures"].values():
        exposure["config"]["meta"]["aam"]["pgp_public_key"] = "keys/adobe.pub"
    manifest.write_text(json.dumps(content), encoding="utf-8")
    code, findings = ask()
    assert (code, findings["PGP"].state) == (1, FAILED)
    assert "keys/adobe.pub" in findings["PGP"].message


# S3


def test_a_bucket_that_can_only_be_written(
    examined: Callable[..., Findings], faulty_s3: FaultyS3, bucket: str, s3_endpoint: str
) -> None:
    """A region is told by a refusal, too, by Amazon; this server does not."""
    faulty_s3.fail(403, when=lambda request: request.method in ("GET", "HEAD"))
    findings = examined(expected_bucket_owner="123456789012")
    assert {check for check, finding in findings.items() if finding.state == FAILED} == set()
    assert "not allowed, and not needed" in findings["read"].message
    assert "or it is not account 123456789012's" in findings["bucket"].message
    assert left(bucket, s3_endpoint) == []


def test_a_bucket_that_may_not_be_written(examined: Callable[..., Findings], faulty_s3: FaultyS3) -> None:
    faulty_s3.fail(403, when=of("POST"))
    findings = examined()
    assert findings["write"].state == FAILED
    assert "AccessDenied" in findings["write"].message
    assert "may not write there" in findings["write"].hint
    assert findings["read"].state == OK


def test_an_upload_that_may_not_be_aborted(examined: Callable[..., Findings], faulty_s3: FaultyS3) -> None:
    faulty_s3.fail(403, when=of("DELETE"))
    findings = examined()
    assert findings["write"].state == WARNING
    assert "s3:AbortMultipartUpload" in findings["write"].hint


def test_the_probe_asks_for_what_a_file_needs(examined: Callable[..., Findings], faulty_s3: FaultyS3) -> None:
    now = present()
    examined(now)
    begun, finished = [request for request in faulty_s3.requests if request.method == "POST"]
    assert begun.headers["x-amz-acl"] == "bucket-owner-full-control"
    assert f"/in/acme/date%3D{now:%Y-%m-%d}/" in begun.path
    assert finished.headers["if-none-match"] == "*"
    [part] = [request for request in faulty_s3.requests if request.method == "PUT"]
    assert "partNumber=1" in part.path


def test_a_bucket_that_is_not_there(s3_environment: None, s3_endpoint: str, tmp_path: Path) -> None:
    drop = open_drop("s3://no-such-bucket", DropSettings(partner_name="acme", endpoint_url=s3_endpoint), tmp_path)
    assert isinstance(drop, S3Drop)
    findings = {finding.check: finding for finding in drop.probe("acme", present())}
    for check in ("bucket", "read", "write"):
        assert findings[check].state == FAILED
        assert "check the bucket's name" in findings[check].hint


def test_a_server_that_does_not_answer(examined: Callable[..., Findings], faulty_s3: FaultyS3) -> None:
    faulty_s3.fail(RESET)
    findings = examined()
    assert {check for check, finding in findings.items() if finding.state == FAILED} == {"bucket", "read", "write"}
    assert "network" in findings["bucket"].hint


def test_no_credentials(
    examined: Callable[..., Findings], faulty_s3: FaultyS3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    findings = examined()
    assert findings["credentials"].state == FAILED
    assert findings["write"] == Finding("write", SKIPPED, "there are no credentials")
    assert faulty_s3.requests == []


@pytest.mark.parametrize(
    ("ends", "state", "words"),
    [
        (None, WARNING, "nothing says when they expire"),
        (-timedelta(minutes=1), FAILED, "expired"),
        (timedelta(minutes=30, seconds=10), WARNING, "expire in 30 minutes"),
        (timedelta(hours=5), OK, "valid until"),
    ],
)
def test_credentials_that_end(
    examined: Callable[..., Findings],
    monkeypatch: pytest.MonkeyPatch,
    ends: timedelta | None,
    state: str,
    words: str,
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "temporary")
    if ends:
        monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", (present() + ends).isoformat())
    finding = examined()["credentials"]
    assert (finding.state, words in finding.message) == (state, True)
    assert "temporary" not in finding.message.replace("by env, temporary, and", "")


def test_a_role(examined: Callable[..., Findings], faulty_s3: FaultyS3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", faulty_s3.endpoint)
    findings = examined(role_arn=ROLE)
    assert "renewed before they expire" in findings["credentials"].message
    assert "assumed-role/aam-writer/aam-export" in findings["account"].message
    faulty_s3.fail(403, when=lambda request: request.path == "/")
    findings = examined(role_arn=ROLE)
    assert findings["credentials"].state == FAILED
    assert f"can't assume {ROLE}" in findings["credentials"].message


def test_a_server_that_is_not_amazons_is_not_asked_for_an_account(examined: Callable[..., Findings]) -> None:
    assert examined()["account"].state == SKIPPED


@pytest.mark.parametrize(
    ("seconds", "state", "words"),
    [(-600, WARNING, "behind the server's"), (901, FAILED, "ahead of the server's"), (0, OK, "agrees")],
)
def test_a_clock_that_is_wrong(examined: Callable[..., Findings], seconds: int, state: str, words: str) -> None:
    finding = examined(now=present() + timedelta(seconds=seconds))["clock"]
    assert (finding.state, words in finding.message) == (state, True)


def test_a_region_that_is_another(bucket: str, s3_endpoint: str, tmp_path: Path) -> None:
    client = boto3.client("s3", endpoint_url=s3_endpoint, region_name="eu-west-1")
    client.create_bucket(Bucket=f"{bucket}-eu", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    drop = open_drop(f"s3://{bucket}-eu", DropSettings(partner_name="acme", endpoint_url=s3_endpoint), tmp_path)
    assert isinstance(drop, S3Drop)
    finding = {finding.check: finding for finding in drop.probe("acme", present())}["region"]
    assert (finding.state, finding.hint) == (WARNING, "set region: eu-west-1")


def test_tls(s3_environment: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drop: Drop = open_drop("beta", DropSettings(partner_name="acme", endpoint_url="https://127.0.0.1:9"), tmp_path)
    assert isinstance(drop, S3Drop)
    assert {finding.check: finding for finding in drop.probe("acme", present())}["TLS"].state == OK
