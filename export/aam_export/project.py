"""The dbt project as its last build left it: where things are, and the settings of the exposure `aam_drop`."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from aam_export.errors import ConfigurationError, GateError
from aam_export.names import validate_partner_name
from aam_export.profile import Target, dbt_variable, load_target, read_yaml, render

PACKAGE = "aam_inbound"
EXPOSURE = "aam_drop"
BUILD = f"dbt build --select +exposure:{EXPOSURE}"
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
    more than `max_removal_pct` percent of a data source's users would only lose (design, delivery 9). `host_key` is the
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


@dataclass(frozen=True)
class Project:
    """A dbt project folder with its profile's target and, read from `target_path`, the last build's manifest.

    `default_profile` is what dbt takes where nobody names a profile.
    """

    folder: Path
    target_path: Path
    target: Target
    manifest: Mapping[str, Any] = field(repr=False)
    settings: DropSettings
    default_profile: str

    def relation(self, name: str) -> str:
        """The quoted name, in the warehouse, of a model, a seed or a source of the ledger; the package's go first."""
        nodes = [*self.manifest["nodes"].values(), *self.manifest["sources"].values()]
        for node in sorted(nodes, key=lambda node: node.get("package_name") != PACKAGE):
            if (
                node["name"] == name
                and node["resource_type"] in ("model", "seed", "source")
                and node.get("relation_name")
            ):
                return str(node["relation_name"])
        raise ConfigurationError(
            f"{self.target_path / 'manifest.json'} knows no model or source '{name}'",
            hint=f"is it disabled? Then {BUILD}",
        )


def load_project(
    *,
    project_dir: str | None = None,
    profiles_dir: str | None = None,
    profile: str | None = None,
    target: str | None = None,
) -> Project:
    """Find and read the project; the arguments mean what dbt's options of these names mean."""
    folder = find_project_folder(project_dir)
    file = folder / "dbt_project.yml"
    content = read_yaml(file)
    own_profile = str(render(content.get("profile"), where=f"{file}: profile") or "")
    profile_name = profile or dbt_variable("PROFILE") or own_profile
    if not profile_name:
        raise ConfigurationError(f"{file} names no profile", hint="add `profile: …`, or use --profile")
    chosen = load_target(profile_name, target or dbt_variable("TARGET"), _find_profiles_folder(profiles_dir))
    visible = {**chosen.settings, "name": chosen.name, "target_name": chosen.name, "profile_name": chosen.profile}
    target_path = folder / (
        dbt_variable("TARGET_PATH")
        or str(render(content.get("target-path", "target"), where=f"{file}: target-path", target=visible))
    )
    manifest = read_artifact(target_path / "manifest.json")
    return Project(folder, target_path, chosen, manifest, _drop_settings(manifest), own_profile)


def read_artifact(path: Path) -> dict[str, Any]:
    """One of dbt's JSON artifacts; raises GateError where it is missing or broken."""
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise GateError(f"there is no {path}: nothing proves what would be sent", hint=f"run `{BUILD}`") from None
    except (OSError, ValueError) as error:
        raise GateError(f"{path} can't be read: {error}", hint=f"run `{BUILD}` again") from error
    if not isinstance(content, dict) or not _is_artifact(content.get("metadata"), path.stem.replace("_", "-")):
        raise GateError(f"{path} is not an artifact of dbt", hint=f"run `{BUILD}` again")
    return content


def _is_artifact(metadata: Any, kind: str) -> bool:
    return isinstance(metadata, dict) and f"/{kind}/" in str(metadata.get("dbt_schema_version"))


def find_project_folder(project_dir: str | None) -> Path:
    """The folder of dbt_project.yml: exactly the one that is named, or else the current one or one above."""
    named = project_dir or dbt_variable("PROJECT_DIR")
    start = Path(named or ".").resolve()
    candidates = [start] if named else [start, *start.parents]
    for folder in candidates:
        if (folder / "dbt_project.yml").is_file():
            return folder
    raise ConfigurationError(
        f"no dbt_project.yml in {start}" + ("" if named else " or above"),
        hint="go to the project's folder, or name it with --project-dir",
    )


def _find_profiles_folder(profiles_dir: str | None) -> Path:
    named = profiles_dir or dbt_variable("PROFILES_DIR")
    if named:
        return Path(named)
    return Path.cwd() if (Path.cwd() / "profiles.yml").is_file() else Path.home() / ".dbt"


def find_exposure(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    for exposure in manifest["exposures"].values():
        if exposure["name"] == EXPOSURE:
            return dict(exposure)
    if any(name.split(".")[0] == "exposure" and name.split(".")[-1] == EXPOSURE for name in manifest["disabled"]):
        raise ConfigurationError(
            f"the exposure '{EXPOSURE}' is disabled",
            hint="enable it: it holds the drop's settings and guards a delivery",
        )
    raise ConfigurationError(
        f"the project has no exposure '{EXPOSURE}'",
        hint="keep models/inbound/_inbound__exposures.yml: it holds the drop's settings",
    )


def _drop_settings(manifest: Mapping[str, Any]) -> DropSettings:
    exposure = find_exposure(manifest)
    meta = {**exposure.get("meta", {}), **exposure.get("config", {}).get("meta", {})}
    where = f"{exposure['original_file_path']}: exposure {EXPOSURE}: meta: aam"
    settings = meta.get("aam")
    if not isinstance(settings, dict):
        raise ConfigurationError(f"{where} is missing", hint="give at least partner_name and destination", rule="N1")
    return DropSettings.from_meta(settings, where=where)
