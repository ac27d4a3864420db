"""What the pages say is so: commands, options, links, help texts and the members of JSON objects."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import needs
import pytest
import yaml
from jsonschema import ValidationError, validate
from sandbox import REPOSITORY, Sandbox

from aam_export import cli
from aam_export.delivery import safeguards
from aam_export.delivery.results import Refusal
from aam_export.feedback.fates import BatchFate
from aam_export.ledger.id_syncs import Coverage, IdSyncTotals
from aam_export.settings import DropSettings

sys.path.insert(0, str(REPOSITORY / "scripts"))
import make_cli_docs
import make_json_docs
import make_settings_docs

PAGES = sorted(
    [REPOSITORY / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + [*REPOSITORY.glob("docs/*.md")]
)
COMMANDS = {name: cli.command(name) for name in cli.COMMANDS}
NAMES = [str(page.relative_to(REPOSITORY)) for page in PAGES]
LINK = re.compile(r"\]\((?!https?:)([^)#]+)(#[^)]*)?\)")
CALL = re.compile(r"(?:^|[\s`/])aam-export ([^`\n|]*)")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
PATH = re.compile(r"(?<![\w/<.-])(?:models|macros|tests|export|scripts|demo)/[\w/.-]*\w")
MAKE = re.compile(r"(?:^    |`)make ([a-z-]+)", re.MULTILINE)
EXAMPLE = re.compile(r"```json ([^\n]+)\n(.*?)```", re.DOTALL)


def calls(text: str) -> Iterator[tuple[str, list[str]]]:
    """The commands of aam-export that a page names, with the options that it gives them."""
    for rest in CALL.findall(text):
        command = re.match(r"[a-z]+", rest)
        if command and (command[0] in COMMANDS or OPTION.search(rest)):
            yield command[0], OPTION.findall(rest)


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_commands_and_options_exist(page: Path) -> None:
    for name, options in calls(page.read_text(encoding="utf-8")):
        assert name in COMMANDS, f"aam-export {name}"
        known = {option for parameter in COMMANDS[name].params for option in parameter.opts}
        assert set(options) <= known | {"--help"}, f"aam-export {name}"


def test_a_wrong_option_would_be_seen() -> None:
    assert list(calls("    aam-export run --destinaton x\nor `aam-export sned --all`, the `aam-export` of it")) == [
        ("run", ["--destinaton"]),
        ("sned", ["--all"]),
    ]


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_links_resolve(page: Path) -> None:
    targets = {target for target, _ in LINK.findall(page.read_text(encoding="utf-8"))}
    assert [target for target in sorted(targets) if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("README.md", "CHANGELOG.md")])
def test_files_and_folders_exist(name: str) -> None:
    """Those of this repository, and those of the demo, which users write beside their own; `<name>` stands for anything."""
    text = re.sub(r"\]\([^)]*\)", "", (REPOSITORY / name).read_text(encoding="utf-8"))
    named = {path for path in PATH.findall(text) if not path.startswith(("demo/target", "models/id_syncs/id_sync__"))}
    named -= set(re.findall(r"^(?:```\w+|created ) (\S+)$", text, re.MULTILINE))  # which a walk of the page makes
    places = (REPOSITORY, REPOSITORY / "demo")
    assert [path for path in sorted(named) if not any((place / path).exists() for place in places)] == []


def test_every_table_of_the_ledger_is_told() -> None:
    """docs/delta.md counts them."""
    [source] = yaml.safe_load(
        next((REPOSITORY / "models").rglob("_aam_ledger__sources.yml")).read_text(encoding="utf-8")
    )["sources"]
    page = (REPOSITORY / "docs/delta.md").read_text(encoding="utf-8")
    section = page.partition("## The ledger\n")[2].partition("\n\nA build writes")[0]
    assert set(re.findall(r"`(aam_\w+)`", section)) - {"aam_ledger"} == {table["name"] for table in source["tables"]}
    words = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    assert section.split()[0].lower() == words[len(source["tables"])]


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(MAKE.findall(page.read_text(encoding="utf-8"))) <= targets


def test_every_page_can_be_reached_from_the_first() -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    linked = {target for target, _ in LINK.findall(readme)}
    assert [name for name in NAMES if name.startswith("docs/") and name not in linked] == []


def test_what_refuses_a_run_is_listed_in_its_order() -> None:
    section = make_cli_docs.PAGE.read_text(encoding="utf-8").partition("## What refuses a run")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([\w-]+) \| .* \| (\d) \|$", section, re.MULTILINE)
    asked = (*safeguards.BEFORE_ANY_BATCH, *safeguards.BEFORE_A_NEW_BATCH, *safeguards.BEFORE_SENDING)
    assert [name for name, _ in rows] == [safeguard.name for safeguard in asked]


def test_help_texts_are_those_of_the_commands() -> None:
    page = make_cli_docs.PAGE.read_text(encoding="utf-8")
    assert page.partition(make_cli_docs.MARKER)[2] == make_cli_docs.help_texts(), "run `make docs`"


def test_settings_are_those_of_the_exporter() -> None:
    page = make_settings_docs.PAGE.read_text(encoding="utf-8")
    written, end, _ = page.partition(make_settings_docs.BEGIN)[2].partition(make_settings_docs.END)
    assert (written, end) == (make_settings_docs.table(), make_settings_docs.END), "run `make docs`"
    assert all(field.description for field in DropSettings.model_fields.values())


def test_schemas_are_those_of_what_is_printed() -> None:
    files = {make_json_docs.file_of(command): make_json_docs.text_of(command) for command in make_json_docs.RESULTS}
    assert {file: file.read_text(encoding="utf-8") for file in make_json_docs.FOLDER.iterdir()} == files, (
        "run `make docs`"
    )


def test_the_first_lines_are_the_two_commands() -> None:
    lines = (REPOSITORY / "README.md").read_text(encoding="utf-8").splitlines()
    assert [line.split("#")[0].strip() for line in lines[2:4]] == ["make demo", "make test"]


def shape(value: Any) -> Any:
    """The members of an object, and of the first row of each list; counts by name have names of their own."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items() if key not in ("changes", "summary")}
    if isinstance(value, list):
        return [shape(item) for item in value[:1] if isinstance(item, dict)]
    return None


