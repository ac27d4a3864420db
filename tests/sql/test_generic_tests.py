"""Each generic test of tests/generic is given rows that it must pass and rows that it must fail, in one `dbt build`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import pytest
from sandbox import NO_PACKAGE_TESTS, REPOSITORY, Sandbox, Warehouse
from test_inbound_pipeline import CARDS, DIGITS, EMAIL_HASH, UUID, project_with

CARD_ROWS = [f"('cards', '{card}')" for card in CARDS]


@dataclass(frozen=True)
class Case:
    """A test with its arguments, and rows (`columns`, SQL tuples): `good` it passes, `bad` it fails.

    `failures` is how many rows it returns for `bad`: one for each, where nothing else is said.
    """

    test: str
    columns: str
    good: list[str]
    bad: list[str]
    arguments: dict[str, Any] = field(default_factory=dict)
    failures: int | None = None


LINE = "'a' || chr(9) || "
CASES = [
    Case(
        "id_format",
        "tested, source",
        [f"('{UUID}', 'gaid')", f"('{UUID.upper()}', 'idfa')", f"('{DIGITS}', 'uuid')", "('User é,\"', 'crm')", "('7XC-b', 'vizio')"],
        [
            f"('{UUID.upper()}', 'gaid')", f"('{UUID}', 'idfa')", f"('{DIGITS}1', 'ecid')", "('a:b', 'crm')", "('a' || chr(9), 'crm')",
            "('a%20', 'crm')", "('null', 'crm')", "(' a', 'crm')", "(null, 'crm')", "('a', 'nowhere')", "('a', null)",
            "(repeat('0', 38), 'uuid')", "('a' || chr(8203), 'crm')",
        ],
        {"data_source_column": "source"},
    ),
    Case("id_format", "tested", [f"('{UUID}')"], [f"('{UUID.upper()}')", f"(' {UUID}')", "(null)"], {"id_type": "gaid"}),
    Case(
        "no_personal_data",
        "population, tested",
        ["('crm', '4012888888881881')", "('crm', '2025550143')", "('crm', 'a')", "('crm', null)", f"('crm', '{UUID}')"],
        ["('crm', 'jane@example.com')", "('crm', '+12025550143')", "('crm', '192.0.2.17')", "('crm', 'GB82 WEST 1234 5698 7654 32')"],
        {"population_column": "population"},
    ),
    Case(
        "no_personal_data",
        "population, tested",
        [*CARD_ROWS[:2], *(f"('cards', '{number}')" for number in range(4 * 10**15, 4 * 10**15 + 40))],
        CARD_ROWS,
        {"population_column": "population"},
    ),
    Case("no_personal_data", "tested", ["('a')"], ["('jane@example.com')"]),
    Case("numeric_trait_id", "tested", ["('1')", "('0042')"], ["(null)", "('1a')", "('-1')", "('1.0')", "('\u0661')", "(' 1')"]),
    Case(
        "no_control_characters",
        "tested",
        ["('a b')", "('é')", "(null)", "('')"],
        ["('a' || chr(9))", "(chr(10))", "(chr(0))", "('a' || chr(127))", "(chr(133))", "('a\u2028')"],
    ),
    Case("no_control_characters", "tested", ["('a' || chr(9) || 'b')"], ["('a' || chr(10))"], {"allow_tabs": True}),
    Case("line_bytes", "tested", ["(repeat('x', 102399))", "(repeat('é', 51199))"], ["(repeat('x', 102400))", "(repeat('é', 51200))"]),
    Case("line_bytes", "tested", ["('abcd')"], ["('abcde')", "('ééé')"], {"max_bytes": 5}),
    Case(
        "lines_per_user",
        "dpid, mode, tested",
        ["('1', 'overwrite', 'a')", "('2', 'overwrite', 'a')", *["('1', 'sync', 'b')"] * 200, *["('2', 'sync', 'b')"] * 200],
        ["('1', 'overwrite', 'a')"] * 2,
        {"file_columns": ["dpid"], "sync_mode_column": "mode"},
        failures=1,
    ),
    Case("lines_per_user", "tested", ["('a')"] * 200, ["('a')"] * 201, failures=1),
    Case("lines_per_user", "tested", ["('a')"] * 3 + ["('b')"] * 3, ["('a')"] * 4, {"max_lines": 3}, failures=1),
    Case(
        "no_removal_in_overwrite",
        "mode, tested",
        [
            f"('sync', {LINE} 'd_sid=1,d_unsid=2')", f"('overwrite', {LINE} 'd_sid=1,ic=a')",
            f"""('overwrite', {LINE} '"k"="a,d_unsid=1","l"="1:0"')""", f"('overwrite', {LINE} 'd_sid=10')",
        ],
        [
            f"('overwrite', {LINE} 'd_unsid=2')", f"('overwrite', {LINE} 'd_sid=1,d_unsid=2')",
            f"""('overwrite', {LINE} '"k"="v,w",d_unsid=2')""", f"('overwrite', {LINE} '1001:0')", f"('overwrite', {LINE} 'ic=a,1001:-1')",
        ],
        {"sync_mode_column": "mode"},
    ),
    Case(
        "target_data_owner_present",
        "tested, owner",
        ["('100001', null)", "('20914', '100001')"],
        ["('20914', null)", "('20915', '')", "('1171489', null)"],
        {"target_column": "owner"},
    ),
    Case(
        "one_id_type_per_data_source",
        "tested, id_type",
        ["('1', 'dpuuid')", "('1', 'dpuuid')", "('20914', 'gaid')", "('2', 'aam_uuid')"],
        ["('20914', 'idfa')", "('1', 'gaid')", "('20915', 'dpuuid')", "('2', null)"],
        {"id_type_column": "id_type"},
    ),
    Case(
        "one_id_type_per_data_source",
        "tested, id_type",
        ["('1', 'dpuuid')"],
        ["('1', 'dpuuid')", "('1', 'ecid')"],
        {"id_type_column": "id_type"},
    ),
    Case(
        "one_id_type_per_data_source",
        "tested, source",
        ["('100001', 'crm')", "('20914', 'gaid')"],
        ["('20914', 'idfa')", "('100001', 'nowhere')"],
        {"data_source_column": "source"},
    ),
    Case(
        "hashed_email",
        "tested",
        [f"('{EMAIL_HASH}')"],
        [f"('{EMAIL_HASH.upper()}')", f"('{EMAIL_HASH[1:]}')", "('jane@example.com')", "(null)", f"('{sha256(b'').hexdigest()}')"],
    ),
    Case(
        "line_form",
        "id, tested",
        [
            f"('a', {LINE} 'd_sid=1')", f"""('a', {LINE} '"k_1.x"="v, w","l"="é",d_sid=1,d_unsid=2,ic=a-b.c')""",
            "('é,\" x', 'é,\" x' || chr(9) || 'ic=a')",
        ],
        [
            "('a', 'a')", "('a', null)", "('a', 'a d_sid=1')", f"('a', {LINE} '')", f"('a', {LINE} 'd_sid=1,')", f"('a', {LINE} ',d_sid=1')",
            f"('a', {LINE} 'd_sid=1,,d_sid=2')", f"('a', {LINE} 'd_sid=1 ')", f"('a', {LINE} 'd_sid=1' || chr(9))",
            f"('a', {LINE} 'd_sid=1' || chr(10))", f"('a', {LINE} 'd_sid=1' || chr(10) || 'b' || chr(9) || 'd_sid=1')",
            f"('a', {LINE} 'd_sid=x')", f"('a', {LINE} 'k=v')", f"""('a', {LINE} '"k"="a"b"')""", f"""('a', {LINE} '"k"=""')""",
            f"""('a', {LINE} '""k""=""v""')""", f"""('a', {LINE} '"-k"="v"')""", "('', chr(9) || 'd_sid=1')",
            f"('A', {LINE} 'd_sid=1')", f"('ab', {LINE} 'd_sid=2')", f"(null, {LINE} 'd_sid=3')",
            f"""('a', {LINE} '"k"="' || chr(0) || '"')""",
        ],
        {"user_id_column": "id"},
    ),
    Case("line_form", "tested", [f"({LINE} 'd_sid=1')"], ["('a')"]),
    Case(
        "known_signals",
        "source, tested",
        [
            f"('crm', {LINE} 'd_sid=1001,d_unsid=1001,ic=mail-1')", f"""('crm', {LINE} '"tier"="gold","visits"="-1"')""",
            f"('gaid', {LINE} 'd_sid=1001')", f"('web', {LINE} 'd_sid=1003')",
        ],
        [
            f"('crm', {LINE} 'd_sid=9999')", f"('crm', {LINE} 'd_sid=1001,d_unsid=1002')", f"('web', {LINE} 'd_sid=1001')",
            f"('crm', {LINE} 'ic=mail-2')", f"""('crm', {LINE} '"tier"="tin"')""", f"""('crm', {LINE} '"colour"="red"')""",
            f"""('crm', {LINE} '"note"="jane@example.com"')""", f"('crm', {LINE} 'junk')", f"""('crm', {LINE} '"note"="a,b"')""",
            f"('nowhere', {LINE} 'd_sid=1001')",
        ],
        {"data_source_column": "source"},
    ),
    # dbt's own, kept from storing the rest of the row.
    Case("not_null", "tested, other", ["('a', 'jane@example.com')"], ["(null, 'jane@example.com')"]),
    Case("no_nulls", "a, b, c", ["('a', 1, null)"], ["('a', null, 'c')", "(null, null, 'c')"], {"columns": ["a", "b"]}),
    Case(
        "unique_columns",
        "a, b, c",
        ["('a', 'b', 1)", "('a', 'c', 1)", "('c', 'b', 1)", "('a b', '', 1)", "('a', ' b', 1)", "(null, 'b', 1)"],
        ["('a', 'b', 1)", "('a', 'b', 2)", "(null, 'b', 1)", "(null, 'b', 2)", "(null, 'c', 1)"],
        {"columns": ["a", "b"]},
        failures=2,
    ),
    Case(
        "id_line_form",
        "tested, dpids",
        ["('4' || chr(9) || 'crm-1', '0_1')", "('4' || chr(9) || 'a, \"b\" 50%' || chr(9) || 'c', '0_1_2')"],
        ["('4', '0_1')", "('4' || chr(9) || 'a' || chr(9) || 'c', '0_1')", "('4' || chr(9), '0_1')", "(chr(9) || 'a', '0_1')",
         "('4' || chr(9) || 'a%2F', '0_1')", "('4' || chr(9) || 'a ', '0_1')", "('4' || chr(9) || 'a' || chr(10), '0_1')",
         "(null, '0_1')", "('4' || chr(9) || chr(9) || 'a', '0_1_2')"],
    ),
    Case(
        "documented_reason",
        "tested, rule",
        ["('colon_in_id', 'U2')", "(null, null)"],
        ["('colon_in_id', 'U4')", "('bad_luck', 'U2')", "('bad_luck', null)", "(null, 'U2')", "('colon_in_id', null)"],
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory, warehouse: Warehouse) -> tuple[Sandbox, dict[str, int]]:
    """Model → how many failing rows its test found; -1 for a test that did not run."""
    variables = {"aam_signal_models": ["case_0_good"]}
    project = project_with(tmp_path_factory.mktemp("generic"), {}, variables, warehouse, **NO_PACKAGE_TESTS)
    models = []
    for number, case in enumerate(CASES):
        for kind, rows in (("good", case.good), ("bad", case.bad)):
            name = f"case_{number}_{kind}"
            if warehouse.kind == "postgres":  # no text can hold NUL there; another control character takes its place
                rows = [row.replace("chr(0)", "chr(1)") for row in rows]
            project.write(f"models/cases/{name}.sql", f"select * from (values {', '.join(rows)}) as t ({case.columns})")
            called = case.test if case.test == "not_null" else f"aam_inbound.{case.test}"
            tested = {} if "columns" in case.arguments else {"column_name": "tested"}
            test = {called: {"name": f"test_{name}", "arguments": {**tested, **case.arguments}}}
            models.append({"name": name, "data_tests": [test]})
    project.write("models/cases/cases.yml", json.dumps({"version": 2, "models": models}))
    lists = [f"+input__aam_{name}" for name in ("data_sources", "traits", "signal_keys")]
    outcome = project.dbt("build", "--store-failures", "--select", "path:models/cases", *lists)
    assert outcome.returncode == 1, outcome.stdout
    failures = {}
    for result in json.loads((project.folder / "target/run_results.json").read_text(encoding="utf-8"))["results"]:
        name = result["unique_id"].split(".")[2]
        if name.startswith("test_case_"):
            failures[name.removeprefix("test_")] = -1 if result["failures"] is None else result["failures"]
    return project, failures


@pytest.mark.parametrize("number", range(len(CASES)), ids=[case.test for case in CASES])
def test_passes_good_rows_and_fails_bad_ones(number: int, outcomes: tuple[Sandbox, dict[str, int]]) -> None:
    _, failures = outcomes
    case = CASES[number]
    expected = len(case.bad) if case.failures is None else case.failures
    assert (failures[f"case_{number}_good"], failures[f"case_{number}_bad"]) == (0, expected)


def test_every_generic_test_is_proved() -> None:
    files = {path.stem for path in (REPOSITORY / "tests" / "generic").glob("*.sql")}
    assert files - {case.test for case in CASES} == set()


def test_every_generic_test_says_what_why_and_how() -> None:
    for path in (REPOSITORY / "tests" / "generic").glob("*.sql"):
        text = path.read_text(encoding="utf-8")
        for heading in ("What:", "Why:", "How to mend:"):
            assert heading in text, f"{path.name} has no {heading}"


def test_the_page_of_tests_has_them_all() -> None:
    page = (REPOSITORY / "docs" / "tests.md").read_text(encoding="utf-8")
    files = {path.stem for path in (REPOSITORY / "tests").glob("**/*.sql")}
    assert set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == files


def test_stored_failures_hold_no_personal_data(outcomes: tuple[Sandbox, dict[str, int]]) -> None:
    project, _ = outcomes
    stored = project.query(
        "select table_name, column_name from information_schema.columns"
        " where table_schema like '%dbt_test__audit' and data_type in ('VARCHAR', 'text')"
    )
    assert len(stored) > 50
    for table, column in stored:
        values = {
            str(value)
            for (value,) in project.query(f'select "{column}" from {project.schema}_dbt_test__audit."{table}"')
        }
        assert not any("example.com" in value or value in CARDS or "192.0.2" in value for value in values), (
            table,
            column,
        )
