"""`aam-export init`: what it adds to a project, that it takes nothing away, and what it refuses."""

from __future__ import annotations

import difflib
import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import forked_programs
import needs
import pytest
import yaml
from sandbox import REPOSITORY

from aam_export import __version__
from aam_export.scaffold.contents import LISTS
from aam_export.settings import PLACEHOLDER_PARTNER_NAME

PLAIN = "name: shop_24\nversion: 1.0.0\nprofile: shop\n"
ODD = {
    "plain": PLAIN,
    "no line end at the end": PLAIN.rstrip("\n"),
    "windows": PLAIN.replace("\n", "\r\n") + "vars:\r\n  days: 3 # of grace\r\n\r\n# The end.\r\n",
    "byte order mark": "\ufeff" + PLAIN,
    "comments all over": "# ours\n"
    + PLAIN
    + "vars: # all of them\n  # how many\n  days: 3\n# not a var\n\nclean-targets:\n- target\n",
    "its own exposures": PLAIN + "exposures:\n    shop_24:\n        +meta: {team: crm}\n",
    "its own models": PLAIN + "models:\n  shop_24:\n    marts: {+schema: marts}\n\n\n\n",
    "null and empty": PLAIN + "vars:\nexposures: {}   # none\nunit_tests: ~\ndispatch: []\n",
    "text block": PLAIN + "vars:\n    terms: |\n      a\n\n      b: c\nexposures:\n    aam_inbound:\n",
    "anchors": PLAIN + "vars:\n  eu: &eu\n    - de\n    - fr\n  all: *eu\non-run-end: ['{{ log(1) }}']\n",
    "vars of the package": PLAIN + "vars:\n  aam_inbound:\n    aam_signal_models: [signals__mine]\n",
    "dispatch of other packages": PLAIN
    + "dispatch:\n- macro_namespace: dbt_utils\n  search_order: [shop_24, dbt_utils]\n",
    "dispatch for dbt, in brackets": PLAIN
    + 'dispatch:\n  - macro_namespace: dbt\n    search_order: ["shop_24", dbt] # ours first\n',
    "dispatch for dbt, in lines": PLAIN
    + "dispatch:\n  - search_order:\n      - shop_24\n      - dbt\n    macro_namespace: dbt\n",
    "another meta": PLAIN
    + "exposures:\n  aam_inbound:\n    +meta:\n      owner: us\n      aam:\n        destination: beta # for now\n",
    "in quotes": '"name": "shop_24"\n"version": "1.0.0"\n"profile": \'shop\'\n"vars":\n  "days": 3\n',
}


def init(folder: Path, *options: str, code: int = 0) -> str:
    """What the command prints on stdout, or where it is to fail on stderr."""
    outcome = forked_programs.run("aam-export", folder, ("init", *options), os.environ)
    assert outcome.returncode == code, outcome.stdout + outcome.stderr
    assert "Traceback" not in outcome.stderr
    return outcome.stderr if code else outcome.stdout