@pytest.mark.thorough
def test_json_objects_have_the_members_that_are_documented(small_project: Sandbox) -> None:
    documented = {
        name: json.loads(text) for name, text in EXAMPLE.findall(make_cli_docs.PAGE.read_text(encoding="utf-8"))
    }
    bad = small_project.write("in/ftp_dpm_100001_1514793600.sync", "a\td_sid=1\nb\td_sid=1\nc\td_sid=1")
    commands = {
        "plan": ("plan",),
        "plan --user": ("plan", "--user", "User-7"),
        "run": ("run",),
        "status": ("status",),
        "doctor": ("doctor",),
        "lineage": ("lineage",),
        "init": ("init", "--dry-run", "--package-path", str(REPOSITORY)),
        "check": ("check", "--seeds", str(needs.demo() / "seeds/account"), str(bad)),
    }
    for name, command in commands.items():
        outcome = small_project.command("aam-export", *command, "--json")
        assert outcome.stdout, outcome.stderr
        printed = json.loads(outcome.stdout)
        validate(printed, make_json_docs.schema_of(name))
        if name == "plan":  # what this project has no row of is as the classes have it
            for member, row in (("id_syncs", IdSyncTotals), ("coverage", Coverage), ("refusals", Refusal)):
                assert printed[member] == []
                printed[member] = [dict.fromkeys(field.name for field in fields(row))]
        if name == "status":  # which this project reads nothing of
            assert printed["fates"] == []
            printed["fates"] = [dict.fromkeys(field.name for field in fields(BatchFate))]
        if name != "lineage" or printed["paths"]:  # there is none here; test_lineage.py has one
            assert shape(printed) == shape(documented[name]), name
    with_json = {
        name for name, command in COMMANDS.items() if any("--json" in option.opts for option in command.params)
    }
    assert with_json == {name.split()[0] for name in make_json_docs.RESULTS}
    assert documented.keys() == make_json_docs.RESULTS.keys(), "document its object in docs/cli.md"


@pytest.mark.parametrize("command", make_json_docs.RESULTS)
def test_examples_are_as_the_schemas_say(command: str) -> None:
    [example] = [
        text for name, text in EXAMPLE.findall(make_cli_docs.PAGE.read_text(encoding="utf-8")) if name == command
    ]
    schema = make_json_docs.schema_of(command)
    validate(json.loads(example), schema)
    for member in schema["required"]:
        with pytest.raises(ValidationError):
            validate({name: value for name, value in json.loads(example).items() if name != member}, schema)
