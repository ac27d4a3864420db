"""A run into a bucket is killed, or S3 fails, at each of its side effects in turn (design, delivery 3 to 5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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


@pytest.mark.parametrize("write_only", [False, True], ids=["readable", "write-only"])
def test_killed_at_every_side_effect(
    in_bucket: Case, s3_endpoint: str, tmp_path: Path, write_only: bool, tally: Callable[[str, int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    assert isinstance(in_bucket.drop, BucketDrop)
    with FaultyS3(s3_endpoint) as server:
        if write_only:
            monkeypatch.setattr(in_bucket.drop, "can_be_listed", False)
            monkeypatch.setenv("AWS_ENDPOINT_URL", server.endpoint)
            server.fail(403, when=is_read)
        effects = clean_effects(in_bucket, tmp_path)
        faults = kills(effects)
        assert_one_run_mends(in_bucket, tmp_path, faults, effects, {KILLED})
    tally(f"crash points killed at, {'write-only' if write_only else 'readable'} bucket", len(faults))


# S3 over a real socket, and what networks and services do to its requests

# To a read it is all one whether the request or its answer was lost.
READS = {"once": (500, RESET), "for ever": (503, 403, RESET)}
WRITES = {"once": (*READS["once"], LOSE, 409, 412, SILENT), "for ever": (*READS["for ever"], LOSE, 409, 412)}


@pytest.mark.parametrize("write_only", [False, True], ids=["readable", "write-only"])
def test_s3_fails_at_every_request(
    in_bucket: Case, s3_endpoint: str, tmp_path: Path, write_only: bool, tally: Callable[[str, int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """A bucket that can't be read is worse in one thing only: nobody can look whether a lost request arrived."""
    assert isinstance(in_bucket.drop, BucketDrop)
    monkeypatch.setattr(in_bucket.drop, "can_be_listed", not write_only)
    with FaultyS3(s3_endpoint) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.endpoint)

        def run_with(folder: Path, *faults: tuple[int | str, float, Callable[[Request], bool]]) -> Outcome:
            server.heal()
            server.requests.clear()
            for how, times, when in faults:
                server.fail(how, times=times, when=when)
            if write_only:
                server.fail(403, when=is_read)
            return run(folder, in_bucket.drop)

        with copy_of(in_bucket, tmp_path) as project:
            outcome = run_with(project.folder)
            assert outcome.exit_code == 0, outcome.output
            requests = list(server.requests)
        faults = [
            (number, how, times)
            for number, request in enumerate(requests, start=1)
            if not (write_only and is_read(request))
            for times, kinds in (READS if is_read(request) else WRITES).items()
            for how in kinds
        ]
        for number, how, times in faults:
            about = f"{how} {times} at {requests[number - 1]}"
            with copy_of(in_bucket, tmp_path) as project:
                failed = run_with(project.folder, (how, 1 if times == "once" else float("inf"), nth(number)))
                assert failed.exit_code in (0, 1), f"{about}: {failed.output}"
                assert "Traceback" not in failed.output, f"{about}: {failed.output}"
                mended = run_with(project.folder)
                assert mended.exit_code == 0, f"{about}: {mended.output}"
                assert_mended(project, in_bucket, about)
    tally(f"failures of S3, {'write-only' if write_only else 'readable'} bucket", len(faults))
