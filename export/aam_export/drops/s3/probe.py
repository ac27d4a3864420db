"""What `aam-export doctor` asks of S3. Nothing is left behind: an upload is begun and aborted, and no object made."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
from collections.abc import Iterator
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from botocore.credentials import RefreshableCredentials
from botocore.exceptions import ClientError

from aam_export.drops.base import FAILED, OK, SKIPPED, WARNING, Finding
from aam_export.drops.s3.bucket import DIGEST, Bucket, code_of
from aam_export.drops.s3.credentials import AWS_ERRORS, DEFAULT_REGION, NO_ANSWER

SOON_MINUTES = 60
SKEW_WARNING, SKEW_LIMIT = 60, 15 * 60  # seconds; S3 refuses requests beyond the second
PROBE = ".aam-export-probe"
# Where credentials of the environment say when they end; written by `aws configure export-credentials`.
EXPIRATION = "AWS_CREDENTIAL_EXPIRATION"


def probe_bucket(bucket: Bucket, partner_name: str, now: datetime) -> Iterator[Finding]:
    """Findings on `credentials`, `account`, `TLS`, `bucket`, `region`, `clock`, `read` and `write`."""
    credentials = _credentials(bucket, now)
    yield credentials
    yield _account(bucket) if credentials.state != FAILED else Finding("account", SKIPPED, "there are no credentials")
    yield _tls(bucket)
    if credentials.state == FAILED:
        for check in ("bucket", "region", "clock", "read", "write"):
            yield Finding(check, SKIPPED, "there are no credentials")
        return
    yield from _bucket(bucket, now)
    yield _read(bucket, partner_name)
    yield _write(bucket, partner_name, now)


def _credentials(bucket: Bucket, now: datetime) -> Finding:
    check = "credentials"
    try:
        credentials = bucket.session.get_credentials()
        if credentials is None:
            return Finding(check, FAILED, "boto3 finds none", "set AWS_PROFILE, or what boto3 reads credentials from")
        credentials.get_frozen_credentials()  # assumes the role, refreshes what can be refreshed
    except AWS_ERRORS as error:
        failure = bucket.failed("get credentials for", "", error)
        return Finding(check, FAILED, str(failure), failure.hint)
    by = f"by {credentials.method}"
    if isinstance(credentials, RefreshableCredentials) and credentials.method != "env":
        return Finding(check, OK, f"{by}, renewed before they expire")
    if not credentials.token:
        return Finding(check, OK, f"{by}, which do not expire")
    ends = _moment(os.environ.get(EXPIRATION, "")) if credentials.method == "env" else None
    if ends is None:
        return Finding(
            check,
            WARNING,
            f"{by}, temporary, and nothing says when they expire",
            f"set {EXPIRATION}, or let a profile or role_arn renew them",
        )
    minutes = int((ends - now).total_seconds() // 60)
    if minutes < SOON_MINUTES:
        hint = "renew them, or let a profile or role_arn do it: an upload that outlasts them fails"
        return Finding(check, WARNING, f"{by}, expire in {minutes} minutes", hint)
    return Finding(check, OK, f"{by}, valid until {ends:%Y-%m-%d %H:%M} UTC")


def _account(bucket: Bucket) -> Finding:
    """Whose the credentials are. A server that is not Amazon's is not asked, nor Amazon about its credentials."""
    check = "account"
    elsewhere = bucket.settings.endpoint_url or os.environ.get("AWS_ENDPOINT_URL_S3")
    if elsewhere and not (os.environ.get("AWS_ENDPOINT_URL_STS") or os.environ.get("AWS_ENDPOINT_URL")):
        return Finding(check, SKIPPED, f"{urlsplit(elsewhere).netloc.rpartition('@')[2]} is not Amazon's")
    try:
        region = bucket.session.region_name or DEFAULT_REGION
        identity = bucket.session.client("sts", region_name=region).get_caller_identity()
    except AWS_ERRORS as error:
        failure = bucket.failed("ask whose credentials write to", "", error)
        return Finding(check, FAILED, str(failure), failure.hint)
    return Finding(check, OK, f"{identity['Account']}, as {identity['Arn']}")


def _tls(bucket: Bucket) -> Finding:
    endpoint = urlsplit(bucket.client.meta.endpoint_url)
    if endpoint.scheme == "https":
        return Finding("TLS", OK, f"{endpoint.hostname} is reached by HTTPS, its certificate verified")
    return Finding("TLS", WARNING, f"{endpoint.hostname} is reached without TLS (D1)", "give an https:// endpoint_url")


def _bucket(bucket: Bucket, now: datetime) -> Iterator[Finding]:
    """The bucket by HEAD, whose headers tell region and time also where it is refused."""
    answer: Any
    url, owner = f"s3://{bucket.name}", bucket.settings.expected_bucket_owner
    try:
        answer = bucket.client.head_bucket(**bucket.where)
    except NO_ANSWER as error:
        failure = bucket.failed("reach", "", error)
        yield Finding("bucket", FAILED, str(failure), failure.hint)
        return
    except ClientError as error:
        answer = error.response
        status = answer["ResponseMetadata"].get("HTTPStatusCode")
        if status in (403, 405):
            also = f", or it is not account {owner}'s" if owner else ""
            yield Finding("bucket", OK, f"{url} answers, and can't be looked at{also}; `write` tells more")
        else:
            failure = bucket.failed("look at", "", error)
            yield Finding("bucket", FAILED, str(failure), failure.hint)
    else:
        whose = f", and belongs to account {owner}" if owner else ""
        yield Finding("bucket", OK, f"{url} exists{whose}")
    headers = answer["ResponseMetadata"].get("HTTPHeaders", {})
    yield _region(bucket, headers.get("x-amz-bucket-region"))
    yield _clock(headers.get("date"), now)


