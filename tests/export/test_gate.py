"""The gate, on what dbt really writes. Cases that need no build of their own are copies of one, with its rows changed."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
from forked_programs import Kill
from sandbox import Sandbox

from aam_export.errors import GateError
from aam_export.project import load_project
from aam_export.proof.behind import behind_the_drop
from aam_export.proof.gate import Proof, check_gate
from aam_export.warehouses import connect

PACKAGED = "package/models/inbound"
RECORD_TEST = "not_null_inbound_records_record"
SELECT = ("--select", "+exposure:aam_drop")
# What the exposure is made from in the small project.
SENT_FROM = (
    "id_sync_collisions",
    "id_sync_coverage",
    "id_sync_changes_full",
    "id_sync_records",
    "inbound_batch_lines",
    "inbound_batches",
    "inbound_change_summary",
    "inbound_change_totals",
    "inbound_changes",
    "inbound_changes_full",
    "inbound_records",
)


def gate(project: Sandbox, **where: str) -> Proof:
    here = Path.cwd()
    os.chdir(project.folder)  # the profile's path is relative
    try:
        loaded = load_project(**where)
        with contextlib.closing(connect(loaded.target, read_only=True)) as warehouse:
            return check_gate(loaded, warehouse)
    finally:
        os.chdir(here)


def refusal(project: Sandbox, **where: str) -> str:
    with pytest.raises(GateError) as caught:
        gate(project, **where)
    assert caught.value.exit_code == 3
    assert "dbt build --select +exposure:aam_drop" in caught.value.hint
    return str(caught.value)


def manifest_of(project: Sandbox) -> Any:
    return json.loads((project.folder / "target" / "manifest.json").read_bytes())


def change_manifest(project: Sandbox, how: Callable[[Any], object]) -> None:
    content = manifest_of(project)
    how(content)
    (project.folder / "target" / "manifest.json").write_text(json.dumps(content), encoding="utf-8")


def dbt(project: Sandbox, *arguments: str, code: int = 0) -> None:
    outcome = project.dbt(*arguments)
    assert outcome.returncode == code, outcome.stdout


def status_of(project: Sandbox, name: str) -> str:
    rows = project.query(
        f"select status from aam_proofs where node_id like '%.{name}%' and event = 'ended' order by event_at desc limit 1"
    )
    return str(rows[0][0])


@pytest.fixture(scope="module")
def rich_build(built_small_project: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """The small project with a seed, a unit test, a warning, and a second target, built.

    So is a model whose test fails, from which nothing is sent.
    """
    folder = tmp_path_factory.mktemp("gate") / "project"
    project = built_small_project.copy(folder)
    shutil.rmtree(folder / "target")
    project.own_package()
    project.write("seeds/codes.csv", "code\na\nb\n")
    project.write("models/apart.sql", "select cast(null as integer) as x")
    project.write("macros/kept.sql", "{% macro kept() %}'a'{% endmacro %}")
    project.write(
        f"{PACKAGED}/inbound_records.sql",
        "{{ config(materialized='view') }} select lines.* from {{ ref('shop', 'lines') }} as lines"
        " where {{ shop.kept() }} in (select code from {{ ref('shop', 'codes') }})",
    )
    project.write(
        f"{PACKAGED}/_small__models.yml",
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
    dbt(project, "build", code=1)
    return project


@pytest.fixture
def rich(rich_build: Sandbox, tmp_path: Path) -> Sandbox:
    return rich_build.copy(tmp_path / "project")


# What is accepted


def test_a_build_of_all_passes_and_says_what_it_proved(rich: Sandbox) -> None:
    """The one test that failed is of a model that nothing sent comes from."""
    assert not rich.query("select 1 from aam_proofs where node_id like '%not_null_apart_x%'")
    assert status_of(rich, "inbound_records.codes_are_asked_for") == "pass"
    proof = gate(rich)
    assert (proof.models, proof.tests, proof.warnings) == (13, 3, 1)
    assert proof.invocation_id == manifest_of(rich)["metadata"]["invocation_id"]


def test_commands_that_build_nothing_leave_the_proof_as_it_is(rich: Sandbox) -> None:
    for command in (("parse",), ("ls",), ("compile",), ("docs", "generate"), ("parse", "--no-partial-parse")):
        dbt(rich, *command)
        gate(rich)


def test_a_run_and_then_a_test(rich: Sandbox) -> None:
    dbt(rich, "run", *SELECT)
    assert "tests ran before the last build of what they test" in refusal(rich)
    dbt(rich, "test", *SELECT)
    gate(rich)
    # and again, without any parsing between
    dbt(rich, "run", *SELECT)
    dbt(rich, "test", *SELECT)
    gate(rich)


@pytest.mark.thorough
def test_a_scheduler_that_runs_each_node_in_an_invocation_of_its_own(rich: Sandbox) -> None:
    before = gate(rich).invocation_id
    for name in _in_order(rich):
        dbt(rich, "seed" if name == "codes" else "run", "--select", name)
    for name in ("codes", "lines"):
        dbt(rich, "test", "--select", name)
    assert RECORD_TEST in refusal(rich)
    dbt(rich, "test", "--select", RECORD_TEST)
    assert gate(rich).invocation_id != before


def _in_order(project: Sandbox) -> list[str]:
    """Names of the nodes behind the drop, parents first."""
    nodes, done = manifest_of(project)["nodes"], []
    waiting = sorted(behind_the_drop(manifest_of(project)).parents)
    while waiting:
        for name in list(waiting):
            if not any(parent in waiting for parent in nodes[name]["depends_on"].get("nodes", [])):
                waiting.remove(name)
                done.append(nodes[name]["name"])
    return done


def test_a_retry_that_ended_green(rich: Sandbox) -> None:
    text = (rich.folder / "models" / "lines.sql").read_text()
    rich.write("models/lines.sql", text.replace("|| chr(9)", "|| cast(null as varchar)"))
    dbt(rich, "build", *SELECT, code=1)
    assert RECORD_TEST in refusal(rich)
    rich.write("models/lines.sql", text)
    # dbt retries what failed and was skipped, and not the model that the failing test is a test of's parent
    dbt(rich, "run", "--select", "lines")
    dbt(rich, "build", *SELECT, code=0)
    gate(rich)
    dbt(rich, "retry")
    gate(rich)


@pytest.mark.thorough
def test_what_may_be_left_out_for_another_target(rich: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seeds loaded before, unit tests left to CI."""
    gate(rich, target="dev", profile="aam_inbound")
    assert "was built for target 'dev', this run is for 'prod'" in refusal(rich, target="prod")
    assert "was built for profile 'aam_inbound', this run is for 'other'" in refusal(rich, profile="other")

    options = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "seed", "--profile", "other")
    outcome = rich.command("dbt", "build", *SELECT, *options, env={"DBT_TARGET": "prod"})
    assert outcome.returncode == 0, outcome.stdout
    gate(rich, target="prod", profile="other")
    assert "for target 'prod', this run is for 'default'" in refusal(rich, profile="other")
    assert "for profile 'other', this run is for 'aam_inbound'" in refusal(rich, target="prod")
    monkeypatch.setenv("DBT_TARGET", "prod")
    gate(rich, profile="other")


