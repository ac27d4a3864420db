"""All that a project lacks to use the package, as additions to its files."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any

import yaml

from aam_export.errors import ConfigurationError
from aam_export.exposure import PACKAGE
from aam_export.scaffold.additions import Addition, read_mapping, read_text
from aam_export.scaffold.package_source import Entry, holds_package
from aam_export.scaffold.user_project import UserProject
from aam_export.scaffold.yaml_edit import Keys, add_item, add_missing, add_word

LISTS = ("aam_data_sources", "aam_traits", "aam_signal_keys", "aam_id_syncs")
SIGNALS_MODEL = "signals__customers"


def missing_from(project: UserProject, package: Entry, partner_name: str) -> list[Addition]:
    """What init adds, in the order in which it is written: dbt_project.yml last. Nothing where all is there.

    Raises ConfigurationError where lines would have to go into a file that does not take them.
    """
    return [
        *_account(project),
        *_signals_model(project),
        *_packages(project, package),
        *_settings(project, partner_name),
    ]


def settings_of(content: dict[str, Any], *keys: str) -> Any:
    """What stands in dbt_project.yml under these keys, with or without a `+`; None where nothing does."""
    found: Any = content
    for key in keys:
        entries = found if isinstance(found, dict) else {}
        found = next((value for name, value in entries.items() if str(name).lstrip("+") == key), None)
    return found


def _account(project: UserProject) -> Iterator[Addition]:
    """The account's lists as seeds with their headers, and the YAML that describes them."""
    folder = project.seeds[0] / "account"
    new = [name for name in LISTS if not project.has(name)]
    for name in new:
        yield Addition(folder / f"{name}.csv", None, _template(f"{name}.csv"))
    wanted = [name for name in new if name not in project.described_seeds()]
    file = folder / "_account__seeds.yml"
    template = _template("_account__seeds.yml")
    if wanted == list(LISTS) and not file.exists():
        yield Addition(file, None, template)
    elif wanted:
        before = read_text(file) if file.exists() else None
        after = before or "version: 2\n"
        for name in wanted:
            after = add_item(after, "seeds", _entry(template, name), file=str(file))
        yield Addition(file, before, after)


def _entry(template: str, seed: str) -> str:
    """A seed's entry in the template, without the dash."""
    [entry] = re.findall(rf"^  - (name: {seed}\n.*?)(?=^  - |\Z)", template, re.MULTILINE | re.DOTALL)
    first, _, rest = entry.rstrip().partition("\n")
    return f"{first}\n{textwrap.dedent(rest)}\n"


def _signals_model(project: UserProject) -> Iterator[Addition]:
    """A first signals model, where the project names none."""
    if _variable(project, "aam_signal_models") is None and not project.has(SIGNALS_MODEL):
        file = project.models[0] / "signals" / f"{SIGNALS_MODEL}.sql"
        yield Addition(file, None, _template(f"{SIGNALS_MODEL}.sql"))


def _variable(project: UserProject, name: str) -> Any:
    everywhere = settings_of(project.content, "vars", name)
    return settings_of(project.content, "vars", PACKAGE, name) if everywhere is None else everywhere


def _packages(project: UserProject, package: Entry) -> Iterator[Addition]:
    """An entry in the file that lists the project's packages."""
    files = [project.folder / name for name in ("packages.yml", "dependencies.yml")]
    contents = {file: read_mapping(file) for file in files if file.exists()}
    for content in contents.values():
        if any(_is_package(entry, package, project.folder) for entry in content.get("packages") or ()):
            return
    listing = [file for file, content in contents.items() if content.get("packages")]
    file = listing[0] if listing else files[0]
    before = read_text(file) if file.exists() else None
    after = add_item(before or "", "packages", yaml.safe_dump(package, sort_keys=False), file=str(file))
    yield Addition(file, before, after)


def _is_package(entry: Any, package: Entry, folder: Path) -> bool:
    """Whether an entry of packages.yml is this package, of whatever version."""
    if not isinstance(entry, dict):
        return False
    if "local" in entry:
        return holds_package(folder / str(entry["local"]))
    names = {str(entry.get(key, "")).rstrip("/").removesuffix(".git") for key in ("git", "package", "tarball", "name")}
    wanted = package.get("git", "").rstrip("/").removesuffix(".git")
    return wanted in names - {""} or any(name.split("/")[-1] == PACKAGE for name in names)


def _settings(project: UserProject, partner_name: str) -> Iterator[Addition]:
    """The package's block in dbt_project.yml."""
    text, file = project.text, str(project.file)
    scoped = settings_of(project.content, "vars", PACKAGE) or {}

    def skip(keys: Keys) -> bool:
        return (keys[0] == "vars" and keys[-1] in scoped) or (keys == ("dispatch",) and "dispatch" in project.content)

    block = Template(_template("dbt_project.yml")).substitute(
        project=project.name, partner_name=_plain_or_quoted(partner_name)
    )
    text = add_missing(text, block, file=file, skip=skip)
    if "dispatch" in project.content:
        text = _with_search_order(text, project.content["dispatch"] or [], project)
    if text != project.text:
        yield Addition(project.file, project.text, text)


def _with_search_order(text: str, dispatch: Any, project: UserProject) -> str:
    """dbt's own macros are looked up in the package before dbt, so that its not_null is found."""
    file = str(project.file)
    order = f"[{project.name}, {PACKAGE}, dbt]"
    if not isinstance(dispatch, list):
        raise ConfigurationError(f"{file}: `dispatch:` is no list", hint="mend it; dbt needs it too")
    for number, entry in enumerate(dispatch):
        if isinstance(entry, dict) and entry.get("macro_namespace") == "dbt":
            words = entry.get("search_order")
            if isinstance(words, list) and PACKAGE in words:
                return text
            if not isinstance(words, list) or "dbt" not in words:
                raise ConfigurationError(
                    f"{file}: `dispatch:` has a search_order for dbt without dbt; nothing was written",
                    hint=f"write `search_order: {order}` there by hand, and run `aam-export init` again",
                )
            return add_word(text, ("dispatch", number, "search_order"), PACKAGE, "dbt", file=file)
    return add_item(text, "dispatch", f"macro_namespace: dbt\nsearch_order: {order}\n", file=file)


def _plain_or_quoted(value: str) -> str:
    """A text as YAML: `on` and `007` need quotes to stay texts."""
    return value if yaml.safe_load(value) == value else json.dumps(value)


def _template(name: str) -> str:
    return (resources.files("aam_export.scaffold") / "templates" / name).read_text(encoding="utf-8")
