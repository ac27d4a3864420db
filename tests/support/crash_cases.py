"""A project on the evening before its second delivery, into a folder or a bucket, and what must hold after it."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import botocore.config
import botocore.retries.standard
import crash
import tiny
from crash import HALF, Fault, Outcome
from receiver import NAME, SIGNAL, Receiver, User, realised_by
from sandbox import DUCKDB, Sandbox, Warehouse
from sweeps import share

from aam_export.drops import Patience
from aam_export.drops.s3 import put
from aam_export.drops.s3.put import S3Drop
from aam_export.settings import MEGABYTE, DropSettings

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

DAYS = ("2026-03-01", "2026-03-02")
PART_BYTES = 80  # so that one file of the second day goes in parts, and others don't
READ_TIMEOUT = 1  # seconds; only SILENT makes a run wait for them
Objects = dict[str, bytes]
State = dict[User, set[str]]


def second_day() -> list[tiny.Signal]:
    """Somebody new, somebody gone, traits and values lost and gained."""
    signals = [signal for signal in tiny.first_day() if signal[1] != "Customer-5"]
    signals.remove(("crm", "Customer-0", "d_sid", "7001"))
    signals.remove(("crm", "Customer-1", "baskets", "1"))
    signals.remove(("site_user", "acc0x", "d_sid", "7101"))
    return [*signals, ("crm", "Customer-6", "d_sid", "7002"), ("crm", "Customer-1", "baskets", "11")]


class FolderDrop:
    """target/aam_drop, which is copied with the project."""

    destination = "file:target/aam_drop"

    def reset(self) -> None:
        return

    def objects(self, folder: Path) -> Objects:
        """Every file by its key, hidden and temporary ones too."""
        root = folder / "target/aam_drop"
        return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


class BucketDrop:
    """A bucket, which `reset` brings back to what `keep` found in it."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self.destination = f"s3://{bucket}/in"
        self._client = client
        self._bucket = bucket
        self._kept: Objects = {}
        self.can_be_listed = True  # by the runs: where they can't look, nobody can clear away what a lost answer left
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})

    def keep(self, folder: Path) -> None:
        self._kept = self.objects(folder)

    def reset(self) -> None:
        for upload in self._client.list_multipart_uploads(Bucket=self._bucket).get("Uploads", []):
            self._client.abort_multipart_upload(Bucket=self._bucket, Key=upload["Key"], UploadId=upload["UploadId"])
        for item in self._client.list_object_versions(Bucket=self._bucket).get("Versions", []):
            if item["Key"].removeprefix("in/") not in self._kept:
                self._client.delete_object(Bucket=self._bucket, Key=item["Key"], VersionId=item["VersionId"])

    def objects(self, folder: Path) -> Objects:
        uploads = self._client.list_multipart_uploads(Bucket=self._bucket).get("Uploads", [])
        assert not uploads or not self.can_be_listed, "parts are left in the bucket"
        versions = self._client.list_object_versions(Bucket=self._bucket).get("Versions", [])
        assert len({item["Key"] for item in versions}) == len(versions), "an object was written twice"
        return {
            item["Key"].removeprefix("in/"): self._client.get_object(Bucket=self._bucket, Key=item["Key"])[
                "Body"
            ].read()
            for item in versions
        }


Drop = FolderDrop | BucketDrop


@dataclass(frozen=True)
class Case:
    """One day delivered and the next one built: what is to be sent is new, changed, taken away and overwritten.

    `lines` are the second day's, sorted; `state` is what Audience Manager holds once both days have arrived; `receives`
    makes a new Audience Manager.
    """

    project: Sandbox
    drop: Drop
    lines: list[str]
    state: State
    receives: Callable[[], Receiver]


def prepare(folder: Path, drop: Drop, warehouse: Warehouse = DUCKDB) -> Case:
    project = tiny.create(folder, warehouse)
    tiny.build(project, f"{DAYS[0]} 06:00:00")
    outcome = run(folder, drop, day=0)
    assert outcome.exit_code == 0, outcome.output
    if isinstance(drop, BucketDrop):
        drop.keep(folder)
    tiny.set_signals(project, second_day())
    tiny.build(project, f"{DAYS[1]} 06:00:00")
    lines = sorted(record for (record,) in project.query("select record from inbound_records"))
    sources = {
        row[0]: row for row in project.query("select data_source, dpid, target_data_owner_dpid from aam_data_sources")
    }
    receives = receiver_of(project)
    state: State = {}
    # What no file can take away is held on, and reported.
    for source, user_id, signals in project.query(
        "select data_source, user_id, profile from inbound_profiles "
        "union all select data_source, user_id, signals from inbound_unclearable"
    ):
        _, dpid, owner = sources[source]
        user = (dpid, owner or dpid, user_id)
        state.setdefault(user, set()).update(receives().effects(user[1], signal) for signal in SIGNAL.findall(signals))
    project.lighten()
    return Case(project, drop, lines, state, receives)


def quick_s3() -> None:
    """In the process of a run: small parts, one after the other so that requests can be numbered, and no pauses."""
    open_s3 = put.open_s3

    def open_quick(bucket: str, prefix: str, destination: str, settings: DropSettings, patience: Patience) -> S3Drop:
        few = {"part_mb": PART_BYTES / MEGABYTE, "parallel_parts": 1, "parallel_files": 1}
        quick = settings.model_copy(update=few)  # smaller parts than Amazon takes, which is not checked here
        return open_s3(bucket, prefix, destination, quick, Patience(attempts=2, silence=READ_TIMEOUT))

    vars(put)["open_s3"] = open_quick
    backoff = botocore.retries.standard.ExponentialBackoff
    setattr(backoff, "delay_amount", lambda *_: 0)  # noqa: B010


