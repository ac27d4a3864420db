"""Projects and servers for the tests: built once a session, copied for every test that changes them."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import conformance
import gnupg
import pytest
import spark
import sweeps
from faulty_s3 import FaultyS3
from hypothesis import settings
from needs import missing
from postgres import NoServerError, Server, running_server
from sandbox import DUCKDB, PACKAGE, REPOSITORY, Sandbox, Warehouse
from spark import NoSparkError, SparkServer

from aam_export import masking

TALLY = pytest.StashKey[dict[str, int]]()

settings.register_profile("repeatable", derandomize=True, deadline=None, print_blob=True)
settings.load_profile("repeatable")


# What stands in for the pipeline: the lines that a test gives, always as if they had just been built.
SMALL_MODELS = {
    "inbound_changes": """
        select lines.*, 'new' as change, 'd_sid=1001' as profile, true as asserts_all, cast(null as varchar) as asserted,
            cast(null as varchar) as removed, cast(null as varchar) as still_to_remove,
            cast(null as varchar) as repeat_after_batch, cast(null as date) as refreshed_on
        from {{ ref('shop', 'lines') }} as lines""",
    "inbound_changes_full": "select * from {{ ref('inbound_changes') }}",
    "inbound_records": """
        select data_source, dpid, target_data_owner_dpid, sync_mode, user_id, line_number, line_count, record
        from {{ ref('inbound_changes') }}""",
    "inbound_profiles": """
        select data_source, user_id, profile from {{ ref('inbound_changes') }} where line_number = 1""",
    "inbound_delivered": "select '' as data_source, '' as user_id, '' as profile where false",
    "inbound_user_changes": """
        select '' as data_source, '' as user_id, '' as added, '' as taken_away, '' as deferred, '' as unclearable
        where false""",
    "inbound_change_totals": """
        select 'crm' as data_source, count(*) as users_desired, 0 as users_known, 0 as users_losing, count(*) as users_new,
            0 as users_changed, 0 as users_removed, 0 as users_refreshed, 0 as users_deferred, 0 as users_unclearable,
            (select coalesce(max(batch_id), '') from {{ ref('inbound_batches') }}) as base_batch_id
        from {{ ref('shop', 'lines') }}""",
    "inbound_change_summary": """
        select 'crm' as data_source, 'd_sid=1001' as signal, 'Trait' as trait_name, count(*) as users_added,
            0 as users_removed, 0 as users_refreshed, 0 as users_deferred, 0 as users_unclearable
        from {{ ref('shop', 'lines') }} having count(*) > 0""",
    "id_sync_pairs": "select * from {{ ref('shop', 'pairs') }}",
    "id_sync_changes": "select * from {{ ref('shop', 'pairs') }}",
    "id_sync_changes_full": "select * from {{ ref('shop', 'pairs') }}",
    "id_sync_records": "select id_sync, file_prefix, dpids, record from {{ ref('shop', 'pairs') }}",
    "id_sync_rejects": "select '' as id_sync, 0 as candidate_rows where false",
    "id_sync_collisions": "select '' as id_sync, '' as id_type where false",
    "id_sync_coverage": """
        select '' as data_source, true as needs_sync, 0 as records, 0 as records_synced, 0 as records_captured,
            0 as records_pending, 0 as records_unknown, 0 as users_on_hold
        where false""",
}
SMALL = {*SMALL_MODELS, "inbound_batches", "inbound_batch_lines"}
SMALL_FILES = {
    *("inbound_batches.sql", "inbound_batch_lines.sql", "input__aam_data_sources.sql", "input__aam_id_syncs.sql"),
    *("_aam_ledger__sources.yml", "_drop__exposures.yml"),
}


@pytest.fixture(autouse=True)
def secrets_of_this_test_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process knows the secrets of its project; the tests are many projects in one process."""
    monkeypatch.setattr(masking, "_known", set())
    monkeypatch.setattr(masking, "_masker", None)


