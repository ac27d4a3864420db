"""The package and the program in a stranger's project, on both warehouses: what it may be called, where it may be, and what is
said where something that the package needs is missing.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from foreign import ALL_GUESTS, FILES, NAME, ForeignProject, expected_lines, tagged_repository
from sandbox import REPOSITORY, Warehouse

from aam_export import __version__

LOCAL = {"local": str(REPOSITORY)}


@pytest.fixture(scope="module")
def delivered(warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> ForeignProject:
    """The project with the package from a git tag and a list that is a model, after a build and a run on both of its targets."""
    parent = tmp_path_factory.mktemp("foreign")
    url = tagged_repository(parent / "origin", f"v{__version__}")
    database = warehouse.server.create_database() if warehouse.server else None
    project = ForeignProject.create(parent, {"git": url, "revision": f"v{__version__}"}, database)
    project.have_as_model("aam_traits")
    for command in (
        ("dbt", "--warn-error", "deps"),
        ("dbt", "--warn-error", "build", "--target", "prod"),
        ("aam-export", "run", "--target", "prod"),
        ("dbt", "--warn-error", "build"),
        ("aam-export", "run"),
        ("dbt", "--warn-error", "run-operation", "compact_ledger", "--target", "prod"),
        ("dbt", "--warn-error", "run-operation", "compact_ledger"),
    ):
        outcome = project.run(*command)
        assert outcome.returncode == 0, (command, outcome.stdout[-3000:], outcome.stderr[-3000:])
    return project


@pytest.mark.parametrize("target", ["dev", "prod"])
def test_each_target_delivers(delivered: ForeignProject, target: str) -> None:
    files = {
        path.name: gzip.decompress(path.read_bytes()).decode().splitlines()
        for path in (delivered.folder / "drops" / target / "meridian").glob("date=*/*")
    }
    assert sorted(name.rsplit("_", 1)[0] for name in files) == [
        "adobe_id_20914_200001",
        "ftp_dpm_200001",
        "ftp_dpm_200003",
    ]
    for name, lines in files.items():
        assert sorted(lines) == expected_lines(name), name


@pytest.mark.parametrize(
    ("target", "ledger", "models", "lists", "marts"),
    [
        ("dev", "dbt_jane", "dbt_jane__aam", "dbt_jane__lists", "dbt_jane__marts"),
        ("prod", "ledger", "aam", "lists", "marts"),
    ],
)
def test_everything_stands_where_the_project_says(
    delivered: ForeignProject, target: str, ledger: str, models: str, lists: str, marts: str
) -> None:
    tables = delivered.tables(target)
    assert {
        (ledger, "aam_batches"),
        (ledger, "aam_proofs"),
        (models, "inbound_records"),
        (lists, "aam_signal_keys"),
        (marts, "aam_traits"),
    } <= tables
    assert not [
        name for schema, name in tables if schema not in (ledger,) and name == "aam_batches" and target in schema
    ]


def test_compaction_forgets_nobody(delivered: ForeignProject) -> None:
    known = delivered.query(
        "prod", "select data_source, count(distinct user_id) from ledger.aam_batch_records group by 1 order by 1"
    )
    present = sum(not guest.opted_out for guest in ALL_GUESTS)
    assert known == [("email", present), ("guests", present)]


def test_the_docs_name_no_macro_that_is_not_called_from_here() -> None:
    """Generic tests are called from another project in test_generic_tests."""
    text = "".join(
        file.read_text(encoding="utf-8")
        for file in [*(REPOSITORY / "docs").glob("*.md"), *(REPOSITORY / "demo/models").rglob("*.sql")]
    )
    named = set(re.findall(r"aam_inbound\.(\w+)\(", text)) | set(re.findall(r"dbt run-operation (\w+)", text))
    called = "".join(FILES.values()) + Path(__file__).read_text(encoding="utf-8")
    assert {"hash_email", "id_sync_url", "compact_ledger"} <= named
    assert [name for name in named if not re.search(rf'aam_inbound\.{name}\(|"{name}"', called)] == []


def test_nothing_is_left_elsewhere(delivered: ForeignProject) -> None:
    """dbt keeps its log where it is called from, and nothing else is there."""
    assert {path.name for path in delivered.elsewhere.iterdir()} <= {"logs"}


def test_a_plain_install_of_the_program(delivered: ForeignProject, plain_program: Path) -> None:
    """A wheel, in an environment that knows nothing of this checkout."""
    shown = delivered.run("aam-export", "plan", program=plain_program)
    assert shown.returncode == 0, shown.stderr
    assert "has delivered" in shown.stdout
    sent = delivered.run("aam-export", "run", "--full", program=plain_program)
    assert sent.returncode == 0, sent.stderr


Change = Callable[[dict[str, Any]], None]


def without(key: str) -> Change:
    return lambda content: content.pop(key)


def with_global(key: str, config: str, value: Any) -> Change:
    return lambda content: content.setdefault(key, {}).update({config: value})


def with_variable(name: str, value: Any) -> Change:
    return lambda content: content["vars"]["aam_inbound"].update({name: value})


@pytest.fixture(scope="module")
def unbuilt(tmp_path_factory: pytest.TempPathFactory) -> ForeignProject:
    """The project before its first build, on DuckDB."""
    project = ForeignProject.create(tmp_path_factory.mktemp("unbuilt"), LOCAL)
    assert project.run("dbt", "deps").returncode == 0
    return project


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            without("dispatch"),
            ["(P1)", f"dispatch:\n    - macro_namespace: dbt\n      search_order: [{NAME}, aam_inbound, dbt]\n"],
        ),
        (
            with_global("models", "+materialized", "view"),
            ["`models: +materialized: view`", f"models:\n    {NAME}:\n      +materialized: view\n"],
        ),
        (
            with_global("data_tests", "+severity", "warn"),
            ["`data_tests: +severity: warn`", f"data_tests:\n    {NAME}:\n      +severity: warn\n"],
        ),
        (
            with_variable("aam_signal_models", "signals__guests"),
            ['var aam_signal_models is "signals__guests"', "vars:\n    aam_signal_models: [signals__guests]\n"],
        ),
        (with_variable("aam_suppressions_model", ["opted_out"]), ["var aam_suppressions_model", "one model"]),
        (with_variable("aam_signal_models", ["signals__gusts"]), ["input__aam_signal_models", "'signals__gusts'"]),
        (with_variable("aam_suppressions_model", "optouts"), ["input__aam_suppressions_model", "'optouts'"]),
    ],
)
def test_what_is_wrong_in_the_settings_is_refused_with_the_lines_to_write(
    unbuilt: ForeignProject, change: Change, said: list[str]
) -> None:
    content = {**unbuilt.settings, "vars": {"aam_inbound": dict(unbuilt.settings["vars"]["aam_inbound"])}}
    content["models"] = dict(content["models"])
    change(content)
    unbuilt.configure(content)
    outcome = unbuilt.run("dbt", "seed", "--select", "aam_traits")
    assert outcome.returncode != 0
    text = outcome.stdout
    assert [words for words in said if words not in text] == [], text


def test_a_list_that_is_missing_is_named(unbuilt: ForeignProject) -> None:
    unbuilt.configure(unbuilt.settings)
    moved = unbuilt.folder / "aam_traits.csv"
    (unbuilt.folder / "lists/aam_traits.csv").rename(moved)
    outcome = unbuilt.run("dbt", "parse")
    moved.rename(unbuilt.folder / "lists/aam_traits.csv")
    assert outcome.returncode != 0
    assert f"a node named 'aam_traits' in package or project '{NAME}' which was not found" in outcome.stdout


def test_columns_that_are_missing_or_of_a_wrong_type_are_named(tmp_path: Path) -> None:
    project = ForeignProject.create(tmp_path, LOCAL)
    assert project.run("dbt", "deps").returncode == 0
    content = {
        **project.settings,
        "seeds": {NAME: {"deep": {"aam_data_sources": {"+column_types": {"dpid": "integer"}}}}},
    }
    project.configure(content)
    (project.folder / "lists/deep").mkdir()
    for name in ("aam_data_sources", "aam_id_syncs"):
        (project.folder / f"lists/{name}.csv").rename(project.folder / f"lists/deep/{name}.csv")
    traits = project.folder / "lists/aam_traits.csv"
    traits.write_text(traits.read_text().replace("trait_type", "type"))
    keys = project.folder / "lists/aam_signal_keys.csv"
    keys.write_text(keys.read_text().replace("enum,gold|silver", "enum,1"))
    project.write(
        "sql/signals__mails.sql", f"select 'email' as data_source, '{'a' * 64}' as user_id, 'd_sid' as signal_key"
    )
    outcome = project.run("dbt", "build", "--select", "+input__aam_signal_models", "+input__aam_traits",
        "+input__aam_signal_keys", "+input__aam_id_syncs")  # fmt: skip
    assert outcome.returncode != 0
    for words in (
        "aam_traits has no column trait_type (it has type: misspelt?). Its columns are trait_id,dpid,",
        "aam_signal_keys: accepts came into the warehouse as INTEGER",
        f"seeds:\n    {NAME}:\n      aam_signal_keys:\n        +column_types:\n          accepts: TEXT\n",
        "aam_id_syncs was not loaded",
        f"{NAME}:\n    deep:\n      aam_id_syncs:\n        +column_types:\n",
        "signals__mails (var aam_signal_models) has no column signal_value. Its columns are",
    ):
        assert words in outcome.stdout, (words, outcome.stdout)


def test_the_guests_are_some_of_each_kind() -> None:
    assert {guest.opted_out for guest in ALL_GUESTS} == {guest.tier == "gold" for guest in ALL_GUESTS} == {True, False}
