"""S3 as a drop, against a real server: directly, and through one that fails as networks and services do."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.credentials import RefreshableCredentials
from faulty_s3 import LOSE, RESET, FaultyS3, Request

from aam_export.drops import Drop, Patience, open_drop
from aam_export.drops.s3.bucket import DIGEST
from aam_export.drops.s3.put import S3Drop
from aam_export.errors import ConfigurationError, ConflictError, DropError, StagingError
from aam_export.files.content import FileContent, StagedFile
from aam_export.files.names import DataFileName
from aam_export.settings import DropSettings

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

KEY = "acme/date=2023-11-14/ftp_dpm_100001_1700000000.sync.gz"
NAME = DataFileName("100001", None, 1700000000, "sync", extension="gz")
MIB = 1 << 20


def staged(folder: Path, data: bytes = b"not really gzip") -> StagedFile:
    path = folder / str(NAME)
    path.write_bytes(data)
    return StagedFile(NAME, path, FileContent(len(data), 1, 1, 1, 1, 0, hashlib.sha256(data).hexdigest()))


def is_object(request: Request) -> bool:
    return request.path.split("?")[0].endswith(".gz")


def of(method: str, part: str = "") -> Callable[[Request], bool]:
    return lambda request: request.method == method and is_object(request) and part in request.path


class Bucket:
    """The bucket of a test, seen past the drop; it keeps every version, so that nothing is overwritten unseen."""

    def __init__(self, name: str, endpoint: str) -> None:
        self.name = name
        self.client: S3Client = boto3.client("s3", endpoint_url=endpoint)
        self.client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})

    def versions(self) -> list[str]:
        return [item["Key"] for item in self.client.list_object_versions(Bucket=self.name).get("Versions", [])]

    def read(self) -> bytes:
        return self.client.get_object(Bucket=self.name, Key=f"in/{KEY}")["Body"].read()

    def write(self, data: bytes) -> None:
        self.client.put_object(Bucket=self.name, Key=f"in/{KEY}", Body=data)

    def uploads(self) -> int:
        return len(self.client.list_multipart_uploads(Bucket=self.name).get("Uploads", []))


@pytest.fixture
def store(bucket: str, s3_endpoint: str) -> Bucket:
    return Bucket(bucket, s3_endpoint)


@pytest.fixture
def drop(store: Bucket, faulty_s3: FaultyS3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Drop:
    settings = DropSettings(partner_name="acme", endpoint_url=faulty_s3.endpoint, part_mb=5.25)
    return open_drop(
        f"s3://{store.name}/in", settings, tmp_path, Patience(attempts=3)
    )  # what fails for ever does so soon


@pytest.fixture
def large(tmp_path: Path) -> StagedFile:
    """A file of three parts, the last of them short."""
    return staged(tmp_path, os.urandom(11 * MIB))


def put(drop: Drop, file: StagedFile, *, attempted: bool = False) -> None:
    told: list[int] = []
    drop.put(file, KEY, attempted=attempted, advance=told.append)
    assert sum(told) == file.content.size, "the progress bar ends where the file does"


def write_only(server: FaultyS3) -> None:
    server.fail(403, when=lambda request: request.method in ("GET", "HEAD"))


def test_an_object_is_the_file_with_all_that_adobe_asks_for(
    drop: Drop, store: Bucket, faulty_s3: FaultyS3, tmp_path: Path
) -> None:
    """D2, V3, V5: the condition and the checksum travel with the one request that makes the object."""
    file = staged(tmp_path)
    drop.check()
    put(drop, file)
    assert store.read() == file.path.read_bytes()
    assert store.versions() == [f"in/{KEY}"]
    assert drop.url(KEY) == f"s3://{store.name}/in/{KEY}"
    [request] = [request for request in faulty_s3.requests if request.method == "PUT"]
    assert request.headers["x-amz-acl"] == "bucket-owner-full-control"
    assert request.headers["if-none-match"] == "*"
    digest = base64.b64encode(bytes.fromhex(file.content.sha256)).decode()
    assert request.headers["x-amz-checksum-sha256"] == digest
    head = store.client.head_object(Bucket=store.name, Key=f"in/{KEY}")
    assert "ContentEncoding" not in head, "or clients would unpack it on the way"


def test_a_large_file_goes_in_parts(drop: Drop, store: Bucket, faulty_s3: FaultyS3, large: StagedFile) -> None:
    put(drop, large)
    assert store.read() == large.path.read_bytes()
    assert store.versions() == [f"in/{KEY}"]
    assert store.uploads() == 0
    begin, *_, complete = [request for request in faulty_s3.requests if is_object(request) and request.method == "POST"]
    assert begin.headers["x-amz-acl"] == "bucket-owner-full-control"
    assert begin.headers["x-amz-checksum-algorithm"] == "SHA256"
    assert complete.headers["if-none-match"] == "*"
    parts = [request for request in faulty_s3.requests if request.method == "PUT"]
    assert len(parts) == 3
    assert all("x-amz-checksum-sha256" in request.headers for request in parts)


@pytest.mark.parametrize("attempted", [False, True])
@pytest.mark.parametrize("size", ["small", "large"])
def test_another_object_under_the_name_is_a_conflict(
    drop: Drop, store: Bucket, tmp_path: Path, large: StagedFile, size: str, attempted: bool
) -> None:
    file = large if size == "large" else staged(tmp_path)
    store.write(b"somebody else's")
    with pytest.raises(ConflictError, match=f"s3://{store.name}/in/{KEY} exists and is not the file") as caught:
        put(drop, file, attempted=attempted)
    assert "who wrote it" in caught.value.hint
    assert store.read() == b"somebody else's"
    assert len(store.versions()) == 1
    assert store.uploads() == 0


def test_an_equal_object_is_ours(drop: Drop, store: Bucket, faulty_s3: FaultyS3, tmp_path: Path) -> None:
    file = staged(tmp_path)
    put(drop, file)
    put(drop, file)
    before = faulty_s3.count("PUT")
    put(drop, file, attempted=True)
    assert faulty_s3.count("PUT") == before, "a rerun looks first"
    assert len(store.versions()) == 1


@pytest.mark.parametrize("how", [500, 503, RESET, LOSE])
@pytest.mark.parametrize("size", ["small", "large"])
def test_what_fails_for_a_while_is_delivered_once(
    drop: Drop, store: Bucket, faulty_s3: FaultyS3, tmp_path: Path, large: StagedFile, how: int | str, size: str
) -> None:
    """An answer that was lost, too: then the object stands already when it is asked for again."""
    file = large if size == "large" else staged(tmp_path)
    for method in ("PUT", "HEAD"):
        faulty_s3.fail(how, times=1, when=of(method))
    put(drop, file)
    assert store.read() == file.path.read_bytes()
    assert len(store.versions()) == 1
    assert store.uploads() == 0


@pytest.mark.parametrize("how", [500, RESET, LOSE])
def test_a_last_step_that_fails_is_mended_by_another_run(
    drop: Drop, store: Bucket, faulty_s3: FaultyS3, large: StagedFile, how: int | str
) -> None:
    faulty_s3.fail(how, times=1, when=of("POST", "uploadId"))
    try:
        put(drop, large)
    except DropError:
        put(drop, large, attempted=True)
    assert store.read() == large.path.read_bytes()
    assert len(store.versions()) == 1
    assert store.uploads() == 0


@pytest.mark.parametrize("how", [503, RESET, LOSE])
@pytest.mark.parametrize("size", ["small", "large"])
def test_what_fails_for_ever_ends_and_another_run_mends_it(
    drop: Drop, store: Bucket, faulty_s3: FaultyS3, tmp_path: Path, large: StagedFile, how: int | str, size: str
) -> None:
    file = large if size == "large" else staged(tmp_path)
    faulty_s3.fail(how, when=of("PUT"))
    with pytest.raises(DropError) as caught:
        put(drop, file)
    assert f"can't write s3://{store.name}/in/{KEY}" in str(caught.value)
    assert caught.value.exit_code == 1
    assert caught.value.hint
    assert faulty_s3.count("PUT") <= (9 if size == "large" else 3)
    faulty_s3.heal()
    assert store.uploads() == 0, "no part is left to be paid for"
    put(drop, file, attempted=True)
    assert store.read() == file.path.read_bytes()
    assert len(store.versions()) == 1


def test_parts_of_a_killed_run_are_cleared_away(drop: Drop, store: Bucket, large: StagedFile) -> None:
    for name in (f"in/{KEY}", f"in/{KEY}.of-somebody-else"):
        store.client.create_multipart_upload(Bucket=store.name, Key=name)
    put(drop, large, attempted=True)
    assert store.uploads() == 1, "others' uploads are left alone"


# A bucket that can be written and not read (V5): HEAD and LIST are refused.


@pytest.mark.parametrize("size", ["small", "large"])
def test_a_write_only_bucket_works(
    drop: Drop, store: Bucket, faulty_s3: FaultyS3, tmp_path: Path, large: StagedFile, size: str
) -> None:
    file = large if size == "large" else staged(tmp_path)
    write_only(faulty_s3)
    drop.check()
    put(drop, file)
    assert store.read() == file.path.read_bytes()


@pytest.mark.parametrize("size", ["small", "large"])
def test_an_attempt_of_which_nothing_arrived_is_repeated_where_nothing_can_be_seen(
    drop: Drop, store: Bucket, faulty_s3: FaultyS3, tmp_path: Path, large: StagedFile, size: str
) -> None:
    """A run killed before its first byte left: to believe that the object stands would lose it."""
    file = large if size == "large" else staged(tmp_path)
    write_only(faulty_s3)
    put(drop, file, attempted=True)
    assert store.read() == file.path.read_bytes()
    put(drop, file, attempted=True)
    assert len(store.versions()) == 1, "and one that did arrive is found standing"


def test_a_lost_answer_of_a_write_only_bucket(drop: Drop, store: Bucket, faulty_s3: FaultyS3, tmp_path: Path) -> None:
    file = staged(tmp_path)
    write_only(faulty_s3)
    faulty_s3.fail(LOSE, times=1, when=of("PUT"))
    put(drop, file)
    assert store.read() == file.path.read_bytes()
    assert len(store.versions()) == 1


@pytest.mark.parametrize("size", ["small", "large"])
def test_a_name_taken_in_a_write_only_bucket_is_a_conflict(
    drop: Drop, store: Bucket, faulty_s3: FaultyS3, tmp_path: Path, large: StagedFile, size: str
) -> None:
    """Nothing of ours was under way, so that the object which stands can't be ours."""
    store.write(b"somebody else's")
    write_only(faulty_s3)
    with pytest.raises(ConflictError):
        put(drop, large if size == "large" else staged(tmp_path))
    assert store.read() == b"somebody else's"


