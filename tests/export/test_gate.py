"""The gate, on what dbt really writes. Cases that need no build of their own are copies of one, changed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sandbox import Sandbox

from aam_export.errors import GateError
from aam_export.gate import check_gate, upstream_of_exposure
from aam_export.project import load_project

RECORD_TEST = "not_null_inbound_records_record"


def gate(project: Sandbox, **where: str) -> Any:
    return check_gate(load_project(project_dir=str(project.folder), profiles_dir=str(project.folder), **where))


# What the exposure is made from in the small project.
SENT_FROM = (
    "id_sync_collisions",
    "id_sync_coverage",
    "id_sync_outgoing_full",
    "id_sync_records",
    "inbound_batch_lines",
    "inbound_batches",
    "inbound_change_summary",
    "inbound_change_totals",
    "inbound_changes",
    "inbound_outgoing_full",
    "inbound_records",
)


def refusal(project: Sandbox, **where: str) -> str:
    with pytest.raises(GateError) as caught:
        gate(project, **where)
    assert caught.value.exit_code == 3
    assert "dbt build --select +exposure:aam_drop" in caught.value.hint
    return str(caught.value)


def artifact(project: Sandbox, name: str) -> Path:
    return project.folder / "target" / f"{name}.json"


def change(project: Sandbox, name: str, how: Callable[[Any], object]) -> None:
    file = artifact(project, name)
    content = json.loads(file.read_bytes())
    how(content)
    file.write_text(json.dumps(content), encoding="utf-8")


def result_of(project: Sandbox, name: str) -> Any:
    results = json.loads(artifact(project, "run_results").read_bytes())["results"]
    return next(result for result in results if f".{name}" in result["unique_id"])


@pytest.fixture(scope="module")
def rich_build(built_small_project: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """The small project with a seed, a unit test, a warning, and a second target, built.

    So is a model whose test fails, from which nothing is sent.
    """
    folder = tmp_path_factory.mktemp("gate") / "project"
    project = built_small_project.copy(folder)
    shutil.rmtree(folder / "target")
    project.write("seeds/codes.csv", "code\na\nb\n")
    project.write("models/apart.sql", "select cast(null as integer) as x")
    project.own_package()
    project.write(
        "package/models/inbound/inbound_records.sql",
        "{{ config(materialized='view') }} select lines.* from {{ ref('shop', 'lines') }} as lines"
        " where 'a' in (select code from {{ ref('shop', 'codes') }})",
    )
    project.write(
        "package/models/inbound/_small__models.yml",
        """
models:
  - name: inbound_records
    columns: [{name: record, data_tests: [not_null]}]
unit_tests:
  - name: codes_are_asked_for
    model: inbound_records
    given: [{input: "ref('shop', 'lines')", rows: []}, {input: "ref('shop', 'codes')", rows: [{code: a}]}]
    expect: {rows: []}
""",
    )
    project.write(
        "models/_models.yml",
        """
models:
  - name: lines
    columns: [{name: sync_mode, data_tests: [{unique: {config: {severity: warn}}}]}]
  - name: apart
    columns: [{name: x, data_tests: [not_null]}]
seeds:
  - name: codes
    columns: [{name: code, data_tests: [unique]}]
""",
    )
    project.write(
        "profiles.yml",
        "aam_inbound: {target: dev, outputs: {"
        " dev: {type: duckdb, path: aam_inbound.duckdb}, prod: {type: duckdb, path: aam_inbound.duckdb}}}\n"
        "other: {outputs: {default: {type: duckdb, path: aam_inbound.duckdb},"
        " prod: {type: duckdb, path: aam_inbound.duckdb}}}\n",
    )
    outcome = project.dbt("build")
    assert outcome.returncode == 1, outcome.stdout
    return project


@pytest.fixture
def rich(rich_build: Sandbox, tmp_path: Path) -> Sandbox:
    return rich_build.copy(tmp_path / "project")


def test_a_build_of_all_passes_and_says_what_it_proved(rich: Sandbox) -> None:
    """The one test that failed is of a model that nothing sent comes from."""
    assert result_of(rich, "not_null_apart_x")["status"] == "fail"
    assert result_of(rich, "codes_are_asked_for")["status"] == "pass"
    proof = gate(rich)
    assert (proof.models, proof.tests, proof.warnings) == (13, 3, 1)
    assert proof.invocation_id == json.loads(artifact(rich, "manifest").read_bytes())["metadata"]["invocation_id"]


def test_a_build_that_leaves_out_what_may_be_left_out_for_another_target(
    rich: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seeds loaded before, unit tests left to CI. dbt writes down a named target; a default leaves no trace."""
    gate(rich, target="dev", profile="aam_inbound")
    assert "the last build was for target 'dev', this run is for 'prod'" in refusal(rich, target="prod")
    assert "the last build was for profile 'aam_inbound', this run is for 'other'" in refusal(rich, profile="other")

    options = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "seed", "--profile", "other")
    outcome = rich.command("dbt", "build", "--select", "+exposure:aam_drop", *options, env={"DBT_TARGET": "prod"})
    assert outcome.returncode == 0, outcome.stdout
    gate(rich, target="prod", profile="other")
    assert "for target 'prod', this run is for 'default'" in refusal(rich, profile="other")
    assert "for profile 'other', this run is for 'aam_inbound'" in refusal(rich, target="prod")
    monkeypatch.setenv("DBT_TARGET", "prod")
    gate(rich, profile="other")


def test_a_build_that_left_out_a_test(rich: Sandbox) -> None:
    assert rich.dbt("build", "--exclude", RECORD_TEST, "apart").returncode == 0
    message = refusal(rich)
    assert "left out 1 of the 16 models and tests" in message
    assert RECORD_TEST in message


