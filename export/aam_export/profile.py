"""The connection that dbt uses, read from the same profiles.yml by dbt's own rules.

dbt's loader is not imported: it takes over two seconds, as long as writing five million lines. What a profile may hold
is small: YAML whose strings are Jinja with `env_var`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from jinja2 import StrictUndefined, TemplateError
from jinja2.nativetypes import NativeEnvironment

from aam_export.errors import ConfigurationError


@dataclass(frozen=True)
class Target:
    """One output of a profile. `settings` are its keys, rendered; they may hold secrets and stay out of `repr`."""

    profile: str
    name: str
    type: str
    settings: Mapping[str, Any] = field(repr=False)


def render(value: Any, *, where: str) -> Any:
    """Render the Jinja in every string of a YAML value, as dbt does; `where` names the place in errors."""
    if isinstance(value, dict):
        return {key: render(item, where=f"{where}: {key}") for key, item in value.items()}
    if isinstance(value, list):
        return [render(item, where=where) for item in value]
    if not isinstance(value, str) or "{" not in value:
        return value

    def env_var(name: str, default: str | None = None) -> str:
        found = os.environ.get(name, default)
        if found is None:
            raise ConfigurationError(
                f"{where}: environment variable {name} is not set",
                hint=f"export {name}=… before running aam-export",
            )
        return found

    environment = NativeEnvironment(undefined=StrictUndefined)
    environment.globals.update(env_var=env_var, target={}, var=lambda _name, default=None: default)
    environment.filters.update(as_number=_as_number, as_bool=_as_bool, as_text=str, as_native=lambda item: item)
    # Native rendering would turn "0123" into a number: keep text text, unless a filter made it something else.
    environment.concat = _join_native  # type: ignore[assignment]
    try:
        return environment.from_string(value).render()
    except TemplateError as error:
        raise ConfigurationError(f"{where}: {error}", hint="see dbt's documentation of profiles.yml") from error


def _join_native(nodes: Any) -> Any:
    values = list(nodes)
    return values[0] if len(values) == 1 else "".join(str(value) for value in values)


def _as_number(value: Any) -> int | float:
    return float(value) if "." in str(value) else int(value)


def _as_bool(value: Any) -> bool:
    return str(value).strip().lower() in {"true", "1", "yes"}


def read_yaml(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{path} is not valid YAML: {error}", hint="mend the file; dbt needs it too"
        ) from error
    if not isinstance(content, dict):
        raise ConfigurationError(f"{path} holds no settings", hint="mend the file; dbt needs it too")
    return content


def load_target(profile_name: str, target_name: str | None, profiles_dir: Path) -> Target:
    """The output `target_name` (default: the profile's own) of a profile.

    Raises ConfigurationError naming the profiles and targets that do exist.
    """
    path = profiles_dir / "profiles.yml"
    if not path.is_file():
        raise ConfigurationError(
            f"there is no profiles.yml in {profiles_dir}",
            hint="copy profiles.yml.example to profiles.yml, or name the folder with --profiles-dir",
        )
    profiles = read_yaml(path)
    profile = profiles.get(profile_name)
    if not isinstance(profile, dict):
        known = ", ".join(name for name in profiles if name != "config") or "none"
        raise ConfigurationError(
            f"{path}: no profile '{profile_name}' (it has: {known})", hint="choose one with --profile"
        )
    outputs = profile.get("outputs") or {}
    chosen = target_name or render(profile.get("target", "default"), where=f"{path}: {profile_name}: target")
    output = outputs.get(chosen)
    if not isinstance(output, dict):
        raise ConfigurationError(
            f"{path}: profile '{profile_name}' has no target '{chosen}' (it has: {', '.join(outputs) or 'none'})",
            hint="choose one with --target",
        )
    settings = render(output, where=f"{path}: {profile_name}: {chosen}")
    return Target(profile=profile_name, name=chosen, type=str(settings.get("type", "")), settings=settings)