@pytest.mark.parametrize("hidden", [False, True])
def test_a_race_is_not_taken_for_success(
    drop: Drop, store: Bucket, faulty_s3: FaultyS3, tmp_path: Path, hidden: bool
) -> None:
    """409 says that another request for the name is under way, not that the object stands."""
    file = staged(tmp_path)
    if hidden:
        write_only(faulty_s3)
    faulty_s3.fail(409, times=1, when=of("PUT"))
    with pytest.raises(DropError, match="ConditionalRequestConflict") as caught:
        put(drop, file)
    assert "run again" in caught.value.hint
    assert store.versions() == []
    put(drop, file, attempted=True)
    assert store.read() == file.path.read_bytes()


# Several at a time


def test_parts_are_read_no_further_than_they_are_sent(
    store: Bucket, faulty_s3: FaultyS3, tmp_path: Path, large: StagedFile
) -> None:
    """With room for one part in memory, each waits for the one before: slow, and it ends."""
    settings = DropSettings(partner_name="acme", endpoint_url=faulty_s3.endpoint, part_mb=5.25, parallel_parts=1)
    put(open_drop(f"s3://{store.name}/in", settings, tmp_path), large)
    assert store.read() == large.path.read_bytes()


def test_a_failure_in_the_middle_leaves_no_parts_and_room_for_others(
    drop: Drop, store: Bucket, large: StagedFile
) -> None:
    """What ends an upload may be a progress bar, a lost lease or the time limit: all that `advance` raises."""

    def stop(size: int) -> None:
        raise KeyboardInterrupt

    for _ in range(9):  # more often than there are slots for parts
        with pytest.raises(KeyboardInterrupt):
            drop.put(large, KEY, attempted=True, advance=stop)
        assert store.uploads() == 0
    assert store.versions() == []
    put(drop, large, attempted=True)