def run(folder: Path, drop: Drop, fault: Fault | None = None, *, day: int = 1) -> Outcome:
    """`aam-export run` on a day, as a process of its own."""
    arguments = ("--destination", drop.destination, "--now", f"{DAYS[day]}T08:00:00", "--accept-removals", "9")
    return crash.run(folder, "run", *arguments, fault=fault, setup=quick_s3)


@contextlib.contextmanager
def copy_of(case: Case, tmp_path: Path) -> Iterator[Sandbox]:
    """The evening before the second day's run, once more."""
    case.drop.reset()
    project = case.project.copy(tmp_path / "case")
    yield project
    shutil.rmtree(project.folder)


def receiver_of(project: Sandbox) -> Callable[[], Receiver]:
    columns = ("trait_id", "dpid", "signal_key", "signal_value")
    traits = [
        dict(zip(columns, row, strict=True)) for row in project.query(f"select {', '.join(columns)} from aam_traits")
    ]
    effects = realised_by(traits)
    return lambda: Receiver(effects, timedelta(hours=1), random.Random(0))


def applied(case: Case, objects: Objects) -> State:
    """What Audience Manager makes of the objects, day by day."""
    by_day = case.receives()
    for number, day in enumerate(DAYS):
        moment = datetime.fromisoformat(day) + timedelta(days=number)
        for key, data in objects.items():
            if f"date={day}/" in key:
                by_day.receive(key.rpartition("/")[2], gzip.decompress(data).decode().splitlines(), moment)
        by_day.advance(moment + timedelta(days=1))
    return {user: signals for user, signals in by_day.profiles.items() if signals}


PROFILES = "select data_source, user_id, profile from {} where profile <> ''"
SAME = (("inbound_profiles", "inbound_delivered"), ("inbound_delivered", "inbound_profiles"))


def assert_mended(project: Sandbox, case: Case, about: str) -> None:
    """The drop holds each file of the ledger once, byte for byte; together they bring about the state that was built."""
    objects = case.drop.objects(project.folder)
    delivered, states, *differing = project.queries(
        "select url, size, lines, sha256 from aam_files where event = 'delivered' order by url",
        "select batch_id, count(*) from aam_batches where event = 'committed' group by 1 order by 1",
        *(f"{PROFILES.format(one)} except {PROFILES.format(other)}" for one, other in SAME),
    )
    assert len(states) == 2, f"{about}: {states}"
    assert all(count == 1 for _, count in states), f"{about}: committed twice"
    assert len(objects) == len({url for url, *_ in delivered}), f"{about}: {sorted(objects)} and {delivered}"
    for url, size, lines, sha256 in delivered:
        [content] = [data for key, data in objects.items() if url.endswith(key)]
        assert (len(content), hashlib.sha256(content).hexdigest()) == (size, sha256), f"{about}: {url}"
        assert len(gzip.decompress(content).splitlines()) == lines, f"{about}: {url}"
    assert all(NAME.fullmatch(key.rpartition("/")[2]) for key in objects), f"{about}: {sorted(objects)}"
    second_day = f"date={DAYS[1]}/"
    sent = [
        line
        for key, data in objects.items()
        if second_day in key
        for line in gzip.decompress(data).decode().splitlines()
    ]
    assert sorted(sent) == case.lines, about
    assert applied(case, objects) == case.state, about
    for (one, other), rows in zip(SAME, differing, strict=True):
        assert not rows, f"{about}: in {one} and not in {other}: {rows}"
    staging = project.folder / "target/aam_staging"
    assert not staging.exists() or not list(staging.iterdir()), f"{about}: something is left in the staging folder"


def clean_effects(case: Case, tmp_path: Path) -> list[str]:
    """The side effects of a run in which nothing goes wrong."""
    with copy_of(case, tmp_path) as project:
        outcome = run(project.folder, case.drop)
        assert outcome.exit_code == 0, outcome.output
        assert_mended(project, case, "no fault")
    return outcome.effects


def assert_one_run_mends(case: Case, tmp_path: Path, faults: list[Fault], effects: list[str], codes: set[int]) -> int:
    """Tries the share of the faults that this call of pytest is for; the number of them is returned."""
    tried = share(faults, lambda fault: (effects[fault.number - 1], fault.kind, fault.persistent))
    for fault in tried:
        about = f"{fault} ({effects[fault.number - 1]})"
        with copy_of(case, tmp_path) as project:
            failed = run(project.folder, case.drop, fault)
            assert failed.exit_code in codes, f"{about}: {failed.output}"
            assert "Traceback" not in failed.output, f"{about}: {failed.output}"
            mended = run(project.folder, case.drop)
            assert mended.exit_code == 0, f"{about}: {mended.output}"
            assert_mended(project, case, about)
    return len(tried)


def kills(effects: list[str]) -> list[Fault]:
    """Before each side effect, which is after the one before, and in the middle of those that take a while."""
    faults = [Fault(number) for number in range(1, len(effects) + 1)]
    return faults + [
        Fault(number, HALF)
        for number, effect in enumerate(effects, start=1)
        if effect in ("file open", "file copyfile")
    ]
