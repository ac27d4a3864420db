"""A run into a bucket is killed, or S3 fails, at each of its side effects in turn (V3 to V5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest
from crash import KILLED, Outcome
from crash_cases import (
    BucketDrop,
    Case,
    assert_mended,
    assert_one_run_mends,
    clean_effects,
    copy_of,
    kills,
    prepare,
    run,
)
from faulty_s3 import LOSE, RESET, SILENT, FaultyS3, Request, nth
from sweeps import share


@pytest.fixture(scope="module")
def in_bucket(tmp_path_factory: pytest.TempPathFactory, s3_endpoint: str) -> Iterator[Case]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_ENDPOINT_URL", s3_endpoint)
        client = boto3.client("s3")
        client.create_bucket(Bucket="crash-points")
        yield prepare(tmp_path_factory.mktemp("crash"), BucketDrop(client, "crash-points"))


def is_read(request: Request) -> bool:
    return request.method in ("GET", "HEAD")


@dataclass
class Bucket:
    """The bucket behind a server that fails as it is told; `kind` is `readable`, or `write-only`, which refuses reads."""

    case: Case
    server: FaultyS3
    kind: str

    def fail(self, *faults: tuple[int | str, float, Callable[[Request], bool]]) -> None:
        """From now on, and so for nothing else."""
        self.server.heal()
        self.server.requests.clear()
        for how, times, when in faults:
            self.server.fail(how, times=times, when=when)
        if self.kind == "write-only":
            self.server.fail(403, when=is_read)


@pytest.fixture(params=["readable", pytest.param("write-only", marks=pytest.mark.thorough)])
def bucket(
    request: pytest.FixtureRequest, in_bucket: Case, s3_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bucket]:
    assert isinstance(in_bucket.drop, BucketDrop)
    monkeypatch.setattr(in_bucket.drop, "can_be_listed", request.param == "readable")
    with FaultyS3(s3_endpoint) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.endpoint)
        bucket = Bucket(in_bucket, server, request.param)
        bucket.fail()
        yield bucket


def test_killed_at_every_side_effect(bucket: Bucket, tmp_path: Path, tally: Callable[[str, int], None]) -> None:
    effects = clean_effects(bucket.case, tmp_path)
    faults = kills(effects)
    tried = assert_one_run_mends(bucket.case, tmp_path, faults, effects, {KILLED})
    tally(f"crash points killed at, {bucket.kind} bucket", tried)


# S3 over a real socket, and what networks and services do to its requests

# To a read it is all one whether the request or its answer was lost.
READS = {"once": (500, RESET), "for ever": (503, 403, RESET)}
WRITES = {"once": (*READS["once"], LOSE, 409, 412, SILENT), "for ever": (*READS["for ever"], LOSE, 409, 412)}


@pytest.mark.thorough
def test_s3_fails_at_every_request(bucket: Bucket, tmp_path: Path, tally: Callable[[str, int], None]) -> None:
    """A bucket that can't be read is worse in one thing only: nobody can look whether a lost request arrived."""

    def run_with(folder: Path, *faults: tuple[int | str, float, Callable[[Request], bool]]) -> Outcome:
        bucket.fail(*faults)
        return run(folder, bucket.case.drop)

    with copy_of(bucket.case, tmp_path) as project:
        outcome = run_with(project.folder)
        assert outcome.exit_code == 0, outcome.output
        requests = list(bucket.server.requests)
    faults = [
        (number, how, times)
        for number, request in enumerate(requests, start=1)
        if not (bucket.kind == "write-only" and is_read(request))
        for times, kinds in (READS if is_read(request) else WRITES).items()
        for how in kinds
    ]
    tried = share(faults, lambda fault: (requests[fault[0] - 1].method, *fault[1:]))
    for number, how, times in tried:
        about = f"{how} {times} at {requests[number - 1]}"
        with copy_of(bucket.case, tmp_path) as project:
            failed = run_with(project.folder, (how, 1 if times == "once" else float("inf"), nth(number)))
            assert failed.exit_code in (0, 1), f"{about}: {failed.output}"
            assert "Traceback" not in failed.output, f"{about}: {failed.output}"
            mended = run_with(project.folder)
            assert mended.exit_code == 0, f"{about}: {mended.output}"
            assert_mended(project, bucket.case, about)
    tally(f"failures of S3, {bucket.kind} bucket", len(tried))