def test_what_is_disabled_and_what_is_somebody_elses_need_not_run(rich: Sandbox) -> None:
    rich.write("models/old.sql", "{{ config(enabled=false) }} select 'crm' as data_source")
    rich.write("models/mart.sql", "select 'crm' as data_source")
    related = "data_tests: [{relationships: {arguments: {to: ref('lines'), field: data_source}}}]"
    rich.write(
        "models/marts.yml",
        "models:\n"
        + "".join(f"  - {{name: {name}, columns: [{{name: data_source, {related}}}]}}\n" for name in ("old", "mart")),
    )
    rich.write("tests/compared.sql", "select 1 as x from {{ ref('lines') }} inner join {{ ref('mart') }} on false")
    dbt(rich, "parse", "--no-partial-parse")
    gate(rich)
    dbt(
        rich,
        "build",
        *SELECT,
        "--exclude",
        "mart",
        "relationships_mart_data_source__data_source__ref_lines_",
        "compared",
    )
    gate(rich)


# What is refused


def test_tests_of_the_package_that_the_project_turned_off(rich: Sandbox) -> None:
    """Those of the project's own may be."""
    settings = rich.folder / "dbt_project.yml"
    before = settings.read_text(encoding="utf-8")
    settings.write_text(f"{before}\ndata_tests: {{shop: {{+enabled: false}}}}\n", encoding="utf-8")
    dbt(rich, "parse", "--no-partial-parse")
    gate(rich)
    settings.write_text(f"{before}\ndata_tests: {{+enabled: false}}\n", encoding="utf-8")
    dbt(rich, "parse", "--no-partial-parse")
    assert "tests of aam_inbound are disabled: not_null_inbound_records_record" in refusal(rich)