def project(folder: Path, text: str = PLAIN, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "dbt_project.yml").write_bytes(text.encode())
    for name, content in files.items():
        path = folder / name.replace("__slash__", "/").replace("__dot__", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return folder


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def merged(old: Any, new: Any) -> bool:
    """Whether all of `old` is in `new`."""
    if isinstance(old, dict):
        return isinstance(new, dict) and all(key in new and merged(value, new[key]) for key, value in old.items())
    if isinstance(old, list):
        return isinstance(new, list) and all(any(merged(value, other) for other in new) for value in old)
    return bool(old is None or old == new)


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_a_settings_file_keeps_all_that_it_had(text: str, tmp_path: Path) -> None:
    folder = project(tmp_path, text)
    init(folder, "--partner-name", "Acme & Co".replace(" &", ""))
    after = (folder / "dbt_project.yml").read_bytes().decode()
    lines = difflib.ndiff(text.splitlines(), after.splitlines())
    gone = [line[2:] for line in lines if line.startswith("- ")]
    # A list in brackets gets a word, and an empty one its items.
    assert [
        line
        for line in gone
        if "search_order" not in line and not line.split("#")[0].rstrip().endswith(("{}", "[]", "~"))
    ] == []
    assert ("\r\n" in text) == ("\r\n" in after)
    assert after.count("\n") == after.count("\r\n") or "\r" not in after
    old, new = yaml.safe_load(text), yaml.safe_load(after)
    assert merged(old, new)
    variables = {**(new["vars"].get("aam_inbound") or {}), **new["vars"]}
    assert variables["aam_suppressions_model"] == ""
    assert new["exposures"]["aam_inbound"]["+meta"]["aam"]["partner_name"] == "Acme Co"
    assert new["unit_tests"]["aam_inbound"] == {"+enabled": False}
    [order] = [entry["search_order"] for entry in new["dispatch"] if entry["macro_namespace"] == "dbt"]
    assert order == ["shop_24", "aam_inbound", "dbt"]
    if "signals__mine" in text:
        assert variables["aam_signal_models"] == ["signals__mine"]
        assert not (folder / "models").exists()
    else:
        assert variables["aam_signal_models"] == ["signals__customers"]
    before = snapshot(folder)
    assert "Nothing to do" in init(folder)
    assert snapshot(folder) == before


def test_the_lists_are_those_that_the_package_reads(tmp_path: Path) -> None:
    """Their columns, and their descriptions, are those of the demo, which the package tests."""
    demo = needs.demo()
    folder = project(tmp_path)
    init(folder)
    for name in LISTS:
        header = (demo / f"seeds/account/{name}.csv").read_text(encoding="utf-8").splitlines()[0]
        assert (folder / f"seeds/account/{name}.csv").read_text(encoding="utf-8") == f"{header}\n"
    described = "_account__seeds.yml"
    assert (folder / f"seeds/account/{described}").read_bytes() == (demo / f"seeds/account/{described}").read_bytes()


def test_the_values_that_lists_take_are_told(tmp_path: Path) -> None:
    """Where init describes the columns, and in the docs: all that the package's tests accept, and what may be left out."""
    init(project(tmp_path))
    described = {
        (seed["name"], column["name"]): column["description"]
        for seed in yaml.safe_load((tmp_path / "seeds/account/_account__seeds.yml").read_text(encoding="utf-8"))[
            "seeds"
        ]
        for column in seed["columns"]
    }
    page = (REPOSITORY / "docs/add_to_your_project.md").read_text(encoding="utf-8")
    taken = dict(re.findall(r"^\| (`\w+`, `\w+`) \| (.+) \|$", page, re.MULTILINE))
    models = yaml.safe_load((REPOSITORY / "models/inbound/inputs/_inputs__models.yml").read_text(encoding="utf-8"))
    seen = set()
    for model in models["models"]:
        name = model["name"].removeprefix("input__")
        for column in model.get("columns", ()) if name in LISTS else ():
            for test in column.get("data_tests", ()):
                if isinstance(test, dict) and "accepted_values" in test:
                    seen.add(column["name"])
                    for text in (described[name, column["name"]], taken[f"`{name}`, `{column['name']}`"]):
                        values = test["accepted_values"]["arguments"]["values"]
                        assert [value for value in values if f"`{value}`" not in text] == [], column["name"]
    assert seen == {"id_type", "refresh_mode", "trait_type", "value_type", "cardinality", "file_prefix"}
    for column in ("cardinality", "why"):
        assert "may be left out" in described["aam_signal_keys", column]
        assert "may be left out" in taken[f"`aam_signal_keys`, `{column}`"]


def test_files_go_where_the_project_has_such(tmp_path: Path) -> None:
    folder = project(tmp_path, PLAIN + "model-paths: ['sql']\nseed-paths: ['lists', 'more']\n")
    printed = init(folder)
    assert (folder / "sql/signals/signals__customers.sql").is_file()
    assert (folder / "lists/account/aam_traits.csv").is_file()
    assert "created  lists/account/aam_traits.csv\n" in printed
    assert printed.endswith("    dbt deps\n    dbt build --select +exposure:aam_drop\n    aam-export plan\n")


def test_what_is_there_already_is_left_alone(tmp_path: Path) -> None:
    folder = project(
        tmp_path,
        models__slash__account__slash__aam_traits__dot__sql="select 1 as trait_id",
        seeds__slash__aam_id_syncs__dot__csv="id_sync,file_prefix,dpids,description\n",
        seeds__slash__seeds__dot__yml="seeds: [{name: aam_id_syncs}, {name: aam_signal_keys}]",
        models__slash__signals__customers__dot__sql="select 2 as user_id",
    )
    before = snapshot(folder)
    init(folder)
    after = snapshot(folder)
    assert {name: after[name] for name in before if name != "dbt_project.yml"} == {
        name: text for name, text in before.items() if name != "dbt_project.yml"
    }
    created = after.keys() - before.keys()
    assert created == {
        "packages.yml",
        "seeds/account/aam_data_sources.csv",
        "seeds/account/aam_signal_keys.csv",
        "seeds/account/_account__seeds.yml",
    }
    entries = yaml.safe_load(after["seeds/account/_account__seeds.yml"])["seeds"]
    assert [entry["name"] for entry in entries] == ["aam_data_sources"]  # of the others, dbt would take no second entry


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("packages.yml", "packages:\n- package: dbt-labs/dbt_utils # tools\n  version: 1.3.0\n"),
        ("packages.yml", "packages: []\n"),
        ("packages.yml", "# none yet\n"),
        ("dependencies.yml", "packages:\n    - package: dbt-labs/dbt_utils\n      version: 1.3.0"),
        ("dependencies.yml", "projects:\n  - name: finance\n"),
    ],
)
def test_the_package_is_listed_beside_others(name: str, text: str, tmp_path: Path) -> None:
    folder = project(tmp_path)
    (folder / name).write_text(text, encoding="utf-8")
    init(folder, "--package-url", "https://git.example.com/aam.git")
    file = folder / ("packages.yml" if "projects" in text else name)
    entries = yaml.safe_load(file.read_text(encoding="utf-8"))["packages"]
    assert entries[-1] == {"git": "https://git.example.com/aam.git", "revision": f"v{__version__}"}
    assert len(entries) == 1 + text.count("dbt_utils")
    assert "Nothing to do" in init(folder, "--package-url", "https://git.example.com/aam")


