"""What a profile of dbt-duckdb says beyond a path: other databases, extensions, secrets, settings.

The tables may lie in an attached database: `database` then has its alias. What is not understood is refused by the name
of its key, where leaving it out could change what is read.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aam_export.errors import ConfigurationError
from aam_export.profile import Target

MEMORY = ":memory:"
# Said when the connection is made, or ours to say.
_OF_THE_CONNECTION = {"memory_limit", "temp_directory", "threads", "preserve_insertion_order", "motherduck_token"}
_HANDLED = {"type", "secret", "read_only"}


@dataclass(frozen=True)
class Attachment:
    """An entry of `attach`: `name` is the database's in SQL."""

    path: str
    name: str
    kind: str
    secret: str | None
    options: Mapping[str, Any]

    @property
    def is_file(self) -> bool:
        """Whether it is a DuckDB file on this machine."""
        return self.kind == "duckdb" and ":" not in self.path

    def sql(self, *, read_only: bool) -> str:
        """ATTACH, as dbt-duckdb writes it."""
        words = [] if self.kind == "duckdb" else [f"type {self.kind}"]
        words += [f"secret {quoted(self.secret)}"] if self.secret else []
        words += ["read_only"] if read_only else []
        words += [f"{key} {_value(value)}" for key, value in self.options.items() if key not in _HANDLED]
        options = f" ({', '.join(words)})" if words else ""
        return f"attach if not exists {_text(str(local(self.path)))} as {quoted(self.name)}{options}"


def attachments(target: Target) -> list[Attachment]:
    """The databases that the profile attaches; raises ConfigurationError for an entry that can't be one."""
    found = []
    for entry in target.settings.get("attach") or []:
        if not isinstance(entry, Mapping) or not entry.get("path"):
            raise ConfigurationError(
                f"target '{target.name}': an entry of attach has no path", hint="mend `attach` in profiles.yml"
            )
        options = entry.get("options") or {}
        kind = str(entry.get("type") or options.get("type") or "duckdb").lower()
        path = str(entry["path"])
        if entry.get("is_ducklake") or path.lower().startswith("ducklake:"):
            kind = "ducklake"
        secret = entry.get("secret") or options.get("secret")
        found.append(Attachment(path, str(entry.get("alias") or name_of(path)), kind, secret, options))
    return found


def home(target: Target, attached: list[Attachment]) -> Attachment | None:
    """The attached database that holds the target's tables; None where `path` does."""
    named = str(target.settings.get("database") or "")
    found = next((entry for entry in attached if named and entry.name.lower() == named.lower()), None)
    if found is not None and not found.is_file:
        raise ConfigurationError(
            f"target '{target.name}': database is the attached {found.name} (type {found.kind}), which is no DuckDB "
            "file on this machine, and the ledger needs one that a run has to itself",
            hint="build into a DuckDB file, or use a target of type postgres",
        )
    return found


def refuse_unknown(target: Target) -> None:
    """Raise ConfigurationError for what would make another database of it, and can't be had here."""
    for key, why in (
        ("remote", "dbt's queries run on another machine"),
        ("filesystems", "files are read through fsspec, in dbt's own Python"),
    ):
        if target.settings.get(key):
            raise ConfigurationError(
                f"target '{target.name}' has `{key}`, which aam-export can't follow: {why}",
                hint=f"build into a DuckDB file by a target without `{key}`, or use one of type postgres",
            )


def preparations(target: Target) -> Iterator[tuple[str, str]]:
    """The key of the profile and a statement for it, in the order in which dbt-duckdb runs them, before it attaches."""
    settings = target.settings
    for extension in settings.get("extensions") or []:
        name = extension.get("name") if isinstance(extension, Mapping) else extension
        source = f" from {extension['repo']}" if isinstance(extension, Mapping) and extension.get("repo") else ""
        yield "extensions", f"install {name}{source}"
        yield "extensions", f"load {name}"
    secrets = list(settings.get("secrets") or [])
    if settings.get("use_credential_provider") == "aws":
        secrets.append({"type": "s3", "provider": "credential_chain"})
    for number, secret in enumerate(secrets, start=1):
        yield "secrets", _secret(dict(secret), f"_dbt_secret_{number}")
    for key, value in (settings.get("settings") or {}).items():
        if key not in _OF_THE_CONNECTION:
            yield f"settings: {key}", f"set {key} = {_text(str(value))}"


def name_of(path: str) -> str:
    """A database's name in SQL where nobody gave one, as dbt-duckdb derives it."""
    if path == MEMORY:
        return "memory"
    return posixpath.splitext(posixpath.basename(urlsplit(path).path))[0]


def local(path: str) -> str | Path:
    """A path as DuckDB opens it; those of this machine with the home folder that ~ stands for."""
    return path if ":" in path else Path(path).expanduser()


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"  # these statements take no expressions


def _secret(given: dict[str, Any], default_name: str) -> str:
    name = quoted(str(given.pop("name", None) or default_name))
    persistent = "persistent " if given.pop("persistent", None) is True else ""
    scopes = given.pop("scope", None) or []
    words = [
        f"{key} {_value(value, bare=key in ('type', 'provider'))}" for key, value in given.items() if value is not None
    ]
    words += [f"scope {_value(scopes if isinstance(scopes, str) else list(scopes))}"] if scopes else []
    return f"create or replace {persistent}secret {name} ({', '.join(words)})"


def _value(value: Any, *, bare: bool = False) -> str:
    if isinstance(value, Mapping):
        return "map {" + ", ".join(f"{_text(str(k))}: {_text(str(v))}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_text(str(item)) for item in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if bare or isinstance(value, int | float) else _text(str(value))
