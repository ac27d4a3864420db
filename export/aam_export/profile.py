"""The connection that dbt uses, read from the same profiles.yml by dbt's own rules.

dbt's loader is not imported: it takes over two seconds, as long as writing five million lines. What a profile may hold
is small: YAML whose strings are Jinja with `env_var`.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, pass_context
from jinja2.nativetypes import NativeEnvironment, NativeTemplate
from jinja2.runtime import Context

from aam_export.errors import ConfigurationError
from aam_export.masking import allow, is_secret_name, remember, remember_settings


@dataclass(frozen=True)
class Target:
    """One output of a profile. `settings` are its keys, rendered; they may hold secrets and stay out of `repr`.

    `default` names the output that dbt takes of this profile where nobody names a target.
    """

    profile: str
    name: str
    type: str
    settings: Mapping[str, Any] = field(repr=False)
    default: str


def dbt_variable(name: str) -> str | None:
    """An environment variable that stands for an option of dbt, such as TARGET; None where unset or empty."""
    return os.environ.get(f"DBT_ENGINE_{name}") or os.environ.get(f"DBT_{name}") or None


def refuse_unusable(name: str, value: str, *, in_ascii: bool = False) -> None:
    """Raise ConfigurationError, which names a variable and not its value, where that can't be a secret's (V12).

    `in_ascii` where the way there carries ASCII alone, and no blanks around it.
    """
    wrong = ""
    if any(0xDC80 <= ord(character) <= 0xDCFF for character in value):
        wrong = "bytes that are not UTF-8"
    elif "\n" in value or "\r" in value:
        wrong = "a line end"
    elif any(ord(character) < 32 or ord(character) == 127 for character in value):
        wrong = "a control character"
    if wrong:
        raise ConfigurationError(
            f"{name} holds {wrong}, which no secret has",
            hint="set it anew without: a file that is read by $(cat …) loses its last line end, one that a container "
            "mounts or a secret store pastes does not",
            rule="V12",
        )
    if in_ascii and not (value.isascii() and value == value.strip()):
        raise ConfigurationError(
            f"{name} holds a blank at an end, or characters that don't get there: only ASCII does",
            hint="set it anew, as it was given",
            rule="V12",
        )


def _refuse_unusable(settings: Any, where: str) -> None:
    """The same for what a profile holds under names that say so."""
    for key, value in settings.items():
        if isinstance(value, str) and is_secret_name(str(key)):
            refuse_unusable(f"{where}: {key}", value)


def render(value: Any, *, where: str, target: Mapping[str, Any] | None = None) -> Any:
    """Render the Jinja in every string of a YAML value, as dbt does.

    `where` names the place in errors; `target` is what templates see under that name, which dbt shows to
    dbt_project.yml and not to profiles.yml.
    """
    if isinstance(value, dict):
        return {key: _render_entry(key, item, f"{where}: {key}", target) for key, item in value.items()}
    if isinstance(value, list):
        return [render(item, where=where, target=target) for item in value]
    if not isinstance(value, str):
        return value

    def env_var(name: str, default: str | None = None) -> str:
        found = os.environ.get(name, default)
        if found is None:
            raise ConfigurationError(
                f"{where}: environment variable {name} is not set",
                hint=f"export {name}=… before running aam-export",
            )
        if is_secret_name(name):
            remember(found)
            refuse_unusable(name, found)
        return found

    def var(name: str, default: Any = None) -> Any:
        if default is None:
            raise ConfigurationError(
                f"{where}: var('{name}') has no default", hint="give it one, or use env_var: aam-export takes no --vars"
            )
        return default

    environment = _Environment(undefined=StrictUndefined)
    environment.globals.update(env_var=env_var, var=var)
    if target is not None:
        environment.globals.update(target=target)
    environment.filters.update(as_number=_as_number, as_bool=_as_bool, as_text=_as_text, as_native=_as_native)
    try:
        return environment.from_string(value).render()
    except (TemplateError, ValueError, TypeError) as error:
        raise ConfigurationError(f"{where}: {error}", hint="see dbt's documentation of profiles.yml") from error


def _render_entry(key: Any, value: Any, where: str, target: Mapping[str, Any] | None) -> Any:
    try:
        return render(value, where=where, target=target)
    except ConfigurationError as error:
        # As in dbt, a password may look like broken Jinja and is then taken as it stands.
        if key == "password" and isinstance(error.__cause__, TemplateSyntaxError):
            return value
        raise


def _join_native(nodes: Any) -> Any:
    """Native rendering would turn "42" into a number: text stays text, unless a filter made it something else."""
    values = list(nodes)
    if len(values) == 1 and not isinstance(values[0], StrictUndefined):
        return values[0]
    return "".join(str(value) for value in values)  # of an undefined one, this raises


class _Environment(NativeEnvironment):
    concat = staticmethod(_join_native)  # type: ignore[assignment]


class _Template(NativeTemplate):
    environment_class = _Environment


_Environment.template_class = _Template


# Filters take the context, which keeps Jinja from computing them beforehand and making texts of their results.


@pass_context
def _as_text(_context: Context, value: Any) -> str:
    return str(value)


@pass_context
def _as_native(_context: Context, value: Any) -> Any:
    return _literal(value)


@pass_context
def _as_number(_context: Context, value: Any) -> int | float:
    number = _literal(value)
    if isinstance(number, int | float) and not isinstance(number, bool):
        return number
    raise ValueError(f"{value!r} is no number")


@pass_context
def _as_bool(_context: Context, value: Any) -> bool:
    truth = _literal(value)
    if not isinstance(truth, bool):
        raise ValueError(f"{value!r} is neither True nor False")
    return truth


def _literal(value: Any) -> Any:
    """The Python literal that a text spells, or the text."""
    try:
        return ast.literal_eval(str(value))
    except (ValueError, SyntaxError):
        return value


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
            hint="like dbt, aam-export looks here and then in ~/.dbt; name another folder with --profiles-dir",
        )
    profiles = read_yaml(path)
    profile = profiles.get(profile_name)
    if not isinstance(profile, dict):
        known = ", ".join(name for name in profiles if name != "config") or "none"
        raise ConfigurationError(
            f"{path}: no profile '{profile_name}' (it has: {known})", hint="choose one with --profile"
        )
    given = profile.get("outputs")
    outputs = given if isinstance(given, dict) else {}
    default = str(render(profile.get("target", "default"), where=f"{path}: {profile_name}: target"))
    chosen = target_name or default
    output = outputs.get(chosen)
    if not isinstance(output, dict):
        raise ConfigurationError(
            f"{path}: profile '{profile_name}' has no target '{chosen}' (it has: {', '.join(outputs) or 'none'})",
            hint="choose one with --target",
        )
    settings = render(output, where=f"{path}: {profile_name}: {chosen}")
    remember_settings(settings)
    allow(
        *(settings.get(key) for key in ("schema", "database", "dbname", "host", "user", "path")), profile_name, chosen
    )
    _refuse_unusable(settings, f"{path}: {profile_name}: {chosen}")
    return Target(
        profile=profile_name, name=chosen, type=str(settings.get("type", "")), settings=settings, default=default
    )
