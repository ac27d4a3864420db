"""Projects and servers for the tests: built once a session, copied for every test that changes them."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from hypothesis import settings
from sandbox import REPOSITORY, Sandbox

settings.register_profile("repeatable", derandomize=True, deadline=None, print_blob=True)
settings.load_profile("repeatable")

@pytest.fixture(scope="session")
def built_small_project(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """A project whose inbound_records is a view over the table `lines`, which tests fill as they like; built and tested."""
    folder = tmp_path_factory.mktemp("small")
    for name in ("dbt_project.yml", "macros"):
        source = REPOSITORY / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    shutil.copy(REPOSITORY / "profiles.yml.example", folder / "profiles.yml")
    project = Sandbox(folder)
    for name in ("_inbound__exposures.yml", "_aam_ledger__sources.yml"):
        project.write(
            f"models/inbound/{name}", (REPOSITORY / "models" / "inbound" / name).read_text(encoding="utf-8")
        )
    project.write(
        "models/lines.sql",
        "select 'crm' as data_source, '100001' as dpid, cast(null as varchar) as target_data_owner_dpid,"
        " 'sync' as sync_mode, 'User-' || i as user_id, 1 as line_number, 1 as line_count,"
        " 'User-' || i || chr(9) || 'd_sid=1001,ic=a' as record from range(1000) as t(i)",
    )
    project.write("models/inbound/inbound_records.sql", "{{ config(materialized='view') }} select * from {{ ref('lines') }}")
    project.write(
        "models/inbound/_inbound__models.yml",
        "models: [{name: inbound_records, columns: [{name: record, data_tests: [not_null]}]}]",
    )
    outcome = project.dbt("build")
    assert outcome.returncode == 0, outcome.stdout
    return project


@pytest.fixture
def small_project(built_small_project: Sandbox, tmp_path: Path) -> Sandbox:
    shutil.copytree(built_small_project.folder, tmp_path / "project")
    return Sandbox(tmp_path / "project")


@pytest.fixture(scope="session")
def s3_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real S3 server, of moto, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("moto") / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [str(Path(sys.executable).parent / "moto_server"), "-H", "127.0.0.1", "-p", str(port)],
            stdout=output,
            stderr=output,
        )
        endpoint = f"http://127.0.0.1:{port}"
        try:
            _wait_for(endpoint, server)
            yield endpoint
        finally:
            server.terminate()
            server.wait()


def _wait_for(endpoint: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert server.poll() is None, "the S3 server ended"
        try:
            with urllib.request.urlopen(endpoint, timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"no S3 server at {endpoint}")


@pytest.fixture
def s3_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "testing"),
        ("AWS_SECRET_ACCESS_KEY", "testing"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ):
        monkeypatch.setenv(name, value)


@pytest.fixture
def bucket(s3_endpoint: str, s3_environment: None, request: pytest.FixtureRequest) -> str:
    """An empty bucket of the test's own."""
    name = f"drop-{abs(hash(request.node.nodeid)) % 10**10}"
    boto3.client("s3", endpoint_url=s3_endpoint).create_bucket(Bucket=name)
    return name
