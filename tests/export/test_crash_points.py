"""A run is killed, or fails, at each of its side effects in turn; one normal run mends it (design, delivery 3 and 4)."""

from __future__ import annotations

import gzip
import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import boto3
import crash
import pytest
import tiny
from crash import DISK_FULL, HALF, KILLED, NEEDS_SPACE, Fault, Outcome
from sandbox import Sandbox

DAYS = ("2026-03-01", "2026-03-02")
Objects = dict[str, bytes]


def second_day() -> list[tiny.Signal]:
    """Somebody new, somebody gone, traits and values lost and gained."""
    signals = [signal for signal in tiny.first_day() if signal[1] != "Customer-5"]
    signals.remove(("crm", "Customer-0", "d_sid", "7001"))
    signals.remove(("crm", "Customer-1", "baskets", "1"))
    signals.remove(("site_user", "acc0x", "d_sid", "7101"))
    return [*signals, ("crm", "Customer-6", "d_sid", "7002"), ("crm", "Customer-1", "baskets", "11")]


@pytest.fixture(scope="module")
def second_day_project(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """One day delivered, the next one built: what is sent is new, changed, taken away and overwritten."""
    project = tiny.create(tmp_path_factory.mktemp("crash"))
    tiny.build(project, f"{DAYS[0]} 06:00:00")
    assert crash.run(project.folder, "run", "--now", f"{DAYS[0]}T08:00:00").exit_code == 0
    tiny.set_signals(project, second_day())
    tiny.build(project, f"{DAYS[1]} 06:00:00")
    return project


class FolderDrop:
    name = "file"

    def destination(self, folder: Path) -> str:
        return "file:target/aam_drop"

    def objects(self, folder: Path) -> Objects:
        root = folder / "target/aam_drop"
        return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


class BucketDrop:
    name = "s3"

    def __init__(self, endpoint: str, bucket: str) -> None:
        self._client = boto3.client("s3", endpoint_url=endpoint)
        self._bucket = bucket

    def destination(self, folder: Path) -> str:
        return f"s3://{self._bucket}/{folder.name}"

    def objects(self, folder: Path) -> Objects:
        listed = self._client.list_objects_v2(Bucket=self._bucket, Prefix=f"{folder.name}/").get("Contents", [])
        read = {item["Key"]: self._client.get_object(Bucket=self._bucket, Key=item["Key"]) for item in listed}
        return {key.removeprefix(f"{folder.name}/"): answer["Body"].read() for key, answer in read.items()}


Drop = FolderDrop | BucketDrop


def run(folder: Path, fault: Fault | None = None) -> Outcome:
    return crash.run(folder, "run", "--now", f"{DAYS[1]}T08:00:00", "--accept-removals", "9", fault=fault)


def copy_of(project: Sandbox, tmp_path: Path, name: str) -> Path:
    return Path(shutil.copytree(project.folder, tmp_path / name))


def assert_mended(folder: Path, drop: Drop, expected: list[str], case: str) -> None:
    """The drop holds each file of the ledger once, decodes, and says what the build said; nothing else is left."""
    objects = drop.objects(folder)
    project = Sandbox(folder)
    delivered = project.query("select url, size, lines, sha256 from aam_files where event = 'delivered' order by url")
    states = project.query("select batch_id, count(*) from aam_batches where event = 'committed' group by 1 order by 1")
    assert len(states) == 2, f"{case}: {states}"
    assert all(count == 1 for _, count in states), f"{case}: committed twice"
    assert len(objects) == len({url for url, *_ in delivered}), f"{case}: {sorted(objects)} and {delivered}"
    for url, size, lines, sha256 in delivered:
        [content] = [data for key, data in objects.items() if url.endswith(key)]
        assert (len(content), hashlib.sha256(content).hexdigest()) == (size, sha256), f"{case}: {url}"
        assert len(gzip.decompress(content).splitlines()) == lines, f"{case}: {url}"
    newest = states[-1][0]
    sent = [
        line for key, data in objects.items() if newest in key for line in gzip.decompress(data).decode().splitlines()
    ]
    assert sorted(sent) == expected, case
    staging = folder / "target/aam_staging"
    assert not staging.exists() or not list(staging.iterdir()), f"{case}: something is left in the staging folder"


@pytest.fixture(params=["file", "s3"])
def drop(request: pytest.FixtureRequest) -> Drop:
    if request.param == "file":
        return FolderDrop()
    return BucketDrop(request.getfixturevalue("s3_endpoint"), request.getfixturevalue("bucket"))


@pytest.fixture
def project(second_day_project: Sandbox, drop: Drop, tmp_path: Path, request: pytest.FixtureRequest) -> Sandbox:
    """The second day, for the drop of the test; for a bucket, the first day is sent there as well."""
    if drop.name == "file":
        return second_day_project
    raise NotImplementedError


def test_killed_at_every_side_effect(
    second_day_project: Sandbox, tmp_path: Path, tally: Callable[[str, int], None]
) -> None:
    drop = FolderDrop()
    expected = sorted(record for (record,) in second_day_project.query("select record from inbound_records"))
    clean = copy_of(second_day_project, tmp_path, "clean")
    effects = run(clean).effects
    assert_mended(clean, drop, expected, "no fault")
    faults = [Fault(number) for number in range(1, len(effects) + 1)]
    faults += [
        Fault(number, HALF)
        for number, effect in enumerate(effects, start=1)
        if effect in ("file open", "file copyfile")
    ]
    for fault in faults:
        folder = copy_of(second_day_project, tmp_path, "case")
        assert run(folder, fault).exit_code == KILLED
        mended = run(folder)
        case = f"{fault} ({effects[fault.number - 1]})"
        assert mended.exit_code == 0, f"{case}: {mended.output}"
        assert_mended(folder, drop, expected, case)
        shutil.rmtree(folder)
    tally("crash points killed at, folder", len(faults))


def test_disk_full_at_every_file_operation(
    second_day_project: Sandbox, tmp_path: Path, tally: Callable[[str, int], None]
) -> None:
    drop = FolderDrop()
    expected = sorted(record for (record,) in second_day_project.query("select record from inbound_records"))
    effects = run(copy_of(second_day_project, tmp_path, "clean")).effects
    numbers = [number for number, effect in enumerate(effects, start=1) if effect in NEEDS_SPACE]
    for number in numbers:
        for persistent in (False, True):
            folder = copy_of(second_day_project, tmp_path, "case")
            fault = Fault(number, DISK_FULL, persistent)
            failed = run(folder, fault)
            case = f"{fault} ({effects[number - 1]})"
            assert "Traceback" not in failed.output, f"{case}: {failed.output}"
            assert failed.exit_code in (0, 1), f"{case}: {failed.output}"
            mended = run(folder)
            assert mended.exit_code == 0, f"{case}: {mended.output}"
            assert_mended(folder, drop, expected, case)
            shutil.rmtree(folder)
    tally("failures of the disk, folder", 2 * len(numbers))