def test_a_large_file_that_changed_is_not_delivered(drop: Drop, store: Bucket, large: StagedFile) -> None:
    """It is hashed while it is sent, and the object is made only after."""
    with large.path.open("r+b") as handle:
        handle.seek(6 * MIB)
        handle.write(b"x")
    with pytest.raises(StagingError, match="changed since it was verified"):
        put(drop, large)
    assert store.versions() == []
    assert store.uploads() == 0


@pytest.mark.parametrize("size", ["small", "large"])
def test_a_staged_file_that_is_gone(drop: Drop, store: Bucket, tmp_path: Path, large: StagedFile, size: str) -> None:
    file = large if size == "large" else staged(tmp_path)
    file.path.unlink()
    with pytest.raises(StagingError, match="can't be read: No such file"):
        put(drop, file)
    assert store.versions() == []
    assert store.uploads() == 0


@pytest.mark.parametrize("size", ["small", "large"])
def test_an_object_whose_checksum_is_another_is_a_conflict(
    drop: Drop, store: Bucket, faulty_s3: FaultyS3, tmp_path: Path, large: StagedFile, size: str
) -> None:
    """Replaced between the upload and the look by one of the same length that claims to be the same."""
    file = large if size == "large" else staged(tmp_path)

    def replaced(request: Request) -> bool:
        if request.method == "HEAD" and is_object(request):
            store.client.put_object(
                Bucket=store.name,
                Key=f"in/{KEY}",
                Body=bytes(file.content.size),
                Metadata={DIGEST: file.content.sha256},
                ChecksumAlgorithm="SHA256",
            )
        return False

    faulty_s3.fail(500, when=replaced)
    with pytest.raises(ConflictError):
        put(drop, file)


