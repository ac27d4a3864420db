"""A bucket and the client that asks for it; what S3 says when it refuses, in words a person can act on."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from botocore import exceptions as errors
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
DIGEST = "aam-export-sha256"  # what we say of an object, beside it

_BUCKET = "check the bucket's name in the exposure's `destination`"
_RIGHTS = (
    "the credentials may not write there: check the role, the ACL and the bucket's policy (D2), which may also ask for "
    "server_side_encryption"
)
_NOT_THERE = (
    "the store does not know what was asked for: `acl: none` leaves the ACL out; one that knows no If-None-Match can't "
    "be used, for it would overwrite (V3)"
)
_KMS = "check kms_key_id, and that the credentials may use the key (kms:GenerateDataKey, kms:Decrypt)"
_REGION = "set the exposure's `region` to the bucket's"
_CREDENTIALS = "renew the credentials"
HINTS = {
    "NoSuchBucket": _BUCKET,
    "404": _BUCKET,
    "AccessDenied": _RIGHTS,
    "403": _RIGHTS,
    "AccessControlListNotSupported": "the bucket takes no ACL but its owner's: set `acl: bucket-owner-full-control`, "
    "or `acl: none`",
    "NotImplemented": _NOT_THERE,
    "501": _NOT_THERE,
    "KMS.NotFoundException": _KMS,
    "KMS.DisabledException": _KMS,
    "KMS.KMSInvalidStateException": _KMS,
    "ServerSideEncryptionConfigurationNotFoundError": "set server_side_encryption",
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

_NETWORK = "check endpoint_url and the network, and run again"
_SIGN_IN = "sign in again: aws sso login{profile}"
_SOURCE = "mend what gives the credentials: the profile in ~/.aws, its process, or the machine's role"
# Where no answer came, what was in the way, by the library's errors; the first that fits.
WAYS: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    (
        (errors.UnauthorizedSSOTokenError, errors.SSOTokenLoadError, errors.TokenRetrievalError, errors.SSOError),
        _SIGN_IN,
    ),
    (
        (
            errors.CredentialRetrievalError,
            errors.PartialCredentialsError,
            errors.MetadataRetrievalError,
            errors.InfiniteLoopConfigError,
            errors.InvalidConfigError,
            errors.ConfigParseError,
            errors.RefreshWithMFAUnsupportedError,
        ),
        _SOURCE,
    ),
    ((errors.ProxyConnectionError,), "check the proxy (HTTPS_PROXY, NO_PROXY), and run again"),
    (
        (errors.SSLError,),
        "the server's certificate is not to be trusted: an authority of your own is trusted if AWS_CA_BUNDLE names it",
    ),
    ((errors.NoRegionError, errors.InvalidRegionError), "set the exposure's `region` to the bucket's"),
)


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
        # What a request says that makes an object.
        self.making: dict[str, Any] = dict(self.where)
        if settings.acl != "none":
            self.making["ACL"] = settings.acl
        if settings.server_side_encryption:
            self.making["ServerSideEncryption"] = settings.server_side_encryption
        if settings.kms_key_id:
            self.making["SSEKMSKeyId"] = settings.kms_key_id

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
                f"can't {what} {place}: {shown(str(error))}", hint=way_out(error, self.settings) or _NETWORK
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


def way_out(error: Exception, settings: DropSettings) -> str:
    """What to do where no answer came, and it was not the network; empty where it may have been."""
    for kinds, hint in WAYS:
        if isinstance(error, kinds):
            profile = settings.aws_profile or os.environ.get("AWS_PROFILE")
            return hint.format(profile=f" --profile {profile}" if profile else "")
    return ""


def is_hidden(error: ClientError) -> bool:
    """Whether S3 refused to let us look: as a bucket that can only be written does."""
    return code_of(error) in HIDDEN and error.operation_name != ASSUME_ROLE


def code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", "unknown"))
