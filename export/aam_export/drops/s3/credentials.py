"""Credentials of Amazon: boto3's usual chain, a named profile, or a role that either of them assumes (D2)."""

from __future__ import annotations

import contextlib
from functools import partial

import boto3
import botocore.session
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    CredentialProvider,
    CredentialResolver,
    DeferredRefreshableCredentials,
)
from botocore.exceptions import BotoCoreError, ClientError

from aam_export.masking import remember, remember_settings
from aam_export.settings import DropSettings

# What a request can raise where no answer of the service comes. botocore raises a plain RuntimeError where credentials
# have expired and their source has no newer ones.
NO_ANSWER = (BotoCoreError, RuntimeError)
AWS_ERRORS = (ClientError, *NO_ANSWER)

# What CloudTrail shows beside the role, on both sides.
SESSION_NAME = "aam-export"
# Signs and asks for roles where nobody names a region; S3 itself finds a bucket's region out.
DEFAULT_REGION = "us-east-1"


def open_session(settings: DropSettings) -> boto3.Session:
    """A session whose credentials renew themselves for as long as their source does. Asks nothing of the network."""
    source = boto3.Session(profile_name=settings.aws_profile, region_name=settings.region)
    _remember_files()
    if settings.role_arn is None:
        return source
    core = botocore.session.Session(profile=settings.aws_profile)
    role = _Role(source, settings.role_arn, settings.external_id)
    core.register_component("credential_provider", CredentialResolver([role]))
    return boto3.Session(botocore_session=core, region_name=settings.region)


def _remember_files() -> None:
    """What Amazon's own files hold, so that it is shown nowhere (V12). Roles' keys are remembered as they come."""
    with contextlib.suppress(BotoCoreError):  # a file that can't be read: whoever needs it says so
        remember_settings(botocore.session.Session().full_config.get("profiles", {}))


class _Role(CredentialProvider):
    """Gives credentials of the role, which are asked for when first needed and again before they expire."""

    METHOD = "assume-role"

    def __init__(self, source: boto3.Session, role_arn: str, external_id: str | None) -> None:
        super().__init__()
        self._source = source
        self._role_arn = role_arn
        self._external_id = external_id

    def load(self) -> DeferredRefreshableCredentials | None:
        credentials = self._source.get_credentials()
        if credentials is None:
            return None
        extra = {"RoleSessionName": SESSION_NAME}
        if self._external_id:
            extra["ExternalId"] = self._external_id
        fetcher = AssumeRoleCredentialFetcher(
            client_creator=partial(self._source.client, region_name=self._source.region_name or DEFAULT_REGION),
            source_credentials=credentials,
            role_arn=self._role_arn,
            extra_args=extra,
        )

        def fetch() -> dict[str, str]:
            fetched: dict[str, str] = fetcher.fetch_credentials()
            remember(*(fetched.get(name) for name in ("access_key", "secret_key", "token")))
            return fetched

        return DeferredRefreshableCredentials(refresh_using=fetch, method=self.METHOD)