# Whose bucket, and whose credentials


def test_every_request_names_the_owner_that_is_expected(
    store: Bucket, faulty_s3: FaultyS3, tmp_path: Path, large: StagedFile
) -> None:
    settings = DropSettings(
        partner_name="acme", endpoint_url=faulty_s3.endpoint, part_mb=5.25, expected_bucket_owner="123456789012"
    )
    drop = open_drop(f"s3://{store.name}/in", settings, tmp_path)
    drop.check()
    drop.list_names("acme")
    put(drop, large, attempted=True)
    assert {request.method for request in faulty_s3.requests} == {"HEAD", "GET", "POST", "PUT"}
    assert {request.headers.get("x-amz-expected-bucket-owner") for request in faulty_s3.requests} == {"123456789012"}


ROLE = "arn:aws:iam::123456789012:role/aam-writer"


def assume(request: Request) -> bool:
    return request.method == "POST" and request.path == "/"


@pytest.fixture
def role_drop(
    store: Bucket, faulty_s3: FaultyS3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, s3_environment: None
) -> Drop:
    """A drop whose credentials are a role's; STS fails as the test tells the server, too."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", faulty_s3.endpoint)
    settings = DropSettings(partner_name="acme", role_arn=ROLE, external_id="acme-at-adobe")
    return open_drop(f"s3://{store.name}/in", settings, tmp_path, Patience(attempts=2))


def test_a_role_is_assumed_and_its_credentials_are_used(role_drop: Drop, faulty_s3: FaultyS3, tmp_path: Path) -> None:
    assert faulty_s3.requests == [], "opening a drop asks nobody"
    file = staged(tmp_path)
    put(role_drop, file)
    asked, *others = faulty_s3.requests
    assert assume(asked)
    assert {"Action=AssumeRole", "ExternalId=acme-at-adobe", "RoleSessionName=aam-export"} < set(asked.body.split("&"))
    assert others and all(request.headers.get("x-amz-security-token") for request in others)
    assert not any(assume(request) for request in others), "asked for once"


def test_a_role_is_assumed_anew_before_it_expires(
    role_drop: Drop, faulty_s3: FaultyS3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As during a long upload: the second file goes with credentials of its own time."""
    assert isinstance(role_drop, S3Drop)
    put(role_drop, staged(tmp_path))
    credentials = role_drop.bucket.session.get_credentials()
    assert isinstance(credentials, RefreshableCredentials)
    soon = datetime.now(timezone.utc) + timedelta(hours=1, minutes=-1)
    monkeypatch.setattr(credentials, "_time_fetcher", lambda: soon)
    monkeypatch.setattr("botocore.credentials._local_now", lambda: soon)
    put(role_drop, staged(tmp_path), attempted=True)
    tokens = {request.headers.get("x-amz-security-token") for request in faulty_s3.requests if not assume(request)}
    assert None not in tokens
    assert len(tokens) > 1