def test_a_model_rebuilt_after_its_child(rich: Sandbox) -> None:
    dbt(rich, "build", "--select", "lines")
    message = refusal(rich)
    assert "models were built before what they read was built again" in message
    assert "inbound_changes before lines" in message


def test_a_test_that_was_left_out(rich: Sandbox) -> None:
    dbt(rich, "build", *SELECT, "--exclude", RECORD_TEST)
    message = refusal(rich)
    assert "1 tests ran before the last build of what they test" in message
    assert RECORD_TEST in message


def test_a_model_that_never_ran(small_project: Sandbox) -> None:
    small_project.execute("delete from aam_proofs where node_id like '%.lines'")
    assert "1 of the 14 models and tests behind the drop never ran on this target: lines" in refusal(small_project)


def test_a_test_that_failed_is_named_before_what_was_skipped(rich: Sandbox) -> None:
    text = (rich.folder / "models" / "lines.sql").read_text()
    rich.write("models/lines.sql", text.replace("|| chr(9)", "|| cast(null as varchar)"))
    dbt(rich, "build", code=1)
    assert status_of(rich, RECORD_TEST) == "fail"
    message = refusal(rich)
    assert "did not pass" in message
    assert f"{RECORD_TEST} (fail)" in message


def test_a_seed_and_a_model_that_failed(rich: Sandbox) -> None:
    rich.write("seeds/codes.csv", "code\na\n1,2,3\n")
    rich.write("models/lines.sql", "{{ config(materialized='table') }} select error('broken') as sync_mode")
    dbt(rich, "build", "--exclude-resource-type", "unit_test", code=1)
    message = refusal(rich)
    for words in ("did not pass", "lines (error)", "codes (error)", "were skipped because of it"):
        assert words in message


def test_a_unit_test_that_failed(rich: Sandbox) -> None:
    rich.execute(
        "update aam_proofs set status = 'fail', ended_at = ended_at + interval 1 hour where node_kind = 'unit_test'"
    )
    assert "codes_are_asked_for (fail)" in refusal(rich)
    # A later build without it was of a model that somebody stands for.
    dbt(rich, "build", *SELECT, "--exclude-resource-type", "unit_test")
    rich.execute("update aam_proofs set ended_at = ended_at - interval 1 hour where node_kind = 'unit_test'")
    gate(rich)


@pytest.mark.parametrize("status", ["error", "fail", "runtime error", "partial success"])
def test_every_status_but_success_is_refused(small_project: Sandbox, status: str) -> None:
    small_project.execute(f"update aam_proofs set status = '{status}' where node_id like '%.lines' and event = 'ended'")
    assert f"lines ({status})" in refusal(small_project)


