"""Whole runs: from the frozen batch to the drop (V1, V2), and what is left when something goes wrong on the way."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import boto3
import pytest
from faulty_s3 import LOSE, RESET, FaultyS3
from sandbox import Sandbox

from aam_export.clock import Clock
from aam_export.delivery import run as delivery
from aam_export.delivery import safeguards
from aam_export.delivery.results import DeliveredBatch, RunResult
from aam_export.drops import Drop, open_drop
from aam_export.errors import AamExportError, BusyError, ConflictError, DropError, GateError, StagingError
from aam_export.files.content import FileContent, StagedFile
from aam_export.ledger import LedgerContext, hold_lease
from aam_export.progress import Reporter
from aam_export.project import Project, load_project
from aam_export.proof.gate import Proof, check_gate
from aam_export.warehouses import Warehouse, connect
from aam_export.warehouses.duckdb import DuckDBWarehouse

NOW = datetime(2026, 1, 31, 8, tzinfo=timezone.utc)
OWNER = "acme-grocers"


@pytest.fixture(autouse=True)
def quick_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")


def loaded(project: Sandbox) -> Project:
    folder = str(project.folder)
    return load_project(project_dir=folder, profiles_dir=folder)


def run(project: Sandbox, destination: str | None = None, *, now: datetime = NOW, full: bool = False) -> RunResult:
    return delivery.run(loaded(project), destination, Clock(now), Reporter(quiet=True), full=full)


@pytest.fixture
def project(small_project: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    monkeypatch.chdir(small_project.folder)
    return small_project


@pytest.fixture
def in_three_files(project: Sandbox) -> Sandbox:
    """The same lines, split."""
    manifest = project.folder / "target" / "manifest.json"
    manifest.write_text(
        manifest.read_text(encoding="utf-8").replace('"split_compressed_mb": 250', '"split_compressed_mb": 0.004')
    )
    return project


def in_folder(project: Sandbox) -> dict[str, bytes]:
    """Every file of the drop, also hidden and temporary ones, by its name."""
    folder = project.folder / "target" / "aam_drop"
    return {path.name: path.read_bytes() for path in sorted(folder.rglob("*")) if not path.is_dir()}


def in_bucket(endpoint: str, bucket: str) -> dict[str, bytes]:
    """Every version of every object; a name that was written twice fails."""
    client = boto3.client("s3", endpoint_url=endpoint)
    versions = client.list_object_versions(Bucket=bucket).get("Versions", [])
    found = {
        item["Key"].rsplit("/", 1)[1]: client.get_object(Bucket=bucket, Key=item["Key"])["Body"].read()
        for item in versions
    }
    assert len(found) == len(versions), "an object was written twice"
    return found


@pytest.fixture
def store(bucket: str, s3_endpoint: str, faulty_s3: FaultyS3, monkeypatch: pytest.MonkeyPatch) -> str:
    """A bucket behind the server that fails as it is told."""
    boto3.client("s3", endpoint_url=s3_endpoint).put_bucket_versioning(
        Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}
    )
    monkeypatch.setenv("AWS_ENDPOINT_URL", faulty_s3.endpoint)
    return bucket


def without_timestamp(files: dict[str, bytes]) -> dict[str, bytes]:
    return {re.sub(r"_\d{10}\.", "_T.", name): data for name, data in files.items()}


def files_of(batch: DeliveredBatch, files: dict[str, bytes]) -> dict[str, bytes]:
    """Those of the files in a drop that a batch delivered."""
    return {file.name: files[file.name] for file in batch.files}


def lines(files: dict[str, bytes]) -> list[bytes]:
    return sorted(line for data in files.values() for line in gzip.decompress(data).splitlines())


def expected_lines() -> list[bytes]:
    return sorted(f"User-{number}\td_sid=1001,ic=a".encode() for number in range(1000))


class Meddling:
    """A drop, with something happening just before each file is put into it."""

    def __init__(self, drop: Drop, meddle: Callable[[StagedFile], None]) -> None:
        self._drop = drop
        self._meddle = meddle
        self.destination = drop.destination

    def __getattr__(self, name: str) -> Any:
        return getattr(self._drop, name)

    def put(self, file: StagedFile, key: str, **more: Any) -> FileContent:
        self._meddle(file)
        return self._drop.put(file, key, **more)


def meddle_with(monkeypatch: pytest.MonkeyPatch, what: Callable[[StagedFile], None]) -> None:
    monkeypatch.setattr(delivery, "open_drop", lambda *given: Meddling(open_drop(*given), what))


def test_a_folder_and_a_bucket_get_the_same_bytes(
    in_three_files: Sandbox, store: str, s3_endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = in_three_files.copy(tmp_path / "other")
    [batch] = run(in_three_files).batches
    assert len(batch.files) > 2
    monkeypatch.chdir(other.folder)  # a drop has a ledger of its own
    run(other, f"s3://{store}/in")
    folder = in_folder(in_three_files)
    assert set(folder) == {file.name for file in batch.files}
    assert without_timestamp(in_bucket(s3_endpoint, store)) == without_timestamp(folder)
    assert lines(folder) == expected_lines()
    drop = in_three_files.folder / "target" / "aam_drop"
    assert {str(path.parent.relative_to(drop)) for path in drop.rglob("*.gz")} == {f"{OWNER}/date=2026-01-31"}


@pytest.mark.parametrize("where", ["file", "s3"])
def test_a_staged_file_that_is_corrupted_is_not_delivered(
    in_three_files: Sandbox, store: str, s3_endpoint: str, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def corrupt(file: StagedFile) -> None:
        if file.name.split_number == 2:
            data = bytearray(file.path.read_bytes())
            data[len(data) // 2] ^= 1
            file.path.write_bytes(data)

    destination = f"s3://{store}/in" if where == "s3" else None

    def delivered() -> dict[str, bytes]:
        return in_bucket(s3_endpoint, store) if where == "s3" else in_folder(in_three_files)

    with monkeypatch.context() as patch:
        meddle_with(patch, corrupt)
        with pytest.raises(StagingError, match=r"sync\.2\.gz changed since it was verified"):
            run(in_three_files, destination)
    assert "2" not in {name.split(".")[2] for name in delivered()}
    [resumed, *_] = run(in_three_files, destination).batches
    assert resumed.resumed
    first = files_of(resumed, delivered())
    assert lines(first) == expected_lines(), "one rerun mends it"


@pytest.mark.parametrize("how", [503, 403, RESET, LOSE])
def test_a_bucket_that_fails_for_ever_and_then_recovers_gets_each_file_once(
    in_three_files: Sandbox, store: str, s3_endpoint: str, faulty_s3: FaultyS3, how: int | str
) -> None:
    faulty_s3.fail(how, when=lambda request: request.method == "PUT" and ".2.gz" in request.path)
    with pytest.raises(DropError) as caught:
        run(in_three_files, f"s3://{store}/in")
    assert caught.value.exit_code == 1
    assert ".2.gz" in str(caught.value)
    faulty_s3.heal()
    [resumed, *_] = run(in_three_files, f"s3://{store}/in").batches
    assert resumed.resumed
    first = files_of(resumed, in_bucket(s3_endpoint, store))
    assert lines(first) == expected_lines()


@pytest.mark.parametrize("how", [500, RESET, LOSE])
def test_a_bucket_that_fails_for_a_while_gets_each_file_once(
    in_three_files: Sandbox, store: str, s3_endpoint: str, faulty_s3: FaultyS3, how: int | str
) -> None:
    faulty_s3.fail(how, times=1)
    faulty_s3.fail(how, times=1, when=lambda request: request.method == "PUT")
    [batch] = run(in_three_files, f"s3://{store}/in").batches
    assert not batch.resumed
    assert lines(in_bucket(s3_endpoint, store)) == expected_lines()


def test_a_bucket_that_can_not_be_reached_begins_no_batch(
    project: Sandbox, store: str, faulty_s3: FaultyS3, s3_endpoint: str
) -> None:
    """The bucket is looked at before anything is frozen: another day's run is not bound to finish this one."""
    faulty_s3.fail(503)
    with pytest.raises(DropError, match="can't look at"):
        run(project, f"s3://{store}/in")
    faulty_s3.heal()
    [batch] = run(project, f"s3://{store}/in").batches
    assert not batch.resumed
    assert lines(in_bucket(s3_endpoint, store)) == expected_lines()


