"""The settings of a drop: `meta: {aam: …}` of the exposure `aam_drop`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any

from aam_export.errors import ConfigurationError
from aam_export.files.names import validate_partner_name

MEGABYTE = 1_000_000
SWITCHES = {"allow_plain_ftp"}
SECRET = re.compile("passw|passphrase|secret|token|access_key|private_key", re.IGNORECASE)


@dataclass(frozen=True)
class _Number:
    """What a setting that is a number may be: above 0, or at least `least`, and at most `most`."""

    unit: str
    most: int
    least: float = 0
    whole: bool = False
    rule: str = ""

    def takes(self, value: Any) -> bool:
        wanted = int if self.whole else int | float
        return isinstance(value, wanted) and not isinstance(value, bool) and max(self.least, 1e-9) <= value <= self.most

    def __str__(self) -> str:
        kind = "whole number" if self.whole else "number"
        lowest = f", at least {self.least:g}" if self.least else " above 0"
        return f"{kind} of {self.unit}{lowest}, at most {self.most}"


NUMBERS = {
    "split_compressed_mb": _Number("megabytes", 1_000, rule="S2"),  # our reading
    "split_uncompressed_mb": _Number("megabytes", 5_000, rule="S2"),
    "max_removal_pct": _Number("percent", 100),
    "part_mb": _Number("megabytes", 1_000, least=5.25),  # S3 takes no smaller part (5 MiB), but for the last
    "parallel_parts": _Number("parts", 64, least=1, whole=True),
    "parallel_files": _Number("files", 64, least=1, whole=True),
    "upload_minutes": _Number("minutes", 1_440),
}
TEXTS = {
    "expected_bucket_owner": (re.compile(r"\d{12}"), "an account ID of Amazon, 12 digits"),
    "role_arn": (
        re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/\S+"),
        "a role, such as arn:aws:iam::123456789012:role/aam",
    ),
}


@dataclass(frozen=True)
class DropSettings:
    """`meta: {aam: …}` of the exposure `aam_drop`. Sizes are in millions of bytes.

    A file ends before it grows beyond `split_compressed_mb` or `split_uncompressed_mb` (S1, S8). A run is refused where
    more than `max_removal_pct` percent of a data source's users would only lose (V9). `host_key` is the
    fingerprint of an SFTP server (`SHA256:…`). `pgp_public_key` names a file with the receiver's key, for which files
    are encrypted (N8). Paths are relative to the project's folder.
    docs/drops.md tells the others.
    """

    partner_name: str
    destination: str = "file:target/aam_drop"
    split_compressed_mb: float = 250
    split_uncompressed_mb: float = 1_000
    max_removal_pct: float = 20
    endpoint_url: str | None = None
    region: str | None = None
    acl: str = "bucket-owner-full-control"
    host_key: str | None = None
    known_hosts: str = "~/.ssh/known_hosts"
    allow_plain_ftp: bool = False
    pgp_public_key: str | None = None
    production_targets: tuple[str, ...] = ()
    aws_profile: str | None = None
    role_arn: str | None = None
    external_id: str | None = None
    expected_bucket_owner: str | None = None
    part_mb: float = 16
    parallel_parts: int = 8
    parallel_files: int = 4
    upload_minutes: float = 240

    @classmethod
    def from_meta(cls, meta: Mapping[str, Any], *, where: str) -> DropSettings:
        known = {field.name for field in fields(cls)}
        for name in meta:
            if name not in known:
                raise ConfigurationError(f"{where}: unknown setting '{name}'", hint=_advice(str(name), known))
        if not meta.get("partner_name"):
            raise ConfigurationError(
                f"{where}: partner_name is missing",
                hint="set it to the company's name in Audience Manager",
                rule="N1",
            )
        given = {name: value for name, value in meta.items() if value not in (None, "")}
        given["production_targets"] = _names(given.get("production_targets", ()), where=f"{where}: production_targets")
        for name, value in given.items():
            if name in SWITCHES and not isinstance(value, bool):
                raise ConfigurationError(f"{where}: {name} is {value!r}", hint="write true or false, without quotes")
            if name not in NUMBERS.keys() | SWITCHES and not isinstance(value, str | tuple):
                raise ConfigurationError(f"{where}: {name} is {value!r}, not a text", hint="write it in quotes")
        settings = cls(**given)
        validate_partner_name(settings.partner_name)
        for name, number in NUMBERS.items():
            value = getattr(settings, name)
            if not number.takes(value):
                raise ConfigurationError(f"{where}: {name} is {value!r}", hint=f"give a {number}", rule=number.rule)
        for name, (pattern, meant) in TEXTS.items():
            value = getattr(settings, name)
            if value is not None and not pattern.fullmatch(value):
                raise ConfigurationError(f"{where}: {name} is {value!r}", hint=f"give {meant}", rule="D2")
        return settings


def _advice(name: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return f"did you mean '{close[0]}'?"
    if SECRET.search(name):
        return "secrets come from the environment only, for what stands here lands in dbt's manifest (docs/drops.md)"
    return f"known are {', '.join(sorted(known))}"


def _names(value: Any, *, where: str) -> tuple[str, ...]:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise ConfigurationError(f"{where} is {value!r}", hint="give a list of target names, such as [prod]")
    return tuple(names)