def _region(bucket: Bucket, found: str | None) -> Finding:
    ours = bucket.client.meta.region_name
    if found is None:
        return Finding("region", SKIPPED, "the server does not tell")
    if found != ours and ours not in (None, "aws-global"):
        return Finding("region", WARNING, f"the bucket is in {found}, requests are for {ours}", f"set region: {found}")
    return Finding("region", OK, found)


def _clock(date: str | None, now: datetime) -> Finding:
    try:
        server = parsedate_to_datetime(date or "").astimezone(timezone.utc)
    except ValueError:
        return Finding("clock", SKIPPED, "the server does not tell the time")
    seconds = round((now - server).total_seconds())
    said = f"{abs(seconds):,} s {'ahead of' if seconds > 0 else 'behind'} the server's"
    if abs(seconds) < SKEW_WARNING:
        return Finding("clock", OK, f"agrees with the server's within {SKEW_WARNING} s")
    state = FAILED if abs(seconds) >= SKEW_LIMIT else WARNING
    return Finding("clock", state, said, "set this machine's clock: names and signatures need it (N3)")


def _read(bucket: Bucket, partner_name: str) -> Finding:
    """Listing shows whether the ledger is behind the drop; a drop that can only be written does without."""
    try:
        bucket.client.list_objects_v2(**bucket.where, Prefix=f"{bucket.prefix}{partner_name}/date=", MaxKeys=1)
    except ClientError as error:
        if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") in (403, 405):
            return Finding("read", OK, "not allowed, and not needed: checksums and conditional writes carry the proof")
        failure = bucket.failed("list", "", error)
        return Finding("read", FAILED, str(failure), failure.hint)
    except NO_ANSWER as error:
        failure = bucket.failed("list", "", error)
        return Finding("read", FAILED, str(failure), failure.hint)
    return Finding("read", OK, f"{bucket.url(partner_name)}/ can be listed")


def _write(bucket: Bucket, partner_name: str, now: datetime) -> Finding:
    """Begin an upload as a file's is begun, ACL and encryption and all, send a part, and abort it.

    Its end is asked for as a run does, with the condition that keeps objects from being overwritten, and without the
    part: no store makes an object of that.
    """
    name = f"{bucket.prefix}{partner_name}/date={now:%Y-%m-%d}/{PROBE}"
    try:
        upload = bucket.client.create_multipart_upload(
            **bucket.making,
            Key=name,
            Metadata={DIGEST: ""},
            ChecksumAlgorithm="SHA256",
        )["UploadId"]
    except AWS_ERRORS as error:
        failure = bucket.failed("write", name, error)
        return Finding("write", FAILED, str(failure), failure.hint)
    refused = _try_upload(bucket, name, upload)
    try:
        bucket.client.abort_multipart_upload(**bucket.where, Key=name, UploadId=upload)
    except AWS_ERRORS as error:
        failure = bucket.failed("abort an upload to", name, error)
        return Finding(
            "write", WARNING, str(failure), "allow s3:AbortMultipartUpload, or parts of failed uploads stay and cost"
        )
    if refused:
        return refused
    return Finding("write", OK, f"an upload to {bucket.url(partner_name)}/ can be begun and aborted")


def _try_upload(bucket: Bucket, name: str, upload: str) -> Finding | None:
    """What would refuse a file whose upload has been begun."""
    checksum = base64.b64encode(hashlib.sha256(b"x").digest()).decode()
    common: dict[str, Any] = {**bucket.where, "Key": name, "UploadId": upload}
    try:
        bucket.client.upload_part(
            **common, PartNumber=1, Body=b"x", ChecksumAlgorithm="SHA256", ChecksumSHA256=checksum
        )
    except AWS_ERRORS as error:
        failure = bucket.failed("write a part of", name, error)
        return Finding("write", FAILED, str(failure), failure.hint)
    nothing: Any = {"Parts": [{"PartNumber": 1, "ETag": f'"{"0" * 32}"', "ChecksumSHA256": checksum}]}
    try:
        bucket.client.complete_multipart_upload(**common, IfNoneMatch="*", MultipartUpload=nothing)
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if status in (403, 501) or code_of(error) in ("NotImplemented", "AccessDenied"):
            failure = bucket.failed("finish an upload to", name, error)
            return Finding("write", FAILED, str(failure), failure.hint)
        return None  # it was the part that was wrong
    except NO_ANSWER as error:
        failure = bucket.failed("finish an upload to", name, error)
        return Finding("write", FAILED, str(failure), failure.hint)
    with contextlib.suppress(*AWS_ERRORS):  # a store that takes any part for that one
        bucket.client.delete_object(**bucket.where, Key=name)
    return None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
