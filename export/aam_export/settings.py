"""The settings of a drop: `meta: {aam: …}` of the exposure `aam_drop`. docs/drops.md has their table."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from aam_export.errors import ConfigurationError
from aam_export.exposure import PACKAGE
from aam_export.files.names import validate_partner_name

MEGABYTE = 1_000_000
PLACEHOLDER_PARTNER_NAME = "your-partner-name"  # what `aam-export init` writes where nobody names the company
NAME_THE_PARTNER = f"""build again with the company's name in Audience Manager in dbt_project.yml:

exposures:
  {PACKAGE}:
    +meta:
      aam:
        partner_name: {PLACEHOLDER_PARTNER_NAME}
        destination: file:target/aam_drop
"""
SECRET = re.compile("passw|passphrase|secret|token|access_key|private_key", re.IGNORECASE)

CannedAcl = Literal[
    "none",
    "private",
    "public-read",
    "public-read-write",
    "authenticated-read",
    "aws-exec-read",
    "bucket-owner-read",
    "bucket-owner-full-control",
]


def _several(value: Any) -> Any:
    """One name stands for a list of it."""
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_several)]


def _extra(**said: str) -> Any:
    """What a refusal says of a field: a number's `unit`, the form that is `meant`, the `rule` that asks for it."""
    return said