@pytest.mark.parametrize("option", ["empty", "sample"])
def test_a_build_on_some_of_the_data(small_project: Sandbox, option: str) -> None:
    small_project.execute(f"update aam_proofs set part_of_data = '{option}' where node_id like '%.lines'")
    assert f"the last build ran with --{option}, on some of the data only: lines" in refusal(small_project)


def test_an_empty_build(small_project: Sandbox) -> None:
    dbt(small_project, "build", "--empty")
    assert "ran with --empty" in refusal(small_project)


def test_code_that_changed_since(rich: Sandbox) -> None:
    path = rich.folder / "models" / "lines.sql"
    text = path.read_text()
    for model, macro, severity, words in (
        (text + "\n-- other", "'a'", "warn", "lines (models/lines.sql)"),
        (text, "'a' || ''", "warn", "a macro that inbound_records uses"),
        (text, "'a'", "error", "unique_lines_sync_mode"),
    ):
        path.write_text(model)
        rich.write("macros/kept.sql", f"{{% macro kept() %}}{macro}{{% endmacro %}}")
        properties = rich.folder / "models/_models.yml"
        properties.write_text(properties.read_text().replace("severity: warn", f"severity: {severity}"))
        dbt(rich, "parse")
        message = refusal(rich)
        assert "code changed since it was built or tested" in message
        assert words in message
    properties.write_text(properties.read_text().replace("severity: error", "severity: warn"))
    dbt(rich, "parse")
    gate(rich)


def test_another_warehouse(small_project: Sandbox) -> None:
    change_manifest(small_project, lambda content: content["metadata"].update(adapter_type="postgres"))
    assert "the last dbt command was for postgres, target 'dev' is duckdb" in refusal(small_project)


@pytest.mark.parametrize("content", [None, "", '{"metadata": {"dbt_sch', "[]", '{"metadata": {}}'])
def test_a_manifest_that_is_missing_or_broken(small_project: Sandbox, content: str | None) -> None:
    file = small_project.folder / "target" / "manifest.json"
    file.unlink()
    if content is not None:
        file.write_text(content, encoding="utf-8")
    assert str(file) in refusal(small_project)


def test_a_warehouse_without_any_proof(small_project: Sandbox) -> None:
    small_project.execute("drop table aam_proofs")
    assert "nothing proves what would be sent" in refusal(small_project)


@pytest.mark.parametrize("command", [("compile",), ("docs", "generate"), ("show", "--inline", "select 1 as one")])
def test_what_only_reads_leaves_an_empty_warehouse_empty(small_project: Sandbox, command: tuple[str, ...]) -> None:
    """dbt renders the hooks of on-run-start and on-run-end for these, too, where no ledger stands."""
    small_project.database.unlink()
    dbt(small_project, *command)
    assert small_project.query("select table_name from information_schema.tables") == []


def test_long_lists_are_cut(small_project: Sandbox) -> None:
    def many(content: Any) -> None:
        test = next(
            node
            for name, node in content["nodes"].items()
            if name.startswith("test.") and str(node["attached_node"]).endswith(".inbound_records")
        )
        content["nodes"].update({f"test.aam_inbound.t{number}.x": test for number in range(20)})

    change_manifest(small_project, many)
    assert "and 15 more" in refusal(small_project)


# Killed


def test_dbt_that_was_killed_while_it_built(small_project: Sandbox) -> None:
    """What stands in the warehouse then is of two builds, though each node once passed."""
    small_project.write(
        "models/lines.sql",
        (small_project.folder / "models/lines.sql").read_text()
        + " where (select count(*) from range(100000) as a(x), range(100000) as b(y)) > 0",
    )
    process = subprocess.Popen(
        [str(Path(sys.executable).parent / "dbt"), "build"],
        cwd=small_project.folder,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "0", "NO_COLOR": "1"},
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "START sql table model main.lines" in line:
            break
    time.sleep(0.5)
    process.send_signal(signal.SIGKILL)
    process.wait()
    message = refusal(small_project)
    assert "never said how that ended: it was killed, or is still running" in message