@pytest.fixture(scope="session")
def built_small_project(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """A project whose lines are those of the tables `lines` and, for ID files, `pairs`, which tests fill; built."""
    project = DUCKDB.adopt(tmp_path_factory.mktemp("small"))
    project.own_package(tmp_path_factory.mktemp("small_package") / PACKAGE)
    project.configure({})
    header = "data_source,dpid,id_type,target_data_owner_dpid,refresh_mode,id_placement,description"
    project.declare(
        {
            "aam_data_sources": f"{header}\ncrm,100001,dpuuid,,sync,none,Customers\n",
            "aam_id_syncs": "id_sync,file_prefix,dpids,description\nbrowsers,adobe_id,0_100001,Browsers\n",
        }
    )
    for file in (project.package / "tests").glob("*.sql"):
        file.unlink()
    # It asks for the real inbound_changes, in whose place this project has a view.
    (project.package / "macros/overrides/check_configs.sql").write_text("{% macro check_configs() %}{% endmacro %}")
    models = project.package / "models/inbound"
    exposure = models / "drop/_drop__exposures.yml"
    lines = exposure.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if "ref('" not in line or any(f"'{name}'" in line for name in SMALL)]
    exposure.write_text("\n".join(kept), encoding="utf-8")
    for file in [file for file in models.rglob("*") if file.is_file() and file.name not in SMALL_FILES]:
        file.unlink()
    for name, sql in SMALL_MODELS.items():
        (models / f"{name}.sql").write_text("{{ config(materialized='view') }}" + sql, encoding="utf-8")
    project.write(
        "models/lines.sql",
        "{{ config(materialized='table') }}"
        " select 'crm' as data_source, '100001' as dpid, cast(null as varchar) as target_data_owner_dpid,"
        " 'sync' as sync_mode, 'User-' || i as user_id, 1 as line_number, 1 as line_count,"
        " 'User-' || i || chr(9) || 'd_sid=1001,ic=a' as record from range(1000) as t(i)",
    )
    project.write(
        "models/pairs.sql",
        "{{ config(materialized='table') }} select '' as id_sync, '' as file_prefix, '' as dpids, '' as record,"
        " 'new' as change where false",
    )
    (models / "_small__models.yml").write_text(
        "models: [{name: inbound_records, columns: [{name: record, data_tests: [not_null]}]}]", encoding="utf-8"
    )
    outcome = project.dbt("build")
    assert outcome.returncode == 0, outcome.stdout
    return project