class DropSettings(BaseModel):
    """Checked settings. Sizes are in millions of bytes, paths are relative to the project's folder."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    partner_name: str = Field(
        description="the company's name in Audience Manager: the first folder of every file (N1)",
        json_schema_extra=_extra(meant="the company's name in Audience Manager", rule="N1"),
    )
    destination: str = Field(
        default="file:target/aam_drop", description="where files go: a name or a URL, as docs/drops.md lists them"
    )
    production_targets: Names = Field(
        default=(),
        description="the targets of the profile that may send to production",
        json_schema_extra=_extra(meant="a list of target names, such as [prod]"),
    )
    split_compressed_mb: float = Field(
        default=250,
        gt=0,
        le=1_000,  # our reading of S2
        description="a file ends before it is larger than this, compressed (S1), unless one user's lines are (S8)",
        json_schema_extra=_extra(unit="megabytes", rule="S2"),
    )
    split_uncompressed_mb: float = Field(
        default=1_000,
        gt=0,
        le=5_000,
        description="or larger than this before compression",
        json_schema_extra=_extra(unit="megabytes", rule="S2"),
    )
    max_removal_pct: float = Field(
        default=20,
        gt=0,
        le=100,
        description="a run is refused where more of a data source's users than this would only lose (V9)",
        json_schema_extra=_extra(unit="percent"),
    )
    feedback_sources: Names = Field(
        default=("drop",),
        description="where `aam-export receive` looks for what Audience Manager answers (docs/feedback.md)",
        json_schema_extra=_extra(meant="a list of sources, such as [drop, 's3://a-bucket/outbound']"),
    )
    receipt_senders: Names = Field(
        default=("aam-noreply@adobe.com",),
        description="whose receipts may settle a batch, for `aam-export settle --by receipts` (R2)",
        json_schema_extra=_extra(meant="a list of mail addresses", rule="R2"),
    )
    pgp_public_key: str | None = Field(
        default=None, description="a file with the receiver's public key, for which files are encrypted (N8)"
    )
    upload_minutes: float = Field(
        default=240,
        gt=0,
        le=1_440,
        description="after this long an upload fails, on every kind of drop; the next run goes on with it",
        json_schema_extra=_extra(unit="minutes"),
    )
    region: str | None = Field(default=None, description="S3: the bucket's region; without it, boto3's")
    endpoint_url: str | None = Field(default=None, description="S3: where requests go, for stores other than Amazon's")
    aws_profile: str | None = Field(
        default=None, description="S3: a profile of `~/.aws/config`; without it, `AWS_PROFILE`"
    )
    role_arn: str | None = Field(
        default=None,
        pattern=r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/\S+$",
        description="S3: the role that Adobe created for you (D2), assumed from whatever credentials there are",
        json_schema_extra=_extra(meant="a role, such as arn:aws:iam::123456789012:role/aam", rule="D2"),
    )
    external_id: str | None = Field(default=None, description="S3: the external ID that the role asks for")
    expected_bucket_owner: str | None = Field(
        default=None,
        pattern="^[0-9]{12}$",
        description="S3: 12 digits; a bucket of that name in another account is refused",
        json_schema_extra=_extra(meant="an account ID of Amazon, 12 digits", rule="D2"),
    )
    acl: CannedAcl = Field(
        default="bucket-owner-full-control",
        description="S3: what D2 asks for; `none` sends none, for buckets and stores that know no ACLs",
        json_schema_extra=_extra(
            meant="an ACL that S3 knows by name, such as bucket-owner-full-control, or none", rule="D2"
        ),
    )
    server_side_encryption: Literal["AES256", "aws:kms", "aws:kms:dsse"] | None = Field(
        default=None,
        description="S3: how the store is to encrypt what it keeps; without it, as the bucket does by itself",
        json_schema_extra=_extra(meant="AES256, aws:kms or aws:kms:dsse"),
    )
    kms_key_id: str | None = Field(
        default=None,
        description="S3: the key of KMS for that, by ID, ARN or alias; without it, Amazon's own",
    )
    part_mb: float = Field(
        default=16,
        ge=5.25,  # S3 takes no smaller part (5 MiB), but for the last
        le=1_000,
        description="S3: files larger than this go in parts of this size",
        json_schema_extra=_extra(unit="megabytes"),
    )
    parallel_parts: int = Field(
        default=8,
        ge=1,
        le=64,
        description="S3: parts in memory and on their way, of all files together: 128 MB with the defaults",
        json_schema_extra=_extra(unit="parts"),
    )
    parallel_files: int = Field(
        default=4, ge=1, le=64, description="S3: files on their way", json_schema_extra=_extra(unit="files")
    )
    host_key: str | None = Field(
        default=None, description="SFTP: the server's fingerprint, `SHA256:…`, as `ssh-keygen -lf` prints it"
    )
    known_hosts: str = Field(
        default="~/.ssh/known_hosts",
        description="SFTP: where else the server's key is looked up; a key that neither names is refused",
    )
    allow_plain_ftp: bool = Field(
        default=False,
        description="FTP: lets `ftp://` send without TLS, password and all",
        json_schema_extra=_extra(rule="D1"),
    )

    @classmethod
    def from_meta(cls, meta: Mapping[Any, Any], *, where: str) -> DropSettings:
        """The settings that a YAML mapping gives; what is left empty is the default.

        Raises ConfigurationError, which begins with `where` and tells of the first thing that is wrong.
        """
        given = {str(name): value for name, value in meta.items() if value not in (None, "")}
        unknown = [str(name) for name in meta if str(name) not in cls.model_fields]
        if unknown:
            raise ConfigurationError(f"{where}: unknown setting '{unknown[0]}'", hint=_advice(unknown[0]))
        try:
            settings = cls.model_validate(given)
        except ValidationError as error:
            raise _refusal(error, given, where) from None
        if settings.partner_name == PLACEHOLDER_PARTNER_NAME:
            raise ConfigurationError(
                f"{where}: partner_name is still the placeholder '{PLACEHOLDER_PARTNER_NAME}'",
                hint="write the company's name in Audience Manager in its place, and build again",
                rule="N1",
            )
        validate_partner_name(settings.partner_name)
        if settings.kms_key_id and not (settings.server_side_encryption or "").startswith("aws:kms"):
            raise ConfigurationError(
                f"{where}: kms_key_id is set, and server_side_encryption is "
                f"{settings.server_side_encryption or 'not set'}",
                hint="set server_side_encryption: aws:kms, or leave kms_key_id out",
            )
        return settings

    @classmethod
    def takes(cls, name: str) -> str:
        """What a setting may be, in words."""
        field = _schema(name)
        if field["type"] in ("number", "integer"):
            kind = "whole number" if field["type"] == "integer" else "number"
            lowest = f", at least {field['minimum']:g}" if "minimum" in field else " above 0"
            return f"{kind} of {field['unit']}{lowest}, at most {field['maximum']}"
        if field["type"] == "boolean":
            return "true or false"
        return str(field.get("meant", "text"))


def _schema(name: str) -> dict[str, Any]:
    """A field of the JSON schema; one that may be left out as if it might not."""
    field: dict[str, Any] = DropSettings.model_json_schema()["properties"][name]
    return {**field, **field.get("anyOf", [{}])[0]}


def _refusal(error: ValidationError, given: Mapping[str, Any], where: str) -> ConfigurationError:
    """The first of pydantic's errors in our words, which show no secret."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    name, kind = str(first["loc"][0]), first["type"]
    rule = str(_schema(name).get("rule", ""))
    wanted = DropSettings.takes(name)
    if kind == "missing":  # partner_name: all others have a default
        return ConfigurationError(f"{where}: {name} is missing", hint=NAME_THE_PARTNER, rule=rule)
    said = f"{where}: {name} is {_masked(given[name])!r}"
    if kind == "string_type" and len(first["loc"]) == 1:
        return ConfigurationError(f"{said}, not a text", hint="write it in quotes")
    if kind == "bool_type":
        return ConfigurationError(said, hint="write true or false, without quotes")
    article = "a " if "unit" in _schema(name) else ""
    return ConfigurationError(said, hint=f"give {article}{wanted}", rule=rule)


def _advice(name: str) -> str:
    close = difflib.get_close_matches(name, DropSettings.model_fields, n=1)
    if close:
        return f"did you mean '{close[0]}'?"
    if SECRET.search(name):
        return "secrets come from the environment only, for what stands here lands in dbt's manifest (docs/drops.md)"
    return f"known are {', '.join(sorted(DropSettings.model_fields))}"


def _masked(value: Any) -> Any:
    """A value as it may be shown: without what stands before a URL's host, and without what a secret's name holds."""
    if isinstance(value, str):
        return re.sub(r"\S*@", "…@", value)
    if isinstance(value, list | tuple):
        return [_masked(item) for item in value]
    if isinstance(value, dict):
        return {key: "…" if SECRET.search(str(key)) else _masked(item) for key, item in value.items()}
    return value
