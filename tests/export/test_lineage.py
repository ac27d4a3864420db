"""What counts as a way of personal data into the drop, on small manifests, and on this project as dbt compiles it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sandbox import Sandbox

from aam_export.cli import cli
from aam_export.errors import ConfigurationError
from aam_export.proof.lineage import find_pii_paths

MANIFEST_VERSION = "https://schemas.getdbt.com/dbt/manifest/v12.json"
CUSTOMERS = '"db"."main"."customers"'
VISITS = '"db"."main"."visits"'


def node(kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {
        "resource_type": kind,
        "unique_id": f"{kind}.shop.{name}",
        "name": name,
        "alias": name,
        "original_file_path": f"models/{name}.sql",
        "relation_name": f'"db"."main"."{name}"',
        "config": {},
        "columns": {},
        "depends_on": {"nodes": []},
        **more,
    }


def column(name: str, **meta: Any) -> dict[str, Any]:
    return {"name": name, "meta": {}, "config": {"meta": meta}}


def columns(*items: dict[str, Any]) -> dict[str, Any]:
    return {item["name"]: item for item in items}


def manifest(
    models: dict[str, str | dict[str, Any]], *, adapter: str = "duckdb", parents: dict[str, list[str]] | None = None
) -> dict[str, Any]:
    """Sources `customers` (email, name and birth_date are tagged, more columns exist) and `visits`; models by name."""
    customers = node(
        "source",
        "customers",
        source_name="crm",
        columns=columns(
            column("id"),
            column("Email", contains_pii=True),
            {"name": "name", "meta": {"contains_pii": True}},
            column("birth_date", contains_pii=True),
            column("tier"),
        ),
    )
    visits = node("source", "visits", source_name="site", columns=columns(column("id"), column("page")))
    nodes = {}
    for name, model in models.items():
        given = {"compiled_code": model} if isinstance(model, str) else model
        made = node("model", name, **given)
        made["depends_on"] = {"nodes": (parents or {}).get(name, [])}
        nodes[made["unique_id"]] = made
    return {
        "metadata": {"dbt_schema_version": MANIFEST_VERSION, "adapter_type": adapter},
        "sources": {source["unique_id"]: source for source in (customers, visits)},
        "nodes": nodes,
    }


def paths(*statements: str, adapter: str = "duckdb") -> list[str]:
    """The paths into inbound_records where it is the last statement, and the ones before it models a, b, …."""
    models: dict[str, str | dict[str, Any]] = dict(zip("abcdefgh", statements[:-1], strict=False))
    models["inbound_records"] = statements[-1]
    return [str(path) for path in find_pii_paths(manifest(models, adapter=adapter))]


EMAIL = ["source.crm.customers.email → inbound_records.record"]

LEAKS = {
    "the column itself": f"select email as record from {CUSTOMERS}",
    "upper-case spelling": f"select EMAIL as record from {CUSTOMERS.upper()}",
    "a table named without its schema": "select email as record from customers",
    "a function": "select substring(lower(trim(email)), 1, 5) as record from customers",
    "concatenation": "select id || chr(9) || coalesce(email, '') as record from customers",
    "a cast": "select cast(email as text)::varchar as record from customers",
    "an unknown function": "select vendor_magic(id, email) as record from customers",
    "the result of a case": "select case when id = 1 then 'x' when id = 2 then email end as record from customers",
    "the default of a case": "select case when id = 1 then 'x' else email end as record from customers",
    "string_agg": "select string_agg(email, ',' order by id) as record from customers",
    "list functions": "select list_transform(list(email), x -> x || '!')[1] as record from customers",
    "min": "select min(email) as record from customers group by id",
    "a window": "select first_value(email) over (partition by id order by tier) as record from customers",
    "a percentile": "select percentile_disc(0.5) within group (order by email) as record from customers",
    "a filtered aggregate": "select max(email) filter (where id > 1) as record from customers",
    "md5": "select md5(email) as record from customers",
    "sha1": "select sha1(email) as record from customers",
    "a hash beside the value": "select sha256(email) || email as record from customers",
    "a struct": "select to_json({'a': email}) as record from customers",
    "another select's expression": "select upper(email) as folded, folded || '!' as record from customers",
    "a scalar subquery": "select (select max(email) from customers) as record from visits",
    "a correlated subquery": "select (select c.email || v.page from visits v) as record from customers c",
    "a lateral join": "select l.x as record from customers c, lateral (select c.email as x) l",
    "unnest": "select u.x as record from customers c, unnest(string_split(c.email, '@')) as u(x)",
    "a join": "select v.page || c.email as record from visits v left join customers c on v.id = c.id",
    "a join with using": "select page || email as record from visits join customers using (id)",
    "a cte renamed": "with c(a, b) as (select id, email from customers) select b as record from (select * from c)",
    "a cte within a cte": "with c as (with d as (from customers) select * from d) select email as record from c",
    "union by position": "select page as record from visits union all select email from customers",
    "union by name": "select 1 as x, page as record from visits union by name select email as record from customers",
    "intersect": "select page as record from visits intersect select email from customers",
    "values of an in-list's other side": "select case when id in (1) then email end as record from customers",
    "a star, replaced": "select * replace (email as record) from (select email, 'x' as record from customers)",
    "a star, renamed": "select * rename (email as record) from (select email from customers)",
    "a derived table's names": "select t.b as record from (select id, email from customers) as t (a, b)",
    "a recursive cte": """
        with recursive chain(id, all_of_it) as (
            select id, 'x' from visits
            union all
            select c.id, chain.all_of_it || c.email from chain join customers c on c.id = chain.id
        ) select all_of_it as record from chain""",
    "a parenthesised join": "select email as record from (visits v join customers c on v.id = c.id)",
    "functions called with dots": "select c.email.lower().substr(1, 3) as record from customers c",
    "a column chosen by its name": "select * like 'rec%' from (select email as record from customers)",
    "lateral values": "select v.record from customers c, lateral (values (c.email)) as v (record)",
    "a whole row": "select to_json(c) ->> 'email' as record from (select email from customers) as c",
    "a list comprehension": "select [x || '!' for x in list(email)][1] as record from customers",
    "a pivot": "select record from (select id, email from customers) pivot (max(email) for id in (1 as record))",
}

NO_LEAKS = {
    "only in where": "select id as record from customers where email is not null and name <> 'x'",
    "only in a join": "select v.page as record from visits v join customers c on v.page = c.email",
    "only in a condition of case": "select case when birth_date < '2000-01-01' then 'a' end as record from customers",
    "only as operand of case": "select case email when 'x' then 'a' end as record from customers",
    "a comparison": "select email is not null and email like '%@%' as record from customers",
    "a count": "select count(distinct email) as record from customers",
    "only in order and partition": "select rank() over (partition by name order by email) as record from customers",
    "the order of an aggregate": "select string_agg(tier, ',' order by email) as record from customers",
    "the filter of an aggregate": "select max(tier) filter (where email <> '') as record from customers",
    "sha256": "select sha256(lower(trim(email))) as record from customers",
    "another column of the same table": "select tier as record from customers",
    "an undeclared column of the same table": "select household as record from customers",
    "a star without it": "select * exclude (email, name, birth_date) from customers",
    "the other side of except": "select page as record from visits except select email from customers",
    "a cte nobody reads": "with c as (select email from customers) select page as record from visits",
    "a table that dbt does not know": "select l.id || tier as record from ledger l join customers using (id)",
    "an inner name that hides it": "with c as (select id, tier as email from customers) select email as record from c",
}

OTHER_DIALECTS = [
    ("postgres", f"select encode(sha256(convert_to(lower(email), 'UTF8')), 'hex') as record from {CUSTOMERS}", []),
    ("postgres", f"select encode(digest(email, 'sha256'), 'hex') as record from {CUSTOMERS}", []),
    ("postgres", f"select encode(digest(email, 'md5'), 'hex') as record from {CUSTOMERS}", EMAIL),
    ("postgres", f"select md5(email) as record from {CUSTOMERS}", EMAIL),
    ("postgres", f"select id as record from {CUSTOMERS} where email ~ '@'", []),
    ("spark", "select sha2(email, 256) as record from main.customers", []),
    ("spark", "select sha2(email, 224) as record from main.customers", EMAIL),
    ("spark", "select y as record from main.customers lateral view explode(split(email, '@')) e as y", EMAIL),
    ("snowflake", "select $2 as record from (select id, email from main.customers)", EMAIL),
    ("snowflake", f"select sha2_hex(email) as record from {CUSTOMERS}", []),
    ("bigquery", "select to_hex(sha256(email)) as record from `db`.`main`.`customers`", []),
    ("sqlserver", "select hashbytes('SHA2_256', email) as record from main.customers", []),
]


@pytest.mark.parametrize("sql", LEAKS.values(), ids=LEAKS)
def test_a_value_that_can_reach_the_record_is_found(sql: str) -> None:
    assert paths(sql) == EMAIL


@pytest.mark.parametrize("sql", NO_LEAKS.values(), ids=NO_LEAKS)
def test_a_column_that_gives_no_value_is_not_reported(sql: str) -> None:
    assert paths(sql) == []


@pytest.mark.parametrize(("adapter", "sql", "expected"), OTHER_DIALECTS)
def test_other_dialects(adapter: str, sql: str, expected: list[str]) -> None:
    found = paths(sql, adapter=adapter)
    assert found == expected


def test_the_path_goes_model_by_model_and_is_the_shortest() -> None:
    found = find_pii_paths(
        manifest(
            {
                "stg_customers": f"""
                    with src as (select * from {CUSTOMERS}), final as (select id, email as e from src)
                    select * from final""",
                "long_way": 'select e from "db"."main"."stg_customers"',
                "signals": "select e as user_id from main.stg_customers union all select e from main.long_way",
                "inbound_records": 'select s.user_id, s.user_id || chr(9) as record from "db"."main"."signals" as s',
            }
        )
    )
    assert list(map(str, found)) == [
        "source.crm.customers.email → stg_customers.e → signals.user_id → inbound_records.record"
    ]
    assert [(step.node, step.column, step.file) for step in found[0].steps] == [
        ("source.shop.customers", "email", "models/customers.sql"),
        ("model.shop.stg_customers", "e", "models/stg_customers.sql"),
        ("model.shop.signals", "user_id", "models/signals.sql"),
        ("model.shop.inbound_records", "record", "models/inbound_records.sql"),
    ]


def test_every_tagged_column_and_every_target_has_its_path() -> None:
    found = find_pii_paths(
        manifest(
            {
                "inbound_records": f"select email || name as record from {CUSTOMERS}",
                "id_sync_records": f"select email as record from {CUSTOMERS}",
            }
        )
    )
    assert sorted(map(str, found)) == [
        "source.crm.customers.email → id_sync_records.record",
        "source.crm.customers.email → inbound_records.record",
        "source.crm.customers.name → inbound_records.record",
    ]


def test_a_star_over_an_undeclared_source_passes_on_what_is_tagged() -> None:
    assert paths(f"select * from {CUSTOMERS}", 'select email as record from "db"."main"."a"') == [
        "source.crm.customers.email → a.email → inbound_records.record"
    ]


def test_a_union_of_stars_that_can_not_be_aligned_is_reported() -> None:
    assert (
        paths(
            f"select * from {CUSTOMERS} union all select * from {VISITS}", 'select page as record from "db"."main"."a"'
        )
        != []
    )


def test_a_tagged_model_column_begins_a_path_unless_its_source_is_tagged() -> None:
    models: dict[str, str | dict[str, Any]] = {
        "stg": {
            "compiled_code": f"select email, page as note from {CUSTOMERS} join {VISITS} using (id)",
            "columns": columns(column("EMAIL", contains_pii=True), column("note", contains_pii="true")),
        },
        "inbound_records": 'select email || note as record from "db"."main"."stg"',
    }
    assert sorted(str(path) for path in find_pii_paths(manifest(models))) == [
        "source.crm.customers.email → stg.email → inbound_records.record",
        "stg.note → inbound_records.record",
    ]


def test_tags_that_are_not_true_do_not_count() -> None:
    models: dict[str, str | dict[str, Any]] = {
        "stg": {"compiled_code": f"select page from {VISITS}", "columns": columns(column("page", contains_pii=False))},
        "inbound_records": 'select page as record from "db"."main"."stg"',
    }
    assert find_pii_paths(manifest(models)) == []


def test_an_ephemeral_model_is_a_step_and_may_be_tagged() -> None:
    eph = {
        "compiled_code": None,
        "config": {"materialized": "ephemeral"},
        "relation_name": None,
        "columns": columns(column("page", contains_pii=True)),
    }
    models: dict[str, str | dict[str, Any]] = {
        "eph": eph,
        "inbound_records": f"""
            with __dbt__cte__eph as (select email, page from {CUSTOMERS} join {VISITS} using (id))
            select email || page as record from __dbt__cte__eph""",
    }
    found = find_pii_paths(manifest(models, parents={"inbound_records": ["model.shop.eph"]}))
    assert sorted(map(str, found)) == [
        "eph.page → inbound_records.record",
        "source.crm.customers.email → eph.email → inbound_records.record",
    ]


def test_a_python_model_is_taken_to_pass_everything_on() -> None:
    models: dict[str, str | dict[str, Any]] = {
        "opaque": {"language": "python", "compiled_code": "def model(dbt, session): ..."},
        "inbound_records": 'select anything as record from "db"."main"."opaque"',
    }
    found = find_pii_paths(manifest(models, parents={"opaque": ["source.shop.customers"]}))
    assert [str(path) for path in found] == [
        f"source.crm.customers.{name} → opaque.* → inbound_records.record" for name in ("birth_date", "email", "name")
    ]


def test_a_snapshot_has_the_columns_that_dbt_adds() -> None:
    given = manifest({"inbound_records": 'select dbt_valid_to as record from "db"."main"."snap"'})
    snapshot = node("snapshot", "snap", compiled_code=f"select id, email from {CUSTOMERS}")
    given["nodes"][snapshot["unique_id"]] = snapshot
    assert find_pii_paths(given) == []


def test_an_incremental_model_that_reads_itself_ends() -> None:
    own = '"db"."main"."inbound_records"'
    assert paths(f"select email as record from {CUSTOMERS} union all select record from {own}") == EMAIL
    assert paths(f"select page as record from {VISITS} union all select record from {own}") == []


def test_a_source_in_files_is_known_by_its_location() -> None:
    given = manifest({"inbound_records": "select email as record from read_parquet('crm/*.parquet')"})
    given["sources"]["source.shop.customers"]["relation_name"] = "read_parquet('crm/*.parquet')"
    assert [str(path) for path in find_pii_paths(given)] == EMAIL


def test_a_seed_that_stands_in_for_a_source_adds_nothing() -> None:
    given = manifest({"inbound_records": f"with c as (select * from {CUSTOMERS}) select tier as record from c"})
    seed = node("seed", "customers")
    given["nodes"][seed["unique_id"]] = seed
    assert find_pii_paths(given) == []
    given["nodes"]["model.shop.inbound_records"]["compiled_code"] = f"select email as record from {CUSTOMERS}"
    assert [str(path) for path in find_pii_paths(given)] == EMAIL


def test_an_input_that_no_name_is_found_for_is_not_lost() -> None:
    given = manifest(
        {"inbound_records": "select email as record from some_alias_of_it"},
        parents={"inbound_records": ["source.shop.customers"]},
    )
    assert "source.crm.customers.email → inbound_records.record" in map(str, find_pii_paths(given))


def test_sql_that_can_not_be_read_names_the_model() -> None:
    with pytest.raises(ConfigurationError, match=r"SQL of a \(models/a.sql\) can't be read as duckdb"):
        find_pii_paths(
            manifest(
                {"a": "select from where (", "inbound_records": 'select * from "db"."main"."a"'},
                parents={"inbound_records": ["model.shop.a"]},
            )
        )


def test_a_table_whose_name_only_the_run_knows_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"query_table\(\) reads a table that only the run knows"):
        paths("select email as record from query_table('customers')")
    with pytest.raises(ConfigurationError, match="a table without a name"):
        paths("select record from rows from (unnest(array[1])) as r (record)", adapter="postgres")


def test_a_manifest_that_proves_nothing_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no model inbound_records or id_sync_records"):
        find_pii_paths(manifest({"a": "select 1 as x"}))
    with pytest.raises(ConfigurationError, match="no compiled SQL of inbound_records"):
        find_pii_paths(manifest({"inbound_records": {"compiled_code": None}}))


def test_a_deep_graph_is_no_deep_recursion() -> None:
    depth = 1500
    models: dict[str, str | dict[str, Any]] = {"m0": f"select email from {CUSTOMERS}"}
    for number in range(1, depth):
        models[f"m{number}"] = f'select email from "db"."main"."m{number - 1}"'
    models["inbound_records"] = f'select email as record from "db"."main"."m{depth - 1}"'
    parents = {f"m{number}": [f"model.shop.m{number - 1}"] for number in range(1, depth)}
    parents["inbound_records"] = [f"model.shop.m{depth - 1}"]
    assert len(find_pii_paths(manifest(models, parents=parents))[0].steps) == depth + 2


def project(folder: Path, content: dict[str, Any] | None) -> list[str]:
    (folder / "target").mkdir()
    (folder / "dbt_project.yml").write_text("name: shop", encoding="utf-8")
    if content is not None:
        schema = {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json"}
        content = {**content, "metadata": {**content["metadata"], **schema}}
        (folder / "target" / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
    return ["lineage", "--project-dir", str(folder)]


def test_the_command_prints_one_step_a_line(tmp_path: Path) -> None:
    options = project(tmp_path, manifest({"inbound_records": f"select email as record from {CUSTOMERS}"}))
    result = CliRunner().invoke(cli, options)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "  source.crm.customers.email  models/customers.sql",
        "→ inbound_records.record      models/inbound_records.sql",
    ]
    assert "P1" in result.stderr

    result = CliRunner().invoke(cli, [*options, "--json"])
    assert result.exit_code == 1
    shown = json.loads(result.stdout)
    assert shown["clean"] is False
    assert shown["paths"] == [
        {
            "column": "source.crm.customers.email",
            "reaches": "inbound_records.record",
            "steps": [
                {"node": "source.shop.customers", "column": "email", "file": "models/customers.sql"},
                {"node": "model.shop.inbound_records", "column": "record", "file": "models/inbound_records.sql"},
            ],
        }
    ]


def test_the_command_says_when_all_is_well_and_when_it_can_not_tell(tmp_path: Path) -> None:
    clean, empty = tmp_path / "clean", tmp_path / "empty"
    clean.mkdir()
    empty.mkdir()
    options = project(clean, manifest({"inbound_records": f"select tier as record from {CUSTOMERS}"}))
    assert CliRunner().invoke(cli, options).exit_code == 0
    assert json.loads(CliRunner().invoke(cli, [*options, "--json"]).stdout) == {"clean": True, "paths": []}
    with pytest.raises(ConfigurationError, match=r"there is no .*manifest\.json") as failure:
        CliRunner().invoke(cli, project(empty, None), catch_exceptions=False)
    assert failure.value.exit_code == 2
    assert "dbt compile" in failure.value.hint
    assert "dbt build" not in failure.value.hint


def in_a_process(folder: Path, *options: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return Sandbox(folder).command("aam-export", "lineage", *options, env=env)


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_the_process_ends_with_1_where_something_would_be_sent(tmp_path: Path, options: tuple[str, ...]) -> None:
    project(tmp_path, manifest({"inbound_records": f"select email as record from {CUSTOMERS}"}))
    outcome = in_a_process(tmp_path, *options)
    assert (outcome.returncode, "source.crm.customers.email" in outcome.stdout) == (1, True), outcome.stderr


@pytest.mark.parametrize(
    ("setting", "env", "options"),
    [
        ("target-path: build", {}, ()),
        ("target-path: \"{{ env_var('STAGE', 'build') }}\"", {}, ()),
        ('target-path: "{{ target.name }}"', {}, ("--target", "build")),
        ("target-path: other", {"DBT_TARGET_PATH": "build"}, ()),
        ("", {"DBT_TARGET_PATH": "other", "DBT_ENGINE_TARGET_PATH": "build"}, ()),
        ("target-path: other", {"DBT_TARGET_PATH": "other"}, ("--target-path", "build")),
    ],
)
def test_the_manifest_is_the_one_that_dbt_wrote_last(
    tmp_path: Path, setting: str, env: dict[str, str], options: tuple[str, ...]
) -> None:
    """And not an older one in the folder `target`, in which nothing is wrong."""
    project(tmp_path, manifest({"inbound_records": f"select tier as record from {CUSTOMERS}"}))
    assert in_a_process(tmp_path).returncode == 0
    leaks = manifest({"inbound_records": f"select email as record from {CUSTOMERS}"})
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "manifest.json").write_text(json.dumps(leaks), encoding="utf-8")
    (tmp_path / "dbt_project.yml").write_text(f"name: shop\nprofile: shop\n{setting}\n", encoding="utf-8")
    (tmp_path / "profiles.yml").write_text(
        "shop: {target: dev, outputs: {dev: {type: duckdb}, build: {type: duckdb}}}", encoding="utf-8"
    )
    outcome = in_a_process(tmp_path, *options, env=env)
    assert (outcome.returncode, "source.crm.customers.email" in outcome.stdout) == (1, True), outcome.stderr


@pytest.mark.thorough
def test_this_project_is_clean_and_an_added_email_is_found(tmp_path: Path) -> None:
    sandbox = Sandbox.create(tmp_path)
    compiled = sandbox.dbt("compile", "--quiet")
    assert compiled.returncode == 0, compiled.stdout
    file = sandbox.folder / "target" / "manifest.json"
    assert [str(path) for path in find_pii_paths(json.loads(file.read_bytes()))] == []

    model = sandbox.folder / "models" / "signals" / "signals__crm.sql"
    changed = model.read_text(encoding="utf-8").replace("ids.user_id", "customers.email as user_id", 1)
    model.write_text(changed, encoding="utf-8")
    assert sandbox.dbt("compile", "--quiet").returncode == 0
    found = {
        str(path.steps[0]): [str(step) for step in path.steps] for path in find_pii_paths(json.loads(file.read_bytes()))
    }
    assert list(found) == ["source.crm.customers.email"]
    steps = found["source.crm.customers.email"]
    assert steps[:3] == ["source.crm.customers.email", "stg_crm__customers.email", "signals__crm.user_id"]
    assert steps[-1] == "inbound_records.record"
