"""Secrets stay in the environment (V12): canaries are planted, and all that runs of every outcome write is searched."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import api_server
import duckdb
import pytest
from faulty_s3 import LOSE, RESET, FaultyS3
from sandbox import Sandbox

from aam_export.drops import open_drop
from aam_export.drops.s3.put import S3Drop
from aam_export.settings import DropSettings

CANARIES = {
    "AWS_ACCESS_KEY_ID": "AKIACANARYCANARYCANA",
    "AWS_SECRET_ACCESS_KEY": "canary-secret-access-key",
    "AWS_SESSION_TOKEN": "canary-session-token",
    "AAM_DROP_PASSWORD": "canary-drop-password",
    "AAM_DROP_KEY_PASSPHRASE": "canary-key-passphrase",
    "AAM_MAIL_PASSWORD": "canary-mail-password",
    "AAM_API_CLIENT_SECRET": "canary-api-secret",
}
IN_URL = "canary-in-url"
TRIED = "secrets x outcomes tried, none of them written"
ROLE = "arn:aws:iam::123456789012:role/aam-writer"
# moto's answers to AssumeRole hold keys with these beginnings.
ISSUED = ("ASIA", "FQoGZXIvYXdzE")


class Run:
    """Commands in a project, at debug level, with every canary in the environment; what they printed is kept."""

    def __init__(self, project: Sandbox, endpoint: str) -> None:
        self._project = project
        self._env = {
            **CANARIES,
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_MAX_ATTEMPTS": "2",
        }
        self.printed = ""
        self.outcomes = 0

    def __call__(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        env = {**self._env, **environment}
        outcome = self._project.export(*arguments, "--log-level", "debug", env=env)
        self.printed += outcome.stdout + outcome.stderr
        self.outcomes += 1
        return outcome


@pytest.fixture
def run(small_project: Sandbox, faulty_s3: FaultyS3, tally: Callable[[str, int], None]) -> Iterator[Run]:
    """And what all of it wrote, in the end, holds no canary."""
    running = Run(small_project, faulty_s3.endpoint)
    yield running
    written = {str(path): path.read_bytes() for path in small_project.folder.rglob("*") if path.is_file()}
    with duckdb.connect(str(small_project.database), read_only=True) as connection:  # which compresses its texts
        tables = connection.sql("select table_name from duckdb_tables()").fetchall()
        for (table,) in tables:
            written[table] = str(connection.sql(f'from "{table}"').fetchall()).encode()
    written["printed"] = running.printed.encode()
    secrets = (*CANARIES.values(), IN_URL, *ISSUED)
    for where, data in written.items():
        for secret in secrets:
            assert secret.encode() not in data, f"{secret} in {where}"
    tally(TRIED, len(secrets) * running.outcomes)


def settings(project: Sandbox, old: str, new: str) -> None:
    manifest = project.folder / "target" / "manifest.json"
    text = manifest.read_text(encoding="utf-8")
    assert old in text
    manifest.write_text(text.replace(old, new), encoding="utf-8")


def test_a_delivery(run: Run, bucket: str) -> None:
    destination = ("--destination", f"s3://{bucket}/in")
    for command in ("plan", "doctor", "run"):
        outcome = run(command, *destination, "--json")
        assert outcome.returncode == 0, outcome.stderr
    assert run("status", "--json").returncode == 0
    for said in ("aam_export.delivery.uploads: Putting s3://", 'HTTP/1.1" 200'):
        assert said in run.printed, "debug level says what happens"


def test_a_role(run: Run, small_project: Sandbox, bucket: str, faulty_s3: FaultyS3) -> None:
    settings(small_project, '"max_removal_pct": 20', f'"max_removal_pct": 20, "role_arn": "{ROLE}"')
    destination = ("--destination", f"s3://{bucket}/in")
    assert run("run", *destination).returncode == 0
    assert run("doctor", *destination).returncode == 0
    faulty_s3.fail(403, when=lambda request: request.path == "/")
    outcome = run("doctor", *destination)
    assert outcome.returncode == 1
    assert f"can't assume {ROLE}" in outcome.stdout


@pytest.mark.parametrize("how", [403, RESET, LOSE])
def test_a_bucket_that_fails(run: Run, bucket: str, faulty_s3: FaultyS3, how: int | str) -> None:
    faulty_s3.fail(how, when=lambda request: request.method in ("PUT", "POST"))
    for command in ("doctor", "run"):
        outcome = run(command, "--destination", f"s3://{bucket}/in")
        assert outcome.returncode == 1, outcome.stderr
        assert "Traceback" not in outcome.stderr


@pytest.mark.parametrize("scheme", ["sftp://acme:", "s3://acme:", "gopher://"])
def test_a_destination_with_a_password(run: Run, scheme: str) -> None:
    for command, code in (("doctor", 1), ("run", 2)):
        outcome = run(command, "--destination", f"{scheme}{IN_URL}@127.0.0.1:9/in")
        assert outcome.returncode == code, outcome.stderr
        assert "Traceback" not in outcome.stderr


def test_a_secret_in_the_exposure(run: Run, small_project: Sandbox) -> None:
    """The manifest that dbt wrote of it is not ours to mend: it is named, and what was read there not repeated."""
    manifest = small_project.folder / "target" / "manifest.json"
    before = manifest.read_bytes()
    settings(small_project, '"max_removal_pct": 20', f'"max_removal_pct": 20, "password": "{IN_URL}"')
    outcome = run("run")
    assert outcome.returncode == 2
    assert "unknown setting 'password'" in outcome.stderr
    assert "secrets come from the environment only" in outcome.stderr
    manifest.write_bytes(before)


def test_the_api_is_asked(run: Run) -> None:
    """Its login repeats what is wrong. The password of a mail server is in test_receive, where answers are read."""
    with api_server.running() as server:
        outcome = run("account", **{**server.environment, "AAM_API_CLIENT_SECRET": CANARIES["AAM_API_CLIENT_SECRET"]})
    assert outcome.returncode == 2
    assert "gives no token: 401 Unauthorized, not " in outcome.stderr


# What no secret can be, and what libraries would otherwise repeat of it.
UNUSABLE = {
    "a line end": b"SECRETTOKENofmine\n",
    "bytes that are not UTF-8": b"SECRET\xffTOKENofmine",
    "a line end ": b"SECRET\rTOKENofmine",
}


@pytest.mark.parametrize(("why", "value"), UNUSABLE.items())
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("AWS_SESSION_TOKEN", ("run", "--destination", "s3://acme-inbox/in")),
        ("AWS_SECRET_ACCESS_KEY", ("run", "--destination", "s3://acme-inbox/in")),
        ("HTTPS_PROXY", ("run", "--destination", "s3://acme-inbox/in")),
        ("AAM_DROP_PASSWORD", ("run", "--destination", "sftp://acme@127.0.0.1:9/in")),
        ("AAM_DROP_KEY_PASSPHRASE", ("run", "--destination", "ftps://acme@127.0.0.1:9/in")),
        ("AAM_API_TOKEN", ("account",)),
    ],
)
def test_a_secret_that_can_not_be_right(
    small_project: Sandbox,
    tally: Callable[[str, int], None],
    name: str,
    arguments: tuple[str, ...],
    why: str,
    value: bytes,
) -> None:
    """Refused by the variable's name, before any connection; the file descriptors tell what was really written."""
    command = [sys.executable, "-m", "aam_export", *arguments, "--log-level", "debug", "--json"]
    outcome = subprocess.run(
        command,
        cwd=small_project.folder,
        env={**os.environb, b"AAM_API_CLIENT_ID": b"acme", name.encode(): value, b"PYTHONFAULTHANDLER": b"1"},
        capture_output=True,
        check=False,
    )
    assert outcome.returncode == 2, outcome.stderr
    assert f"{name} holds {why.strip()}".encode() in outcome.stderr
    assert b"Traceback" not in outcome.stderr
    for written in (outcome.stdout, outcome.stderr):
        for part in (b"SECRET", b"TOKENofmine"):
            assert part not in written.replace(name.encode(), b"")
    tally(TRIED, 1)


def test_files_of_ids_are_for_their_owner_alone(
    run: Run, small_project: Sandbox, bucket: str, faulty_s3: FaultyS3
) -> None:
    """While they wait to be sent, which a failure shows."""
    faulty_s3.fail(403, when=lambda request: request.method in ("PUT", "POST"))
    assert run("run", "--destination", f"s3://{bucket}/in").returncode == 1
    staging = small_project.folder / "target" / "aam_staging"
    waiting = [path for path in staging.rglob("*") if path.is_file()]
    assert waiting
    assert {stat.S_IMODE(path.stat().st_mode) for path in waiting} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (staging, *(path.parent for path in waiting))} == {0o700}


def test_what_a_drop_shows_of_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a debugger, or in a log line of somebody's own."""
    for name, value in CANARIES.items():
        monkeypatch.setenv(name, value)
    drop = open_drop("beta", DropSettings(partner_name="acme", role_arn=ROLE), tmp_path)
    assert isinstance(drop, S3Drop)
    bucket = drop.bucket
    for shown in (drop, bucket, bucket.session, bucket.client, bucket.settings, bucket.session.get_credentials()):
        for secret in CANARIES.values():
            assert secret not in f"{shown!r} {shown!s}"
