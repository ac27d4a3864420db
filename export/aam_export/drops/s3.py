"""An S3 bucket as a drop (D1, D2): the recommended one.

Objects are written with `If-None-Match: *` and a SHA-256 that the server checks, so a bucket that can be written and
not read is enough; where reading is allowed, size and checksum are looked at as well.
"""

from __future__ import annotations

import base64
import enum
import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, ParamValidationError

from aam_export.drops.base import READ_BYTES, Arrival, check_unchanged
from aam_export.errors import ConfigurationError, ConflictError, DropError
from aam_export.staging import FileContent, StagedFile

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

PART_BYTES = 32 * 1_048_576
PARALLEL_PARTS = 4
ATTEMPTS = 6
EXISTS = {"PreconditionFailed", "412"}
RACE = {"ConditionalRequestConflict", "409"}
HIDDEN = {"403", "AccessDenied", "Forbidden", "405", "MethodNotAllowed"}
NO_UPLOADS = {"NoSuchUpload"}  # how some stores other than Amazon's say that a list is empty
ABSENT = {"404", "NoSuchKey", "NotFound"}
DIGEST = "aam-export-sha256"


class _Found(enum.Enum):
    """What a look at a name shows. A bucket that can only be written shows nothing."""

    OURS = enum.auto()
    ABSENT = enum.auto()
    HIDDEN = enum.auto()