def test_a_build_that_left_out_a_model(small_project: Sandbox) -> None:
    def leave_out(content: Any) -> None:
        content["results"] = [result for result in content["results"] if not result["unique_id"].endswith(".lines")]

    change(small_project, "run_results", leave_out)
    assert "left out 1 of the 14 models and tests behind the drop: lines" in refusal(small_project)


def test_a_test_that_failed(rich: Sandbox) -> None:
    model = rich.folder / "models" / "lines.sql"
    model.write_text(model.read_text().replace("|| chr(9)", "|| cast(null as varchar)"))
    assert rich.dbt("build").returncode == 1
    assert result_of(rich, RECORD_TEST)["status"] == "fail"
    message = refusal(rich)
    assert "did not pass" in message
    assert f"{RECORD_TEST} (fail)" in message


def test_a_seed_and_a_model_that_failed(rich: Sandbox) -> None:
    rich.write("seeds/codes.csv", "code\na\n1,2,3\n")
    rich.write("models/lines.sql", "{{ config(materialized='table') }} select error('broken') as sync_mode")
    assert rich.dbt("build", "--exclude-resource-type", "unit_test").returncode == 1
    message = refusal(rich)
    for words in ("did not pass", "(skipped)", "more"):
        assert words in message


def test_a_unit_test_that_failed(rich: Sandbox) -> None:
    change(rich, "run_results", lambda content: set_status(content, "codes_are_asked_for", "fail"))
    assert "codes_are_asked_for (fail)" in refusal(rich)


def set_status(results: Any, name: str, status: str) -> None:
    [result] = [result for result in results["results"] if name in result["unique_id"]]
    result["status"] = status


def test_nodes_upstream(rich: Sandbox) -> None:
    models, tests, others = upstream_of_exposure(json.loads(artifact(rich, "manifest").read_bytes()))
    of_shop, of_package = ("lines", "pairs"), SENT_FROM
    assert models == {
        *(f"model.shop.{name}" for name in of_shop),
        *(f"model.aam_inbound.{name}" for name in of_package),
    }
    assert len(tests) == 3
    assert {name.split(".")[0] for name in others} == {"seed", "unit_test"}


def test_another_warehouse(small_project: Sandbox) -> None:
    change(small_project, "manifest", lambda content: content["metadata"].update(adapter_type="postgres"))
    assert "the last build was on postgres, target 'dev' is duckdb" in refusal(small_project)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("run",), "the last dbt command was `dbt run`, which proves nothing"),
        (("ls",), "another dbt command ran since"),
    ],
    ids=["run", "ls"],
)
def test_other_commands_after_the_build(small_project: Sandbox, command: tuple[str, ...], words: str) -> None:
    small_project.dbt(*command)
    assert words in refusal(small_project)


@pytest.mark.parametrize("option", ["empty", "sample"])
def test_a_build_on_some_of_the_data(small_project: Sandbox, option: str) -> None:
    change(small_project, "run_results", lambda content: content["args"].update({option: True}))
    assert f"the last build ran with --{option}" in refusal(small_project)


@pytest.mark.parametrize("content", [None, "", '{"metadata": {"dbt_sch', "[]", '{"metadata": {}}'])
def test_results_that_are_missing_or_broken(small_project: Sandbox, content: str | None) -> None:
    file = artifact(small_project, "run_results")
    file.unlink()
    if content is not None:
        file.write_text(content, encoding="utf-8")
    assert str(file) in refusal(small_project)


def test_results_older_than_the_manifest(small_project: Sandbox) -> None:
    change(
        small_project, "run_results", lambda content: content["metadata"].update(generated_at="2020-01-01T00:00:00Z")
    )
    assert "another dbt command ran since" in refusal(small_project)


@pytest.mark.parametrize("status", ["error", "fail", "skipped", "runtime error", "partial success"])
def test_every_status_but_success_is_refused(small_project: Sandbox, status: str) -> None:
    change(small_project, "run_results", lambda content: set_status(content, ".lines", status))
    assert f"lines ({status})" in refusal(small_project)


def test_long_lists_are_cut(small_project: Sandbox) -> None:
    def many(content: Any) -> None:
        test = next(node for name, node in content["nodes"].items() if name.startswith("test."))
        content["nodes"].update({f"test.aam_inbound.t{number}.x": test for number in range(20)})

    change(small_project, "manifest", many)
    assert "and 15 more" in refusal(small_project)


def tag(project: Sandbox, model: str, column: str) -> None:
    def add(manifest: Any) -> None:
        [node] = [node for name, node in manifest["nodes"].items() if name.split(".")[-1] == model]
        columns = node["columns"]
        columns[column] = {"name": column, "config": {"meta": {"contains_pii": True}}}

    change(project, "manifest", add)


def test_a_tagged_column_that_would_be_sent_is_refused_with_its_way(small_project: Sandbox) -> None:
    tag(small_project, "inbound_changes", "change")
    assert gate(small_project)
    tag(small_project, "lines", "record")
    with pytest.raises(GateError, match=r"lines\.record → .* → inbound_records\.record \(P1\)") as caught:
        gate(small_project)
    assert "aam-export lineage" in caught.value.hint


def test_sql_that_can_not_be_read_proves_nothing(small_project: Sandbox) -> None:
    tag(small_project, "lines", "record")
    change(
        small_project,
        "manifest",
        lambda manifest: manifest["nodes"]["model.shop.lines"].update(compiled_code="select from ("),
    )
    with pytest.raises(GateError, match=r"the compiled SQL of lines \(models/lines\.sql\) can't be read"):
        gate(small_project)