@pytest.fixture
def small_project(built_small_project: Sandbox, tmp_path: Path) -> Sandbox:
    return built_small_project.copy(tmp_path / "project")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A PostgreSQL server; without one the test is skipped or, where AAM_TEST_REQUIRE_ALL is 1, fails."""
    with contextlib.ExitStack() as stack:
        try:
            server = stack.enter_context(running_server())
        except NoServerError as error:
            missing(str(error))
        yield server


@pytest.fixture(scope="session")
def spark_server() -> Iterator[SparkServer]:
    """A Spark Connect server; without one the test is skipped or, where AAM_TEST_REQUIRE_ALL is 1, fails."""
    with contextlib.ExitStack() as stack:
        try:
            server = stack.enter_context(spark.running_server())
        except NoSparkError as error:
            missing(str(error))
        yield server


@pytest.fixture(scope="session", params=["duckdb", "postgres"])
def warehouse(request: pytest.FixtureRequest) -> Warehouse:
    """Each warehouse in turn: what holds on one must hold on the other."""
    if request.param == "duckdb":
        return DUCKDB
    return Warehouse("postgres", request.getfixturevalue("postgres_server"))


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
            # parts may be small; objects are kept in memory all the same
            env={**os.environ, "S3_UPLOAD_PART_MIN_SIZE": "1", "MOTO_S3_DEFAULT_KEY_BUFFER_SIZE": "10000000"},
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


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder for a server of another user: pytest's own admit nobody but their owner."""
    folder = Path(tempfile.mkdtemp(prefix="aam-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def faulty_s3(s3_endpoint: str) -> Iterator[FaultyS3]:
    """The S3 server behind one that refuses, breaks off or loses answers as the test tells it."""
    with FaultyS3(s3_endpoint) as server:
        yield server


@pytest.fixture(scope="session")
def receiver_key() -> Iterator[tuple[Path, Callable[[bytes], bytes]]]:
    """A receiver's public key in a file, and what the receiver does with a file that was encrypted for it."""
    if shutil.which("gpg") is None:
        missing("there is no gpg (Debian: gnupg)")
    home = Path(tempfile.mkdtemp(prefix="gpg-"))  # not pytest's: the path of a socket is at most 108 bytes long
    try:
        gpg = gnupg.GPG(gnupghome=str(home))
        made = gpg.gen_key(
            gpg.gen_key_input(name_email="receiver@example.com", key_type="RSA", key_length=2048, no_protection=True)
        )
        (home / "public.asc").write_text(gpg.export_keys(made.fingerprint))

        def decrypt(data: bytes) -> bytes:
            opened = gpg.decrypt(data)
            assert opened.ok, opened.stderr
            text: bytes = opened.data
            return text

        yield home / "public.asc", decrypt
    finally:
        subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def tally(request: pytest.FixtureRequest) -> Callable[[str, int], None]:
    """Counts what the suite did, to be printed at its end."""
    counted: dict[str, int] = request.config.stash.setdefault(TALLY, {})

    def count(what: str, number: int) -> None:
        counted[what] = counted.get(what, 0) + number

    return count


def pytest_report_header() -> str:
    return f"sweeps: every place from {sweeps.FROM}, {sweeps.EVERY} apart (AAM_TEST_FROM, AAM_TEST_EVERY)"


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):  # one of several processes: pytest_testnodedown reads it
        session.config.workeroutput["tally"] = session.config.stash.get(TALLY, {})


class _WorkersTally:
    """Adds up what the processes of pytest-xdist counted."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        counted: dict[str, int] = node.config.stash.setdefault(TALLY, {})
        for what, number in getattr(node, "workeroutput", {}).get("tally", {}).items():
            counted[what] = counted.get(what, 0) + number


# What takes a minute or more of processor goes first, so that no process is left with it at the end.
LONGEST = (
    "test_postgres",
    "test_demo",
    "test_foreign_project",
    "test_gate",
    "test_crash_points",
    "test_crash_points_s3",
    "test_id_sync",
    "test_delta_model",
    "test_proposals",
    "test_feedback_models",
    "test_drop_conformance",
    "test_receive",
    "test_init",
    "test_add_to_your_project",
    "test_inbound_pipeline",
    "test_generic_tests",
    "test_report",
)


# Second servers of a protocol that another one speaks in the same cases.
SECOND_SERVERS = ("(rclone)", "(pyftpdlib)")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))
    for item in items:
        if _repeats_another(item):
            item.add_marker(pytest.mark.thorough)
        if "spark_server" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.spark)


def _repeats_another(item: pytest.Item) -> bool:
    """What is asked of PostgreSQL as of DuckDB, where test_postgres delivers from it, or of a second server."""
    params = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    return params.get("warehouse") == "postgres" or any(name in item.name for name in SECOND_SERVERS)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(_WorkersTally())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for what, number in config.stash.get(TALLY, {}).items():
        terminalreporter.write_line(f"{what}: {number}")
    reports = [
        (outcome, report.nodeid)
        for outcome, found in terminalreporter.stats.items()
        for report in found
        if isinstance(report, pytest.TestReport)
    ]
    for line in conformance.from_reports(reports):
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def plain_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`aam-export` as a wheel installs it, in an environment of its own that sees the packages of this one and not this checkout."""
    folder = tmp_path_factory.mktemp("plain")
    for name in ("pyproject.toml", "README.md", "LICENSE", "export"):
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(
                source, folder / "source" / name, ignore=shutil.ignore_patterns("*.egg-info", "__pycache__")
            )
        else:
            (folder / "source").mkdir(exist_ok=True)
            shutil.copy(source, folder / "source" / name)
    environment = folder / "environment"
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    build = ["wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(folder), str(folder / "source")]
    subprocess.run([*pip, *build], check=True, capture_output=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
    [wheel] = folder.glob("*.whl")
    python = str(environment / "bin" / "python")
    subprocess.run([*pip, "--python", python, "install", "--no-deps", "--no-index", str(wheel)], check=True)
    [packages] = environment.glob("lib/python*/site-packages")
    # A path that is named so is searched, and its own .pth files, which name this checkout, are not read.
    (packages / "others.pth").write_text(f"{Path(pytest.__file__).parents[1]}\n", encoding="utf-8")
    return environment / "bin" / "aam-export"