class S3Drop:
    def __init__(
        self,
        bucket: str,
        prefix: str,
        destination: str,
        *,
        endpoint_url: str | None,
        region: str | None,
        acl: str,
    ) -> None:
        self._bucket = bucket
        self._prefix = prefix
        self._acl = acl
        self.destination = destination
        self._client: S3Client = boto3.Session().client(
            "s3",
            endpoint_url=endpoint_url,
            region_name=region,
            config=Config(
                retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
                connect_timeout=10,
                read_timeout=60,
                max_pool_connections=PARALLEL_PARTS + 1,
            ),
        )

    def url(self, key: str) -> str:
        return f"s3://{self._bucket}/{self._prefix}{key}"

    def check(self) -> None:
        try:
            self._client.head_bucket(Bucket=self._bucket)
        except ClientError as error:
            if _code(error) not in HIDDEN:  # a write-only bucket hides itself, too
                raise self._failed("look at", "", error) from error
        except BotoCoreError as error:
            raise self._failed("reach", "", error) from error

    def list_names(self, partner_name: str) -> list[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=f"{self._prefix}{partner_name}/date="
        )
        try:
            return [item["Key"].rpartition("/")[2] for page in pages for item in page.get("Contents", [])]
        except ClientError as error:
            if _code(error) in HIDDEN:
                return []
            raise self._failed("list", "", error) from error
        except BotoCoreError as error:
            raise self._failed("list", "", error) from error

    def put(
        self,
        file: StagedFile,
        key: str,
        *,
        attempted: bool,
        advance: Callable[[int], None],
        arrival: Arrival | None = None,
    ) -> FileContent:
        name = self._prefix + key
        check_unchanged(file)
        sent = 0

        def tell(size: int) -> None:
            nonlocal sent
            sent += size
            advance(size)

        try:
            # A bucket that hides its objects is sent an attempt of unknown outcome again: the condition makes it safe.
            if not (attempted and self._look(file, name) is _Found.OURS):
                if attempted:
                    self._abort_leftovers(name)
                self._upload_once(file, name, attempted, tell)
            tell(file.content.size - sent)
        except (ClientError, BotoCoreError) as error:
            raise self._failed("write", name, error) from error
        return file.content

    def _upload_once(self, file: StagedFile, name: str, attempted: bool, tell: Callable[[int], None]) -> None:
        """Upload; an object that stands already is ours or a ConflictError."""
        try:
            self._upload(file, name, tell)
        except ClientError as error:
            if _code(error) not in EXISTS | RACE:
                raise
            # An answer that was lost, and asked for again, shows as an object that exists already.
            found = self._look(file, name)
            asked_again = attempted or error.response["ResponseMetadata"].get("RetryAttempts", 0) > 0
            if found is _Found.OURS or (found is _Found.HIDDEN and _code(error) in EXISTS and asked_again):
                return
            if found is _Found.HIDDEN and _code(error) in EXISTS:
                raise self._conflict(name) from error
            raise
        self._look(file, name)  # the checksums proved the upload; a ConflictError here means that somebody replaced it

    def _upload(self, file: StagedFile, name: str, tell: Callable[[int], None]) -> None:
        metadata = {DIGEST: file.content.sha256}
        common: dict[str, Any] = {"Bucket": self._bucket, "Key": name}
        if file.content.size <= PART_BYTES:
            self._client.put_object(
                **common,
                Body=file.path.read_bytes(),
                ACL=self._acl,  # type: ignore[arg-type]
                Metadata=metadata,
                IfNoneMatch="*",
                ChecksumSHA256=base64.b64encode(bytes.fromhex(file.content.sha256)).decode(),
            )
            return
        upload = self._client.create_multipart_upload(
            **common,
            ACL=self._acl,  # type: ignore[arg-type]
            Metadata=metadata,
            ChecksumAlgorithm="SHA256",
        )["UploadId"]
        try:
            with ThreadPoolExecutor(PARALLEL_PARTS) as pool:
                parts = []
                for part in pool.map(lambda part: self._upload_part(common, upload, file, *part), _parts(file)):
                    parts.append(part)
                    tell(min(PART_BYTES, file.content.size - (len(parts) - 1) * PART_BYTES))
            self._client.complete_multipart_upload(
                **common, UploadId=upload, IfNoneMatch="*", MultipartUpload={"Parts": parts}
            )
        except BaseException:
            self._abort(common, upload)
            raise

    def _upload_part(
        self,
        common: dict[str, Any],
        upload: str,
        file: StagedFile,
        number: int,
        start: int,
    ) -> Any:
        with file.path.open("rb") as handle:
            handle.seek(start)
            data = handle.read(PART_BYTES)
        digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
        answer = self._client.upload_part(
            **common, UploadId=upload, PartNumber=number, Body=data, ChecksumSHA256=digest
        )
        return {"ETag": answer["ETag"], "PartNumber": number, "ChecksumSHA256": digest}

    def _abort(self, common: dict[str, Any], upload: str) -> None:
        try:
            self._client.abort_multipart_upload(**common, UploadId=upload)
        except (ClientError, BotoCoreError):
            return  # the first failure is the one to report; the next attempt clears what is left

    def _abort_leftovers(self, name: str) -> None:
        """Parts that a killed run left behind cost storage until somebody aborts their upload."""
        try:
            found = self._client.list_multipart_uploads(Bucket=self._bucket, Prefix=name)
        except ClientError as error:
            if _code(error) in HIDDEN | NO_UPLOADS:
                return
            raise
        for upload in found.get("Uploads", []):
            if upload["Key"] == name:
                self._abort({"Bucket": self._bucket, "Key": name}, upload["UploadId"])

    def _look(self, file: StagedFile, name: str) -> _Found:
        """What stands under a name; raises ConflictError where it is not this file."""
        try:
            found = self._client.head_object(Bucket=self._bucket, Key=name)
        except ClientError as error:
            if _code(error) in ABSENT:
                return _Found.ABSENT
            if _code(error) in HIDDEN:
                return _Found.HIDDEN
            raise
        sizes = [content.size for content in file.contents]
        if found["ContentLength"] not in sizes:
            raise self._conflict(name)
        sha256 = found["Metadata"].get(DIGEST) or self._sha256(name)
        if sha256 not in [content.sha256 for content in file.contents]:
            raise self._conflict(name)
        return _Found.OURS

    def _sha256(self, name: str) -> str:
        """Of an object's bytes: some stores other than Amazon's do not keep what we said of it."""
        digest = hashlib.sha256()
        for data in self._client.get_object(Bucket=self._bucket, Key=name)["Body"].iter_chunks(READ_BYTES):
            digest.update(data)
        return digest.hexdigest()

    def _conflict(self, name: str) -> ConflictError:
        return ConflictError(
            f"s3://{self._bucket}/{name} exists and is not the file of this batch",
            hint="find out who wrote it; delete it if it is not wanted, and run again",
        )

    def _failed(self, what: str, name: str, error: ClientError | BotoCoreError) -> DropError:
        place = f"s3://{self._bucket}/{name}"
        if isinstance(error, NoCredentialsError):
            return DropError(
                f"can't {what} {place}: no credentials",
                hint="set AWS_PROFILE, or what boto3 reads credentials from",
            )
        if isinstance(error, ParamValidationError):
            return DropError(f"can't {what} {place}: {error}", hint="check bucket and path of the destination")
        if not isinstance(error, ClientError):
            return DropError(f"can't {what} {place}: {error}", hint="check endpoint_url and the network, and run again")
        code = _code(error)
        hints = {
            "NoSuchBucket": "check the bucket's name in the exposure's `destination`",
            "404": "check the bucket's name in the exposure's `destination`",
            "AccessDenied": "the credentials may not write there: check the role, the ACL and the bucket's policy (D2)",
            "403": "the credentials may not write there: check the role, the ACL and the bucket's policy (D2)",
            "InvalidAccessKeyId": "check the access key",
            "SignatureDoesNotMatch": "check the secret key",
            "ExpiredToken": "renew the credentials",
        }
        return DropError(
            f"can't {what} {place}: {code}: {error.response.get('Error', {}).get('Message', '')}".rstrip(": "),
            hint=hints.get(code, "run again later: what is there already is not sent twice"),
        )


def _parts(file: StagedFile) -> Iterator[tuple[int, int]]:
    """Number and first byte of each part."""
    yield from enumerate(range(0, file.content.size, PART_BYTES), start=1)


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", "unknown"))


def open_s3(bucket: str, prefix: str, destination: str, **settings: Any) -> S3Drop:
    try:
        return S3Drop(bucket, prefix, destination, **settings)
    except (BotoCoreError, ValueError) as error:
        raise ConfigurationError(
            f"{destination}: {error}", hint="check endpoint_url, region and AWS settings"
        ) from error