def test_a_dbt_command_that_begins_meanwhile_stops_the_run(project: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its tables may be in the midst of being replaced: nothing of them is frozen."""

    def begin(asked: Project, warehouse: Warehouse) -> Proof:
        proof = check_gate(asked, warehouse)
        warehouse.execute("insert into aam_proofs (invocation_id, event, node_id) values ('another', 'began', 'x')")
        return proof

    monkeypatch.setattr(safeguards, "check_gate", begin)
    with pytest.raises(GateError, match="another dbt command began"):
        run(project)
    assert project.query("select count(*) from aam_batches") == [(0,)]
    assert project.query("select count(*) from aam_batch_records") == [(0,)]


def test_a_name_that_is_taken_stops_the_run(project: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def take(file: StagedFile) -> None:
        final = project.folder / "target" / "aam_drop" / OWNER / "date=2026-01-31" / str(file.name)
        final.parent.mkdir(parents=True, exist_ok=True)
        final.write_bytes(b"somebody else's")

    meddle_with(monkeypatch, take)
    with pytest.raises(ConflictError):
        run(project)
    assert list(in_folder(project).values()) == [b"somebody else's"]


@pytest.mark.parametrize("full", [False, True])
def test_a_batch_is_finished_as_it_was_begun(
    in_three_files: Sandbox, monkeypatch: pytest.MonkeyPatch, full: bool
) -> None:
    """Two days later, with other settings and perhaps `--full`: in the folder of its day, under its names (N1, N3; R10)."""

    def fail(file: StagedFile) -> None:
        if file.name.split_number == 2:
            raise DropError("no", hint="no")

    with monkeypatch.context() as patch:
        meddle_with(patch, fail)
        with pytest.raises(DropError):
            run(in_three_files)
    manifest = in_three_files.folder / "target" / "manifest.json"
    manifest.write_text(manifest.read_text().replace("acme-grocers", "other-grocers").replace("0.004", "250"))
    begun, new = run(in_three_files, now=NOW + timedelta(days=2), full=full).batches
    assert (begun.resumed, new.resumed) == (True, False)
    assert {file.url.split("aam_drop/")[1].rpartition("/")[0] for file in begun.files} == {f"{OWNER}/date=2026-01-31"}
    assert {file.url.split("aam_drop/")[1].rpartition("/")[0] for file in new.files} == {
        "other-grocers/date=2026-02-02"
    }
    assert len(begun.files) > 2
    assert len(new.files) == 1
    assert lines(files_of(begun, in_folder(in_three_files))) == expected_lines()


class Shared(DuckDBWarehouse):
    """DuckDB as if other processes could write to it meanwhile, as they can in most warehouses."""

    exclusive = False


def opened(project: Sandbox, at: datetime) -> LedgerContext:
    warehouse = connect(loaded(project).target, read_only=False)
    assert isinstance(warehouse, DuckDBWarehouse)
    return LedgerContext(Shared(warehouse._connection, warehouse.place), loaded(project), Clock(at))


def test_of_two_runs_at_once_one_works(project: Sandbox) -> None:
    with hold_lease(opened(project, NOW)):
        second = hold_lease(opened(project, NOW + timedelta(minutes=5)))
        with pytest.raises(BusyError, match=r"another run holds the drop: process \d+ on .+, for \d+ s") as caught:
            second.__enter__()
        assert caught.value.exit_code == 4
    with hold_lease(opened(project, NOW + timedelta(minutes=5))):
        pass  # it was given back


def test_a_lease_that_a_dead_run_left_ends_by_itself(project: Sandbox) -> None:
    with (
        hold_lease(opened(project, NOW)) as dead,
        hold_lease(opened(project, NOW + timedelta(minutes=11))) as newer,
    ):
        newer.require()
        with pytest.raises(BusyError, match="expired"):
            dead.require()
    with hold_lease(opened(project, NOW + timedelta(days=9))), hold_lease(opened(project, NOW)):
        pass  # one that ends later than any lease could is a clock's mistake


def test_a_run_that_slept_too_long_commits_nothing(in_three_files: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before its last file another run took the drop over; the next run finishes the batch, and sends no file twice."""

    def sleep(file: StagedFile) -> None:
        if file.name.split_number == 3:
            monkeypatch.setattr(Clock, "now", lambda clock: NOW + timedelta(minutes=11))

    with monkeypatch.context() as patch:
        meddle_with(patch, sleep)
        with pytest.raises(BusyError, match="expired"):
            run(in_three_files)
    assert in_three_files.query("select event from aam_batches") == [("opened",)]
    before = in_folder(in_three_files)
    monkeypatch.undo()
    monkeypatch.chdir(in_three_files.folder)
    finished, _ = run(in_three_files).batches
    assert finished.resumed
    after = files_of(finished, in_folder(in_three_files))
    assert before.items() <= after.items()
    assert lines(after) == expected_lines()


def test_whatever_fails_leaves_no_staged_file_under_the_drop(project: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(file: StagedFile) -> None:
        raise DropError("no", hint="no")

    meddle_with(monkeypatch, fail)
    with pytest.raises(AamExportError):
        run(project)
    assert in_folder(project) == {}