@pytest.mark.parametrize(
    ("statement", "moment", "proved"),
    [
        ("create table if not exists", "before", True),  # of the ledger: the old build stands, and so does its proof
        (r"insert into \S*aam_proofs", "before", True),
        (r"insert into \S*aam_proofs", "after", False),  # what is about to be built
        (r"create (or replace )?view \S*inbound_records", "before", False),
        ("select compiled_hash from", "before", False),  # how it ended
        ("select compiled_hash from", "after", False),
        (r"insert into \S*aam_proved_code", "before", False),
        (r"insert into \S*aam_proved_code", "after", False),
    ],
)
def test_dbt_that_is_killed_at_a_statement_of_its_hooks(
    small_project: Sandbox, statement: str, moment: Literal["before", "after"], proved: bool
) -> None:
    small_project.write("models/lines.sql", (small_project.folder / "models/lines.sql").read_text() + " where i > 7")
    outcome = small_project.dbt("build", kill=Kill(statement, moment))
    assert outcome.returncode == -signal.SIGKILL, outcome.stdout
    if proved:
        dbt(small_project, "parse")
        assert "code changed" in refusal(small_project)
    else:
        assert "never said how that ended: it was killed, or is still running" in refusal(small_project)


def test_a_hook_that_is_killed_at_any_row_leaves_no_proof(small_project: Sandbox, tmp_path: Path) -> None:
    """The hook writes in one statement. Were it several, any beginning of them must not be taken for the whole."""
    invocation = gate(small_project).invocation_id
    rows = small_project.query(
        f"select node_id from aam_proofs where invocation_id = '{invocation}' and event = 'ended' order by node_id"
    )
    assert len(rows) > 10
    for (node,) in rows:
        copy = small_project.copy(tmp_path / "copy")
        copy.execute(f"delete from aam_proofs where event = 'ended' and node_id >= '{node}'")
        refusal(copy)
        shutil.rmtree(tmp_path / "copy")


# Personal data


def tag(project: Sandbox, model: str, column: str) -> None:
    def add(manifest: Any) -> None:
        [node] = [node for name, node in manifest["nodes"].items() if name.split(".")[-1] == model]
        node["columns"][column] = {"name": column, "config": {"meta": {"contains_pii": True}}}

    change_manifest(project, add)


def test_a_tagged_column_that_would_be_sent_is_refused_with_its_way(small_project: Sandbox) -> None:
    tag(small_project, "inbound_changes", "change")
    assert gate(small_project)
    tag(small_project, "lines", "record")
    with pytest.raises(GateError, match=r"lines\.record → .* → inbound_records\.record \(P1\)") as caught:
        gate(small_project)
    assert "aam-export lineage" in caught.value.hint


def test_the_way_is_read_from_the_code_that_ran(small_project: Sandbox) -> None:
    """After `dbt test` or `dbt parse` the manifest has no compiled SQL at all."""
    dbt(small_project, "parse")
    assert not any(node.get("compiled_code") for node in manifest_of(small_project)["nodes"].values())
    tag(small_project, "lines", "record")
    with pytest.raises(GateError, match=r"lines\.record → .* → inbound_records\.record \(P1\)"):
        gate(small_project)


def test_sql_that_can_not_be_read_proves_nothing(small_project: Sandbox) -> None:
    tag(small_project, "lines", "record")
    small_project.execute("update aam_proved_code set compiled_code = 'select from ('")
    with pytest.raises(GateError, match=r"the compiled SQL of .* can't be read"):
        gate(small_project)


def test_nodes_upstream(rich: Sandbox) -> None:
    behind = behind_the_drop(manifest_of(rich))
    assert behind.models == {
        *(f"model.shop.{name}" for name in ("lines", "pairs")),
        *(f"model.aam_inbound.{name}" for name in SENT_FROM),
    }
    assert len(behind.tests) == 3
    assert behind.seeds == {"seed.shop.codes"}
    assert len(behind.unit_tests) == 1
