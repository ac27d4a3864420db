"""Files into a bucket, each complete or not at all (V3), with the ACL that Adobe asks for (D2).

Objects are written with `If-None-Match: *` and a SHA-256 that the server checks, so a bucket that can be written and
not read is enough (V5); where reading is allowed, size and checksum are looked at as well.
"""

from __future__ import annotations

import base64
import enum
import hashlib
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime
from itertools import count
from typing import Any, BinaryIO

from botocore.exceptions import BotoCoreError, ClientError

from aam_export.drops.base import READ_BYTES, Arrival, Finding, check_unchanged, conflict, processed
from aam_export.drops.destinations import refuse_password, shown
from aam_export.drops.patience import Patience
from aam_export.drops.s3.bucket import DIGEST, Bucket, code_of, is_hidden, way_out
from aam_export.drops.s3.credentials import AWS_ERRORS, NO_ANSWER
from aam_export.drops.s3.probe import probe_bucket
from aam_export.errors import ConfigurationError, ConflictError, StagingError
from aam_export.files.content import FileContent, StagedFile
from aam_export.settings import MEGABYTE, DropSettings

EXISTS = {"PreconditionFailed", "412"}
RACE = {"ConditionalRequestConflict", "409"}
NO_UPLOADS = {"NoSuchUpload"}  # how some stores other than Amazon's say that a list is empty
ABSENT = {"404", "NoSuchKey", "NotFound"}


class _NotOurs(enum.Enum):
    """What a look at a name shows where it shows no file of ours. A bucket that can only be written shows nothing."""

    ABSENT = enum.auto()
    HIDDEN = enum.auto()


