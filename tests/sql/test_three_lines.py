"""Personal data in an ID, in a value and in a name column, refused by each of the three lines while the other two are off."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest
from sandbox import Sandbox
from test_inbound_pipeline import Row, _model, project_with

from aam_export.proof.lineage import find_pii_paths

ADA, GRACE = "ada.lovelace@example.com", "grace.hopper@example.com"
NAME = "Ada Augusta Lovelace"

# Closed grammar: `gaid` and `email` have fixed forms, `crm` declares `tier` and `visits` and no name.
TO_GRAMMAR = {
    "in an ID": (Row("gaid", GRACE, "d_sid", "1001"), "device_id_format"),
    "in a hashed ID": (Row("email", GRACE, "d_sid", "1001"), "hashed_email_format"),
    "in a value": (Row("crm", "User-1", "tier", GRACE), "value_not_in_list"),
    "in a number": (Row("crm", "User-1", "visits", "+1 (202) 555-0143"), "value_not_integer"),
    "in a name column": (Row("crm", "User-1", "full_name", "Grace Brewster Hopper"), "undeclared_key"),
}
# Open grammar: `crm` takes any ID, and its key `note` any value.
OPEN_ROWS = {
    "in an ID": Row("crm", ADA, "d_sid", "1001"),
    "in a value": Row("crm", "User-2", "note", f"write to {ADA}"),
    "alone in a value": Row("crm", "User-2", "note", ADA),
    "in a name column": Row("crm", "User-3", "note", NAME),
}
HONEST = Row("crm", "User-4", "note", "likes tea")

PEOPLE = f"select '{NAME}' as full_name, '{ADA}' as email"
TAGS = """
version: 2
models:
  - name: people
    columns:
      - {name: full_name, config: {meta: {contains_pii: true, pii_overlap: true}}}
      - {name: email, config: {meta: {contains_pii: true}}}
"""
VARIABLES = {
    "aam_signal_models": ["signals__rows"],
    "aam_id_sync_models": [],
    "aam_suppressions_model": "",
    "aam_site_ids_model": "",
    "aam_pii_models": ["people"],
}
NO_DETECTORS = {
    name: f"{{% macro {name}(expression) %}}cast(null as {{{{ dbt.type_string() }}}}){{% endmacro %}}"
    for name in ("pii_plain_kind", "pii_encoded_kind", "pii_ambiguous_shape", "pii_ambiguous_kind")
}


def build(folder: Path, *, detectors: bool, tags: bool) -> Sandbox:
    rows = [*(row for row, _ in TO_GRAMMAR.values()), *OPEN_ROWS.values(), HONEST]
    models = {"signals__rows": _model(rows), "people": PEOPLE}
    project = project_with(folder, models, VARIABLES)
    if not detectors:
        project.own_package()
        for name, sql in NO_DETECTORS.items():
            (project.package / f"macros/pii/{name}.sql").write_text(sql, encoding="utf-8")
    if tags:
        project.write("models/people.yml", TAGS)
    # The lists have a row too many for their own tests: only the singular tests run, those on rejects among them.
    outcome = project.dbt("build", "--select", "+inbound_records", "--exclude", "test_type:generic", "test_type:unit")
    project.write("build.log", outcome.stdout)
    return project


def reasons(project: Sandbox) -> dict[tuple[str | None, ...], str]:
    """Row as inbound_rejects keeps it → reason."""
    rows = project.query("select data_source, user_id, signal_key, signal_value, reason from inbound_rejects")
    return {tuple(row): reason for *row, reason in rows}


@pytest.fixture(scope="module")
def only_detectors(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    return build(tmp_path_factory.mktemp("detectors"), detectors=True, tags=False)


@pytest.fixture(scope="module")
def without_detectors(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    return build(tmp_path_factory.mktemp("overlap"), detectors=False, tags=True)


@pytest.mark.parametrize("where", TO_GRAMMAR)
def test_the_grammar_alone_refuses(without_detectors: Sandbox, where: str) -> None:
    """No detector runs, and these texts stand in no tagged column."""
    row, reason = TO_GRAMMAR[where]
    assert reasons(without_detectors).get(row.as_rejected(personal=False)) == reason


@pytest.mark.parametrize("where", ["in an ID", "in a value", "alone in a value"])
def test_detectors_alone_refuse(only_detectors: Sandbox, where: str) -> None:
    """Nothing is tagged, and the grammar takes any ID and any note."""
    assert reasons(only_detectors).get(OPEN_ROWS[where].as_rejected(personal=True)) == "pii_email"


def test_no_detector_knows_a_name(only_detectors: Sandbox) -> None:
    """Why there is a third line: without it this row would leave."""
    assert only_detectors.query(f"select count(*) from inbound_signals where signal_value = '{NAME}'") == [(1,)]


@pytest.mark.parametrize("where", ["in an ID", "alone in a value", "in a name column"])
def test_overlap_alone_refuses(without_detectors: Sandbox, where: str) -> None:
    """No detector runs, and the grammar takes any ID and any note."""
    assert reasons(without_detectors).get(OPEN_ROWS[where].as_rejected(personal=True)) == "pii_known_value"


def test_a_build_that_fails_says_what_it_kept_out(only_detectors: Sandbox, without_detectors: Sandbox) -> None:
    log = (only_detectors.folder / "build.log").read_text(encoding="utf-8")
    assert "FAIL" in log
    assert "pii_rejects_within_limit" in log
    assert "crm: 4 pii_email (P1)" in log
    assert "`aam-export lineage` prints the way" in log
    assert "crm: 3 pii_known_value (P1)" in (without_detectors.folder / "build.log").read_text(encoding="utf-8")


@pytest.mark.parametrize("project", ["only_detectors", "without_detectors"])
def test_honest_rows_go_on(request: pytest.FixtureRequest, project: str) -> None:
    built: Sandbox = request.getfixturevalue(project)
    assert built.query("select count(*) from inbound_signals where user_id = 'User-4'") == [(1,)]


def test_no_log_holds_personal_data(only_detectors: Sandbox, without_detectors: Sandbox) -> None:
    for project in (only_detectors, without_detectors):
        log = (project.folder / "build.log").read_text(encoding="utf-8")
        assert not any(text in log for text in (ADA, GRACE, NAME, sha256(ADA.encode()).hexdigest()))


COLUMNS = {
    "in an ID": "'crm' as data_source, email as user_id, 'd_sid' as signal_key, '1001' as signal_value",
    "in a value": "'crm' as data_source, 'a' as user_id, 'note' as signal_key, upper(left(email, 3)) as signal_value",
    "in a name column": "'crm' as data_source, 'a' as user_id, 'note' as signal_key, full_name as signal_value",
}


def test_lineage_alone_refuses(without_detectors: Sandbox) -> None:
    """On compiled SQL: no value is looked at, and a part of an address, or a name, is refused as well."""
    assert without_detectors.dbt("compile", "--quiet").returncode == 0
    manifest = json.loads((without_detectors.folder / "target/manifest.json").read_bytes())
    assert find_pii_paths(manifest) == []
    signals = manifest["nodes"]["model.shop.signals__rows"]
    people = manifest["nodes"]["model.shop.people"]
    for where, columns in COLUMNS.items():
        signals["compiled_code"] = f"select {columns} from {people['relation_name']}"
        paths = [str(path) for path in find_pii_paths(manifest)]
        origin = "people.full_name" if where == "in a name column" else "people.email"
        assert len(paths) == 1, where
        assert paths[0].startswith(f"{origin} → signals__rows."), where
        assert paths[0].endswith(" → inbound_records.record"), where