def test_a_local_package_is_named_from_the_project_on(tmp_path: Path) -> None:
    folder = project(tmp_path / "project")
    (tmp_path / "package").symlink_to(REPOSITORY)
    init(tmp_path, "--project-dir", "project", "--package-path", "package")
    [entry] = yaml.safe_load((folder / "packages.yml").read_text(encoding="utf-8"))["packages"]
    assert (folder / entry["local"]).resolve() == REPOSITORY
    assert not Path(entry["local"]).is_absolute()


def test_without_a_name_for_it_the_package_is_where_the_program_is_from(tmp_path: Path) -> None:
    """Tests run on an editable install of this checkout."""
    init(project(tmp_path))
    assert yaml.safe_load((tmp_path / "packages.yml").read_text()) == {"packages": [{"local": str(REPOSITORY)}]}


def test_a_wheel_knows_no_package_and_says_so(tmp_path: Path, plain_program: Path) -> None:
    project(tmp_path)
    command = [str(plain_program), "init"]
    outcome = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert outcome.returncode == 2
    assert "--package-url" in outcome.stderr
    done = subprocess.run([*command, "--package-path", str(REPOSITORY)], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0
    assert (tmp_path / "seeds/account/aam_traits.csv").is_file()


def test_a_dry_run_writes_nothing_and_shows_all(tmp_path: Path) -> None:
    folder = project(tmp_path, PLAIN.rstrip("\n"))
    before = snapshot(folder)
    printed = init(folder, "--dry-run")
    assert snapshot(folder) == before
    (folder / "x.diff").write_text(printed.partition("\nIn dbt_project.yml")[0] + "\n", encoding="utf-8")
    subprocess.run(["git", "apply", "--unsafe-paths", "x.diff"], cwd=folder, check=True, capture_output=True)
    (folder / "x.diff").unlink()
    applied = snapshot(folder)
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "dbt_project.yml":
            path.unlink()
    project(folder, PLAIN.rstrip("\n"))
    init(folder)
    assert snapshot(folder) == applied


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (PLAIN + "vars: {days: 3}\n", ["line 4: `vars:` is written in brackets", "vars:\n  # Models whose", "  aam_signal_models:\n"]),
        (PLAIN + "x: &v\n  days: 3\nvars: *v\n", ["line 6: `vars:` is an alias (*)"]),
        (PLAIN + "vars: &v\n  days: 3\nx: *v\n", ["nothing can be added to it safely", "vars:\n"]),
        (
            PLAIN + "dispatch: [{macro_namespace: dbt_utils, search_order: [dbt_utils]}]\n",
            ["line 4: `dispatch:` is written in brackets", "  - macro_namespace: dbt\n    search_order: [shop_24, aam_inbound, dbt]"],
        ),
        (
            PLAIN + "dispatch:\n  - {macro_namespace: dbt, search_order: [shop_24]}\n",
            ["search_order for dbt without dbt", "`search_order: [shop_24, aam_inbound, dbt]`"],
        ),
        (PLAIN + "exposures:\n  aam_inbound: {+meta: {team: x}}\n", ["`exposures: aam_inbound: +meta:` is written in brackets", "partner_name"]),
        (PLAIN + "seed-paths: []\n", ["seed-paths is []", "[seeds]"]),
        ("version: 1.0.0\n", ["gives the project no name"]),
        ("name: [\n", ["is not valid YAML"]),
        ("- name\n", ["holds no settings"]),
        ("name: aam_inbound\n", ["is the package aam_inbound itself"]),
    ],
)  # fmt: skip
def test_what_can_not_be_merged_is_refused_with_the_lines_to_write(text: str, words: list[str], tmp_path: Path) -> None:
    folder = project(tmp_path, text)
    before = snapshot(folder)
    said = init(folder, code=2)
    assert [word for word in words if word not in said] == [], said
    assert snapshot(folder) == before


