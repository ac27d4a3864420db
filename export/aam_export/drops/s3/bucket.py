"""A bucket and the client that asks for it; what S3 says when it refuses, in words a person can act on."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import ClientError, NoCredentialsError, ParamValidationError

from aam_export.drops.destinations import shown
from aam_export.drops.patience import Patience
from aam_export.drops.s3.credentials import open_session
from aam_export.errors import DropError
from aam_export.settings import DropSettings

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

HIDDEN = {"403", "AccessDenied", "Forbidden", "405", "MethodNotAllowed"}
ASSUME_ROLE = "AssumeRole"

_BUCKET = "check the bucket's name in the exposure's `destination`"
_RIGHTS = "the credentials may not write there: check the role, the ACL and the bucket's policy (D2)"
_REGION = "set the exposure's `region` to the bucket's"
_CREDENTIALS = "renew the credentials"
HINTS = {
    "NoSuchBucket": _BUCKET,
    "404": _BUCKET,
    "AccessDenied": _RIGHTS,
    "403": _RIGHTS,
    "AccessControlListNotSupported": "the bucket takes no ACL but its owner's: set `acl: bucket-owner-full-control`",
    "InvalidAccessKeyId": "check the access key",
    "SignatureDoesNotMatch": "check the secret key",
    "ExpiredToken": _CREDENTIALS,
    "ExpiredTokenException": _CREDENTIALS,
    "InvalidToken": _CREDENTIALS,
    "RequestTimeTooSkewed": "set this machine's clock: S3 refuses a difference of more than 15 minutes",
    "PermanentRedirect": _REGION,
    "AuthorizationHeaderMalformed": _REGION,
    "IllegalLocationConstraintException": _REGION,
}


class Bucket:
    """A bucket, and the `prefix` before all keys of ours: empty, or a path that ends with a slash."""

    def __init__(self, name: str, prefix: str, settings: DropSettings, patience: Patience) -> None:
        self.name = name
        self.prefix = prefix
        self.settings = settings
        self.session = open_session(settings)
        self.client: S3Client = self.session.client(
            "s3",
            endpoint_url=settings.endpoint_url,
            config=Config(
                retries={
                    "mode": "standard",
                    "total_max_attempts": int(os.environ.get("AWS_MAX_ATTEMPTS") or patience.attempts),
                },
                connect_timeout=10,
                read_timeout=patience.silence,
                tcp_keepalive=True,
                # The signed header x-amz-checksum-sha256 binds the body already, also where there is no TLS.
                s3={"payload_signing_enabled": False},
                max_pool_connections=settings.parallel_parts + settings.parallel_files,
            ),
        )
        # What every request says: a bucket of the same name in somebody else's account is refused by S3.
        self.where: dict[str, Any] = {"Bucket": name}
        if settings.expected_bucket_owner:
            self.where["ExpectedBucketOwner"] = settings.expected_bucket_owner

    def url(self, key: str) -> str:
        """Where the object of a key stands."""
        return f"s3://{self.name}/{self.prefix}{key}"

    def failed(self, what: str, name: str, error: Exception) -> DropError:
        """An error of S3 or of the way to it, in words a person can act on."""
        place = f"s3://{self.name}/{name}"
        if isinstance(error, NoCredentialsError):
            return DropError(
                f"can't {what} {place}: no credentials",
                hint="set AWS_PROFILE, or what boto3 reads credentials from",
            )
        if isinstance(error, ParamValidationError):
            return DropError(f"can't {what} {place}: {error}", hint="check bucket and path of the destination")
        if isinstance(error, RuntimeError):
            return DropError(f"can't {what} {place}: {error}", hint=_CREDENTIALS)
        if not isinstance(error, ClientError):
            return DropError(
                f"can't {what} {place}: {shown(str(error))}", hint="check endpoint_url and the network, and run again"
            )
        code, message = code_of(error), error.response.get("Error", {}).get("Message", "")
        if error.operation_name == ASSUME_ROLE:
            return DropError(
                f"can't {what} {place}: can't assume {self.settings.role_arn}: {code}: {message}".rstrip(": "),
                hint="check role_arn, external_id and the role's trust policy, which must name whom `aws sts "
                "get-caller-identity` shows (D2)",
            )
        return DropError(
            f"can't {what} {place}: {code}: {message}".rstrip(": "),
            hint=HINTS.get(code, "run again later: what is there already is not sent twice"),
        )


def is_hidden(error: ClientError) -> bool:
    """Whether S3 refused to let us look: as a bucket that can only be written does."""
    return code_of(error) in HIDDEN and error.operation_name != ASSUME_ROLE


def code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", "unknown"))