def test_a_role_that_may_not_be_assumed(role_drop: Drop, faulty_s3: FaultyS3, store: Bucket, tmp_path: Path) -> None:
    """A refusal by STS is not one of a bucket that can't be read."""
    faulty_s3.fail(403, when=assume)
    attempts: tuple[Callable[[], object], ...] = (
        role_drop.check,
        lambda: role_drop.list_names("acme"),
        lambda: put(role_drop, staged(tmp_path)),
    )
    for attempt in attempts:
        with pytest.raises(DropError, match=f"can't assume {ROLE}: AccessDenied") as caught:
            attempt()
        assert "trust policy" in caught.value.hint
        assert "external_id" in caught.value.hint
    assert store.versions() == []


def test_credentials_that_expired(
    drop: Drop, store: Bucket, faulty_s3: FaultyS3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for when, error in (("2026-01-01T00:00:00Z", DropError), ("soon", ConfigurationError)):
        monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", when)
        settings = DropSettings(partner_name="acme", endpoint_url=faulty_s3.endpoint)
        with pytest.raises(error, match=r"expired|soon"):
            open_drop(f"s3://{store.name}/in", settings, tmp_path).check()
    assert faulty_s3.requests == []


def test_a_profile_that_is_not_there(s3_environment: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(ConfigurationError, match="nobody") as caught:
        open_drop("s3://bucket/in", DropSettings(partner_name="acme", aws_profile="nobody"), tmp_path)
    assert "aws_profile" in caught.value.hint


def test_a_profile_gives_credentials_and_region(
    faulty_s3: FaultyS3, store: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)
    config = tmp_path / "config"
    config.write_text(
        "[profile adobe]\naws_access_key_id = PROFILEKEY\naws_secret_access_key = x\nregion = eu-west-1\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    settings = DropSettings(partner_name="acme", endpoint_url=faulty_s3.endpoint, aws_profile="adobe")
    open_drop(f"s3://{store.name}/in", settings, tmp_path).check()
    [request] = faulty_s3.requests
    assert "Credential=PROFILEKEY/" in request.headers["authorization"]
    assert "/eu-west-1/s3/" in request.headers["authorization"]


# What is refused


def test_a_staged_file_that_changed_is_not_delivered(drop: Drop, store: Bucket, tmp_path: Path) -> None:
    file = staged(tmp_path)
    file.path.write_bytes(b"not really gzip?")
    with pytest.raises(StagingError, match="changed since it was verified"):
        put(drop, file)
    assert store.versions() == []


def test_a_bucket_that_is_not_there(s3_endpoint: str, s3_environment: None, tmp_path: Path) -> None:
    drop = open_drop("s3://no-such-bucket/in", DropSettings(partner_name="acme", endpoint_url=s3_endpoint), tmp_path)
    for attempt in (drop.check, lambda: put(drop, staged(tmp_path))):
        with pytest.raises(DropError, match="s3://no-such-bucket/") as caught:
            attempt()
        assert "check the bucket's name" in caught.value.hint


def test_access_refused(drop: Drop, store: Bucket, faulty_s3: FaultyS3, tmp_path: Path) -> None:
    faulty_s3.fail(403)
    with pytest.raises(DropError, match="AccessDenied") as caught:
        put(drop, staged(tmp_path))
    assert "may not write there" in caught.value.hint
    assert faulty_s3.count("PUT") == 1, "asking again would not help"


def test_a_server_that_does_not_answer(s3_environment: None, tmp_path: Path) -> None:
    settings = DropSettings(partner_name="acme", endpoint_url="http://127.0.0.1:9")
    drop = open_drop("s3://bucket", settings, tmp_path, Patience(attempts=1))
    with pytest.raises(DropError, match="can't reach s3://bucket/") as caught:
        drop.check()
    assert "endpoint_url" in caught.value.hint


def test_no_credentials(tmp_path: Path, s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    drop = open_drop("s3://bucket", DropSettings(partner_name="acme", endpoint_url=s3_endpoint), tmp_path)
    with pytest.raises(DropError, match="no credentials") as caught:
        drop.check()
    assert "AWS_PROFILE" in caught.value.hint


def test_a_bucket_name_that_can_not_be(s3_environment: None, tmp_path: Path) -> None:
    drop = open_drop("s3://My Bucket/in", DropSettings(partner_name="acme"), tmp_path)
    with pytest.raises(DropError, match="Invalid bucket name") as caught:
        drop.check()
    assert "check bucket and path" in caught.value.hint


@pytest.mark.parametrize(
    "destination",
    ["s3:///in", "s3://", "s3:bucket/in", "S3://bucket", "gs://bucket", "bucket/in", "", "file:", "file://host/x"],
)
def test_a_destination_of_no_kind(destination: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"destination '.*'") as caught:
        open_drop(destination, DropSettings(partner_name="acme"), tmp_path)
    assert caught.value.hint.startswith("write ")


def test_an_endpoint_that_is_no_url(s3_environment: None, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="nonsense") as caught:
        open_drop("s3://bucket/in", DropSettings(partner_name="acme", endpoint_url="nonsense"), tmp_path)
    assert "endpoint_url" in caught.value.hint


def test_a_password_in_the_endpoint_is_refused_and_not_shown(
    s3_environment: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "http://acme:hunter2@127.0.0.1:9"
    with pytest.raises(ConfigurationError, match=r"endpoint_url http://…@127\.0\.0\.1:9 holds a password") as caught:
        open_drop("s3://bucket/in", DropSettings(partner_name="acme", endpoint_url=url), tmp_path)
    assert "hunter2" not in str(caught.value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    with pytest.raises(DropError, match="can't reach s3://bucket/") as failed:
        open_drop("s3://bucket/in", DropSettings(partner_name="acme"), tmp_path, Patience(attempts=1)).check()
    assert "hunter2" not in str(failed.value)


@pytest.mark.parametrize("path", ["in", "in/", "/in//"])
def test_one_destination_has_one_spelling(s3_environment: None, tmp_path: Path, path: str) -> None:
    assert (
        open_drop(f"s3://bucket/{path}", DropSettings(partner_name="acme"), tmp_path).destination == "s3://bucket/in/"
    )


# Stores as they are


SSE = {"acl": "none", "server_side_encryption": "aws:kms", "kms_key_id": "alias/aws/s3"}


@pytest.mark.parametrize(
    ("said", "headers"),
    [
        ({}, {"x-amz-acl": "bucket-owner-full-control"}),
        ({"acl": "none"}, {}),
        ({"acl": "private"}, {"x-amz-acl": "private"}),
        ({"acl": "none", "server_side_encryption": "AES256"}, {"x-amz-server-side-encryption": "AES256"}),
        (
            SSE,
            {"x-amz-server-side-encryption": "aws:kms", "x-amz-server-side-encryption-aws-kms-key-id": "alias/aws/s3"},
        ),
    ],
)
@pytest.mark.parametrize("size", [100, 6 * MIB], ids=["whole", "in parts"])
def test_what_a_request_says_that_makes_an_object(
    tmp_path: Path, bucket: str, faulty_s3: FaultyS3, said: dict[str, str], headers: dict[str, str], size: int
) -> None:
    settings = DropSettings.from_meta({"partner_name": "acme", "part_mb": 5.25, **said}, where="here")
    drop = open_drop(f"s3://{bucket}/in", settings.model_copy(update={"endpoint_url": faulty_s3.endpoint}), tmp_path)
    asked: list[dict[str, str]] = []

    def watch(request: Request) -> bool:
        begins = request.method == "PUT" and "partNumber" not in request.path
        if is_object(request) and (begins or (request.method == "POST" and "uploads" in request.path)):
            asked.append({name.lower(): value for name, value in request.headers.items()})
        return False

    faulty_s3.fail(500, when=watch)
    drop.put(staged(tmp_path, os.urandom(size)), KEY, attempted=False, advance=lambda _: None)
    assert len(asked) == 1
    about = ("x-amz-acl", "x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id")
    assert {name: asked[0][name] for name in about if name in asked[0]} == headers


@pytest.mark.parametrize(
    "meta",
    [{"kms_key_id": "x"}, {"kms_key_id": "x", "server_side_encryption": "AES256"}, {"server_side_encryption": "aes"}],
)
def test_an_encryption_that_can_not_be(meta: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError):
        DropSettings.from_meta({"partner_name": "acme", **meta}, where="here")


POINT = "arn:aws:s3:eu-west-1:123456789012:accesspoint"


@pytest.mark.parametrize(
    ("destination", "bucket", "prefix"),
    [
        ("s3://plain", "plain", ""),
        ("s3://plain/in/deep/", "plain", "in/deep/"),
        (f"s3://{POINT}/mine", f"{POINT}/mine", ""),
        (f"s3://{POINT}/mine/in/deep", f"{POINT}/mine", "in/deep/"),
        (f"s3://{POINT}:mine/in", f"{POINT}:mine", "in/"),
        (
            "s3://arn:aws:s3::123456789012:accesspoint/mine.mrap/in",
            "arn:aws:s3::123456789012:accesspoint/mine.mrap",
            "in/",
        ),
        (
            "s3://arn:aws-cn:s3-outposts:cn-north-1:123456789012:outpost/op-01/accesspoint/mine/in",
            "arn:aws-cn:s3-outposts:cn-north-1:123456789012:outpost/op-01/accesspoint/mine",
            "in/",
        ),
        ("s3://arn:aws:s3:::plain/in", "plain", "in/"),
    ],
)
def test_a_bucket_by_name_or_arn(
    s3_environment: None, tmp_path: Path, destination: str, bucket: str, prefix: str
) -> None:
    drop = open_drop(destination, DropSettings(partner_name="acme", region="eu-west-1"), tmp_path)
    assert isinstance(drop, S3Drop)
    assert (drop.bucket.name, drop.bucket.prefix) == (bucket, prefix)
    assert drop.destination == f"s3://{bucket}/{prefix}"


def test_an_arn_of_something_else(s3_environment: None, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="neither a bucket nor an access point"):
        open_drop("s3://arn:aws:sqs:eu-west-1:123456789012:queue", DropSettings(partner_name="acme"), tmp_path)


def test_a_sign_in_that_has_ended(
    tmp_path: Path, bucket: str, s3_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the network: nobody was asked."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "config").write_text(
        "[profile work]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = writer\nregion = us-east-1\n"
        "[sso-session corp]\nsso_region = us-east-1\nsso_start_url = https://corp.example.com/start\n"
        "[profile run]\ncredential_process = /bin/false\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    for profile, advice in (("work", "aws sso login --profile work"), ("run", "mend what gives the credentials")):
        settings = DropSettings(partner_name="acme", endpoint_url=s3_endpoint, aws_profile=profile)
        with pytest.raises((DropError, ConfigurationError)) as failed:
            open_drop(f"s3://{bucket}/in", settings, tmp_path).check()
        assert advice in failed.value.hint
        assert "network" not in failed.value.hint


@pytest.mark.parametrize("header", ["x-amz-acl", "if-none-match"])
def test_a_store_that_does_not_know_a_header(tmp_path: Path, bucket: str, faulty_s3: FaultyS3, header: str) -> None:
    """doctor says so before a run does."""

    def unknown(request: Request) -> bool:
        return header in {name.lower() for name in request.headers}

    faulty_s3.fail(501, when=unknown)
    settings = DropSettings(partner_name="acme", endpoint_url=faulty_s3.endpoint)
    drop = open_drop(f"s3://{bucket}/in", settings, tmp_path, Patience(attempts=1))
    assert isinstance(drop, S3Drop)
    [write] = [found for found in drop.probe("acme", datetime.now(timezone.utc)) if found.check == "write"]
    assert write.state == "failed"
    assert "acl: none" in write.hint
    with pytest.raises(DropError):
        drop.put(staged(tmp_path), KEY, attempted=False, advance=lambda _: None)
    if header == "x-amz-acl":
        plain = open_drop(
            f"s3://{bucket}/in", settings.model_copy(update={"acl": "none"}), tmp_path, Patience(attempts=1)
        )
        assert isinstance(plain, S3Drop)
        [write] = [found for found in plain.probe("acme", datetime.now(timezone.utc)) if found.check == "write"]
        assert write.state == "ok"
        plain.put(staged(tmp_path), KEY, attempted=False, advance=lambda _: None)