def test_lines_written_by_hand_are_seen(tmp_path: Path) -> None:
    """What a refusal asks for is what the next call finds."""
    folder = project(tmp_path, PLAIN + "vars: {days: 3}\n")
    advice = init(folder, code=2).partition("again:\n\n")[2]
    rest = yaml.safe_load(advice)["vars"]
    project(folder, PLAIN + f"vars: {json.dumps({'days': 3, **rest})}\n")
    init(folder)
    assert yaml.safe_load((folder / "dbt_project.yml").read_text())["vars"] == {"days": 3, **rest}


def test_no_project_is_a_mistake_of_usage(tmp_path: Path) -> None:
    assert "no dbt_project.yml" in init(tmp_path, code=2)
    assert "no dbt_project.yml" in init(tmp_path, "--project-dir", "nowhere", code=2)
    project(tmp_path)
    assert "is not the package aam_inbound" in init(tmp_path, "--package-path", ".", code=2)
    assert "neither" in init(tmp_path, "--package-path", ".", "--revision", "v1", code=2)
    assert "(N1)" in init(tmp_path, "--partner-name", "acme/eu", code=2)


def test_a_partner_name_that_yaml_would_not_take_for_a_text_is_quoted(tmp_path: Path) -> None:
    init(project(tmp_path), "--partner-name", "0123")
    meta = yaml.safe_load((tmp_path / "dbt_project.yml").read_text())["exposures"]["aam_inbound"]["+meta"]
    assert meta["aam"]["partner_name"] == "0123"


def test_without_a_partner_name_there_is_a_placeholder(tmp_path: Path) -> None:
    """The settings refuse it by name (test_project.py), so nothing is sent under it."""
    printed = init(project(tmp_path))
    assert f"partner_name is {PLACEHOLDER_PARTNER_NAME}" in printed
    assert f"partner_name is {PLACEHOLDER_PARTNER_NAME}" in init(tmp_path)


def test_one_object_for_programs(tmp_path: Path) -> None:
    made = json.loads(init(project(tmp_path), "--json"))
    assert made["changed"] == ["dbt_project.yml"]
    assert [name for name in made["created"] if not (tmp_path / name).is_file()] == []
    assert len(made["created"]) == len(LISTS) + 3
    assert json.loads(init(tmp_path, "--json"))["created"] == []
