"""`aam-export account`: the lists beside the account, from answers of the API and sheets (A2, A3, A5 to A8, A14, L3, M6, R13)."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import crash
import pytest
from feedback_world import SAMPLES, put
from sandbox import Sandbox

SOURCE = {"dataSourceId": 100001, "name": "Customers", "idType": "CROSS_DEVICE", "inboundS2S": True, "status": "ACTIVE",
          "useAudienceManagerVisitorID": False, "marketingCloudVisitorIdVersion": 0, "samplingEnabled": True}  # fmt: skip
TRAIT = {"sid": 7001, "dataSourceId": 100001, "name": "Buys organic", "traitType": "ON_BOARDED_TRAIT", "ttl": 120}


@pytest.fixture
def project(small_project: Sandbox) -> Sandbox:
    return with_lists(small_project)


def with_lists(small_project: Sandbox) -> Sandbox:
    """The lists as tables: what the command reads is what the last build has."""
    columns = "trait_id, dpid, trait_name, trait_type, ttl_days, signal_key, signal_value"
    small_project.execute(
        f"create table input__aam_traits as select * from (values ('7001', '100001', 'Buys organic', 'onboarded', '120', null, null), "
        f"('7003', '100001', 'Gold', 'onboarded', '30', 'tier', 'gold')) as t({columns})",
        "create table input__aam_signal_keys as select * from (values ('crm', 'tier', 'enum', 'gold|silver')) "
        "as t(data_source, signal_key, value_type, accepts)",
    )
    manifest = small_project.folder / "target/manifest.json"
    content = json.loads(manifest.read_text())
    node = next(node for node in content["nodes"].values() if node["name"] == "input__aam_data_sources")
    for name in ("aam_traits", "aam_signal_keys"):
        relation = node["relation_name"].replace("aam_data_sources", name)
        copied = {**node, "name": f"input__{name}", "relation_name": relation}
        content["nodes"][f"model.aam_inbound.input__{name}"] = copied
    manifest.write_text(json.dumps(content))
    return small_project


def account(project: Sandbox, tmp_path: Path, *answers: Any) -> tuple[int, list[dict[str, str]], str]:
    folder = tmp_path / "answers"
    shutil.rmtree(folder, ignore_errors=True)
    files = [
        str(put(folder, f"{number}.json", answer if isinstance(answer, bytes) else json.dumps(answer).encode()))
        for number, answer in enumerate(answers)
    ]
    outcome = crash.run(project.folder, "account", "--json", *files)
    assert "Traceback" not in outcome.output
    found = json.loads(outcome.output)["findings"] if outcome.output.startswith("{") else []
    return outcome.exit_code, found, outcome.output


def told(found: list[dict[str, str]]) -> list[tuple[str, str, str]]:
    return [(finding["key"], finding["state"], finding["rule"]) for finding in found]


TIER = {
    "sid": 7003,
    "dataSourceId": 100001,
    "name": "Gold",
    "traitType": "ON_BOARDED_TRAIT",
    "ttl": 30,
    "traitRule": '"tier" == "gold"',
}


def test_lists_that_agree(project: Sandbox, tmp_path: Path) -> None:
    assert account(project, tmp_path, [SOURCE], {"total": 2, "page": 0, "pageSize": 10, "list": [TRAIT, TIER]})[:2] == (
        0,
        [],
    )


def test_what_differs_is_named(project: Sandbox, tmp_path: Path) -> None:
    """A2, A5 to A8, L3, M6, R13."""
    source = {**SOURCE, "useAudienceManagerVisitorID": True, "inboundS2S": False, "samplingEnabled": False}
    trait = {**TRAIT, "dataSourceId": 9, "traitType": "RULE_BASED_TRAIT", "ttl": 0}
    code, found, _ = account(project, tmp_path, [source], [trait])
    assert code == 1
    assert told(found) == [
        ("100001", "differs", "A6"), ("100001", "differs", "A5"), ("100001", "note", "R13"),
        ("7001", "differs", "L3"), ("7001", "differs", "A7"), ("7001", "differs", "M6"), ("7003", "missing", "A2"),
    ]  # fmt: skip
    code, found, _ = account(project, tmp_path, [TRAIT, {**TIER, "traitRule": '"tier" == "silver"'}])
    assert told(found) == [("7003", "differs", "A8")]


def test_what_is_missing_is_proposed_as_a_line(project: Sandbox, tmp_path: Path) -> None:
    """A6, A8: a rule of one equality gives the signal, any other none; traits of others are not ours to list."""
    answers = [
        TRAIT, TIER, {**TRAIT, "sid": 1, "name": 'The "best", they say', "traitRule": 'ic == "best"'},
        {**TRAIT, "sid": 2, "name": "Both", "traitRule": '"a" == "b" AND "c" == "d"'},
        {**TRAIT, "sid": 3, "dataSourceId": 5}, {**TRAIT, "sid": 4, "traitType": "ALGO_TRAIT"},
    ]  # fmt: skip
    code, found, _ = account(
        project, tmp_path, answers, [SOURCE, {**SOURCE, "dataSourceId": 6, "name": "Bought audiences"}]
    )
    assert (code, told(found)) == (0, [
        ("6", "proposal", "A6"), ("1", "proposal", "A8"), ("2", "proposal", "A8"), ("a", "proposal", "A8"), ("c", "proposal", "A8"),
    ])  # fmt: skip
    cells = [next(csv.reader(io.StringIO(finding["line"]))) for finding in found]
    assert cells == [
        ["bought_audiences", "6", "dpuuid", "", "sync", "none", "Bought audiences"],
        ["1", "100001", 'The "best", they say', "onboarded", "120", "ic", "best"],
        ["2", "100001", "Both", "onboarded", "120", "", ""],
        ["crm", "a", "enum", "b"],
        ["crm", "c", "enum", "d"],
    ]


def test_keys_are_those_that_traits_look_at(project: Sandbox, tmp_path: Path) -> None:
    """A8, L7: a key that nobody looks at, a value that is not accepted, a key whose values a rule does not tell."""
    spend = {**TRAIT, "sid": 7001, "traitRule": '"spend" >= "100" OR spend == "some"'}
    code, found, _ = account(project, tmp_path, [spend, TIER])
    assert (code, told(found)) == (0, [("spend", "note", "A8")])
    platinum = {**TIER, "traitRule": '"TIER" == "gold"'}
    code, found, _ = account(project, tmp_path, [TRAIT, platinum, {**TRAIT, "sid": 8, "traitRule": 'tier=="Platinum"'}])
    assert ("tier", "note", "A8") in told(found)
    assert [finding["message"] for finding in found if finding["list"] == "aam_signal_keys"] == [
        "tier of crm does not accept what traits look for: Platinum"
    ]
    code, found, _ = account(project, tmp_path, [{**TRAIT, "traitRule": '"organic" == "yes"'}])
    assert ("tier", "note", "A8") in told(found) and ("organic", "proposal", "A8") in told(found)


def test_traits_of_the_site_need_no_key(project: Sandbox, tmp_path: Path) -> None:
    """A7: rules on what happens online say nothing of files."""
    site = {**TRAIT, "sid": 9, "traitType": "RULE_BASED_TRAIT", "traitRule": 'c_pageName == "home"'}
    assert account(project, tmp_path, [TRAIT, TIER, site])[:2] == (0, [])


def test_a_sheet_says_the_same(project: Sandbox, tmp_path: Path) -> None:
    """A14."""
    names = list(TIER)
    rows = [
        ",".join(names),
        *(
            ",".join(f'"{str(row.get(name, "")).replace(chr(34), chr(34) * 2)}"' for name in names)
            for row in (TRAIT, TIER)
        ),
    ]
    assert account(project, tmp_path, "\n".join(rows).encode("utf-8-sig"))[:2] == (0, [])


@pytest.mark.parametrize(
    ("answer", "rule"),
    [
        ({"total": 3, "list": [TRAIT]}, "(A3)"),
        ({"error": "no"}, "(A3)"),
        ([{"sid": 1}], "(A5)"),
        (b"{", "no JSON"),
        (b"\xff", "UTF-8"),
    ],
)
def test_what_is_no_answer_is_refused(answer: Any, rule: str, project: Sandbox, tmp_path: Path) -> None:
    code, _, output = account(project, tmp_path, answer)
    assert code == 2 and rule in output


def test_the_samples_of_the_api_are_read(project: Sandbox, tmp_path: Path) -> None:
    """A5, A7: what Adobe prints."""
    answers = [
        (SAMPLES / f"api/{name}.json").read_bytes()
        for name in ("datasources", "traits_include_details", "traits_trend")
    ]
    code, found, output = account(project, tmp_path, *answers)
    assert code == 1, output
    assert {"7001", "7003"} <= {finding["key"] for finding in found if finding["state"] == "missing"}
    assert any(finding["key"] == "7001001" and '"organic"' not in finding["line"] for finding in found)