class S3Drop:
    """A bucket, into which several files, and several parts of each, go at a time."""

    def __init__(self, bucket: Bucket, destination: str) -> None:
        settings = bucket.settings
        self.bucket = bucket
        self.destination = destination
        self.parallel_files = settings.parallel_files
        self._part_bytes = int(settings.part_mb * MEGABYTE)
        self._pool = ThreadPoolExecutor(settings.parallel_parts, thread_name_prefix="part")
        # Parts that are in memory, of all files: read, being sent, or waiting for their turn.
        self._slots = threading.Semaphore(settings.parallel_parts)

    def url(self, key: str) -> str:
        return self.bucket.url(key)

    def check(self) -> None:
        try:
            self.bucket.client.head_bucket(**self.bucket.where)
        except ClientError as error:
            if not is_hidden(error):  # a write-only bucket hides itself, too
                raise self.bucket.failed("look at", "", error) from error
        except NO_ANSWER as error:
            raise self.bucket.failed("reach", "", error) from error

    def probe(self, partner_name: str, now: datetime) -> Iterator[Finding]:
        return probe_bucket(self.bucket, partner_name, now)

    def list_names(self, partner_name: str) -> list[str] | None:
        pages = self.bucket.client.get_paginator("list_objects_v2").paginate(
            **self.bucket.where, Prefix=f"{self.bucket.prefix}{partner_name}/date="
        )
        try:
            return [item["Key"].rpartition("/")[2] for page in pages for item in page.get("Contents", [])]
        except ClientError as error:
            if is_hidden(error):
                return None
            raise self.bucket.failed("list", "", error) from error
        except NO_ANSWER as error:
            raise self.bucket.failed("list", "", error) from error

    def put(
        self,
        file: StagedFile,
        key: str,
        *,
        attempted: bool,
        advance: Callable[[int], None],
        arrival: Arrival | None = None,
    ) -> FileContent:
        name = self.bucket.prefix + key
        left = file.content.size

        def go_on(size: int) -> None:
            nonlocal left
            left -= size
            advance(size)

        try:
            # A bucket that hides its objects is sent an attempt of unknown outcome again: the condition makes it safe.
            found = self._look_for(file, name) if attempted else _NotOurs.ABSENT
            if isinstance(found, _NotOurs):
                if attempted:
                    self._abort_leftovers(name)
                found = self._upload_once(file, name, attempted, go_on)
            go_on(left)
        except AWS_ERRORS as error:
            raise self.bucket.failed("write", name, error) from error
        except OSError as error:
            raise StagingError(
                f"staged file {file.path} can't be read: {error.strerror}", hint="check the disk, and run again"
            ) from error
        return found

    def _upload_once(self, file: StagedFile, name: str, attempted: bool, advance: Callable[[int], None]) -> FileContent:
        """Upload; an object that stands already is ours or a ConflictError. Returns the content that stands."""
        try:
            if file.content.size <= self._part_bytes:
                checksum = self._upload_whole(file, name)
            else:
                checksum = self._upload_parts(file, name, advance)
        except ClientError as error:
            if code_of(error) not in EXISTS | RACE:
                raise
            # An answer that was lost, and asked for again, shows as an object that exists already (V4).
            found = self._look(file, name)
            if isinstance(found, FileContent):
                return found
            if found is _NotOurs.HIDDEN and code_of(error) in EXISTS:
                if attempted or error.response["ResponseMetadata"].get("RetryAttempts", 0) > 0:
                    return file.content
                raise self._conflict(name) from error
            raise
        # The checksums proved the upload; a ConflictError here means that somebody replaced it.
        self._look(file, name, checksum)
        return file.content

    def _upload_whole(self, file: StagedFile, name: str) -> str:
        """One request; returns the object's checksum."""
        data = file.path.read_bytes()
        digest = hashlib.sha256(data)
        check_unchanged(file, digest.hexdigest())
        checksum = base64.b64encode(digest.digest()).decode()
        self.bucket.client.put_object(
            **self.bucket.making,
            Key=name,
            Body=data,
            Metadata={DIGEST: file.content.sha256},
            IfNoneMatch="*",
            ChecksumAlgorithm="SHA256",
            ChecksumSHA256=checksum,
        )
        return checksum

    def _upload_parts(self, file: StagedFile, name: str, advance: Callable[[int], None]) -> str:
        """Several parts at a time, and the object with the last request only; returns its checksum.

        The file is read once: what was hashed, as a whole against what staging verified and part by part for S3 to
        compare, is what is sent.
        """
        begun = self.bucket.client.create_multipart_upload(
            **self.bucket.making,
            Key=name,
            Metadata={DIGEST: file.content.sha256},
            ChecksumAlgorithm="SHA256",
        )
        upload = begun["UploadId"]
        if begun["ResponseMetadata"].get("RetryAttempts"):  # an answer that was lost may have begun another one
            self._abort_leftovers(name, but=upload)
        whole, digests = hashlib.sha256(), []
        sending: deque[tuple[Future[Any], int]] = deque()
        parts: list[Any] = []

        def finish_first() -> None:
            future, size = sending[0]
            parts.append(future.result())
            sending.popleft()
            advance(size)

        try:
            with file.path.open("rb") as handle:
                for number in count(1):
                    if not (data := self._read_part(handle)):
                        break
                    whole.update(data)
                    digests.append(hashlib.sha256(data).digest())
                    future = self._pool.submit(self._send_part, name, upload, number, data, digests[-1])
                    future.add_done_callback(lambda _: self._slots.release())
                    sending.append((future, len(data)))
                    while sending and sending[0][0].done():
                        finish_first()
            check_unchanged(file, whole.hexdigest())
            while sending:
                finish_first()
            self.bucket.client.complete_multipart_upload(
                **self.bucket.where, Key=name, UploadId=upload, IfNoneMatch="*", MultipartUpload={"Parts": parts}
            )
        except BaseException:
            for future, _ in sending:
                future.cancel()
            wait([future for future, _ in sending])  # a part that arrives after the abort would be paid for
            self._abort(name, upload)
            raise
        return base64.b64encode(hashlib.sha256(b"".join(digests)).digest()).decode()

    def _read_part(self, handle: BinaryIO) -> bytes:
        """The next part, as soon as there is room for it in memory; whoever sends it gives the room back."""
        self._slots.acquire()
        data = b""
        try:
            data = handle.read(self._part_bytes)
        finally:
            if not data:
                self._slots.release()
        return data

    def _send_part(self, name: str, upload: str, number: int, data: bytes, digest: bytes) -> Any:
        checksum = base64.b64encode(digest).decode()
        answer = self.bucket.client.upload_part(
            **self.bucket.where,
            Key=name,
            UploadId=upload,
            PartNumber=number,
            Body=data,
            ChecksumAlgorithm="SHA256",
            ChecksumSHA256=checksum,
        )
        return {"ETag": answer["ETag"], "PartNumber": number, "ChecksumSHA256": checksum}

    def _abort(self, name: str, upload: str) -> None:
        try:
            self.bucket.client.abort_multipart_upload(**self.bucket.where, Key=name, UploadId=upload)
        except AWS_ERRORS:
            return  # the first failure is the one to report; the next attempt clears what is left

    def _abort_leftovers(self, name: str, but: str | None = None) -> None:
        """Parts that a killed run left behind cost storage until somebody aborts their upload."""
        try:
            found = self.bucket.client.list_multipart_uploads(**self.bucket.where, Prefix=name)
        except ClientError as error:
            if is_hidden(error) or code_of(error) in NO_UPLOADS:
                return
            raise
        for upload in found.get("Uploads", []):
            if upload["Key"] == name and upload["UploadId"] != but:
                self._abort(name, upload["UploadId"])

    def _look_for(self, file: StagedFile, name: str) -> FileContent | _NotOurs:
        """What of this file stands under its name, as given or as the receiver marks it."""
        found = self._look(file, name)
        if found is not _NotOurs.ABSENT:
            return found
        marked = self._look(file, processed(name), may_be_empty=True)
        return marked if isinstance(marked, FileContent) else found

    def _look(
        self, file: StagedFile, name: str, checksum: str | None = None, *, may_be_empty: bool = False
    ) -> FileContent | _NotOurs:
        """What of this file stands under a name; raises ConflictError where something else does.

        `checksum` is the object's, where this process has made it: for parts, that of their checksums. `may_be_empty`
        takes an empty object for a mark of the receiver's.
        """
        try:
            found = self.bucket.client.head_object(**self.bucket.where, Key=name, ChecksumMode="ENABLED")
        except ClientError as error:
            if code_of(error) in ABSENT:
                return _NotOurs.ABSENT
            if is_hidden(error):
                return _NotOurs.HIDDEN
            raise
        if may_be_empty and not found["ContentLength"]:
            return file.content
        contents = [content for content in file.contents if content.size == found["ContentLength"]]
        if checksum and found.get("ChecksumSHA256", checksum).partition("-")[0] != checksum:  # -<parts> may follow
            raise self._conflict(name)
        if contents:
            said = {key.lower(): value for key, value in found["Metadata"].items()}  # a header's case means nothing
            sha256 = said.get(DIGEST) or self._sha256(name)
            for content in contents:
                if content.sha256 == sha256:
                    return content
        raise self._conflict(name)

    def _sha256(self, name: str) -> str:
        """Of an object's bytes: some stores other than Amazon's do not keep what we said of it."""
        digest = hashlib.sha256()
        for data in self.bucket.client.get_object(**self.bucket.where, Key=name)["Body"].iter_chunks(READ_BYTES):
            digest.update(data)
        return digest.hexdigest()

    def _conflict(self, name: str) -> ConflictError:
        return conflict(f"s3://{self.bucket.name}/{name}")


def open_s3(bucket: str, prefix: str, destination: str, settings: DropSettings, patience: Patience) -> S3Drop:
    """The bucket as a drop; raises ConfigurationError where settings or the environment make no client."""
    refuse_password(settings.endpoint_url or "", "endpoint_url")
    try:
        return S3Drop(Bucket(bucket, prefix, settings, patience), destination)
    except (BotoCoreError, ValueError) as error:
        raise ConfigurationError(
            f"{destination}: {shown(str(error))}",
            hint=way_out(error, settings) or "check endpoint_url, region, aws_profile and AWS settings",
        ) from error
