"""What SQL and Python both know of the rules is the same: macros are rendered by dbt and compared with the program's constants."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aam_export.check import content, ids, seeds, users
from aam_export.check import lines as checked_lines
from aam_export.files import lines
from aam_export.files.names import GLOBAL_DATA_SOURCES
from aam_export.rules import rules

REPOSITORY = Path(__file__).resolve().parents[2]
# One call of dbt renders them all, as JSON.
MACROS = (
    "aam_max_line_bytes",
    "aam_max_lines_per_user",
    "aam_max_emails_per_customer",
    "global_data_sources",
    "id_types",
    "device_id_types",
    "alphanumeric_id_types",
    "placeholder_ids",
    "placeholder_dates",
    "inbound_reject_reasons",
    "account_columns",
)


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What each of MACROS returns, and `id_pattern` of every id_type; in a project of the macros alone."""
    folder = tmp_path_factory.mktemp("macros")
    shutil.copy(REPOSITORY / "dbt_project.yml", folder)
    shutil.copy(REPOSITORY / "profiles.yml.example", folder / "profiles.yml")
    shutil.copytree(REPOSITORY / "macros", folder / "macros")
    returned = ", ".join(f"'{name}': aam_inbound.{name}()" for name in MACROS)
    inline = (
        "{% set patterns = {} %}{% for type in aam_inbound.id_types() %}"
        "{% do patterns.update({type: aam_inbound.id_pattern(type)}) %}{% endfor %}"
        f"{{{{ tojson({{'id_pattern': patterns, {returned}}}) }}}}"
    )
    outcome = subprocess.run(
        [str(Path(sys.executable).parent / "dbt"), "--quiet", "compile", "--inline", inline],
        cwd=folder,
        env={
            **os.environ,
            "AAM_DUCKDB_PATH": str(folder / "none.duckdb"),
            "DBT_PROFILES_DIR": str(folder),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "0",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    found: dict[str, Any] = json.loads(outcome.stdout)
    return found


def test_limits(rendered: dict[str, Any]) -> None:
    """S4, S5, S7."""
    assert {rendered["aam_max_line_bytes"]} == {lines.MAX_LINE_BYTES, content.MAX_LINE_BYTES} == {102_400}
    assert rendered["aam_max_lines_per_user"] == users.MAX_LINES_A_USER == 200
    assert rendered["aam_max_emails_per_customer"] == users.MAX_EMAILS_A_CUSTOMER == 10


def test_limits_of_mappings() -> None:
    """M8: as the dbt test counts them."""
    sql = (REPOSITORY / "tests/id_mappings_within_limits.sql").read_text(encoding="utf-8")
    limits = [int(number) for number in re.findall(r"\bthen (\d+)\b", sql)]
    assert limits == [users.MAX_DEVICES_A_CUSTOMER, users.MAX_CUSTOMERS_A_DEVICE] == [100, 10]


def test_global_data_sources(rendered: dict[str, Any]) -> None:
    """N6: their DPIDs, and the form of their IDs."""
    sources = GLOBAL_DATA_SOURCES.items()
    assert rendered["global_data_sources"] == {id_type: source.dpid for id_type, source in sources}
    alphanumeric = {id_type for id_type, source in sources if source.form == "letters and digits"}
    assert set(rendered["alphanumeric_id_types"]) == alphanumeric


def test_forms_of_ids(rendered: dict[str, Any]) -> None:
    """U1, U3, U7, N6."""
    forms: dict[str, str | None] = {
        id_type: source.pattern.pattern.replace("(?:", "(") for id_type, source in GLOBAL_DATA_SOURCES.items()
    }
    forms |= {ids.AAM_UUID: ids.DIGITS_38, ids.ECID: ids.DIGITS_38, ids.HASHED_EMAIL: ids.SHA256, ids.DPUUID: None}
    assert rendered["id_pattern"] == forms


def test_types_of_ids(rendered: dict[str, Any]) -> None:
    """U6: the same types are those of devices."""
    assert set(rendered["id_types"]) == checked_lines.DEVICE_TYPES | checked_lines.CUSTOMER_TYPES
    assert set(rendered["device_id_types"]) == checked_lines.DEVICE_TYPES


def test_placeholders(rendered: dict[str, Any]) -> None:
    """U8. SQL lists the empty text as well, which Python calls a missing ID."""
    words = [word.replace("''", "'") for word in re.findall(r"'((?:[^']|'')*)'", rendered["placeholder_ids"])]
    assert sorted(words) == sorted({"", *ids.PLACEHOLDERS})
    days = re.findall(r"'([^']*)'", rendered["placeholder_dates"])
    assert set(ids.PLACEHOLDER_DATES) <= set(days)  # `check` knows those that nobody means


def test_the_hash_of_nothing() -> None:
    """U8: every hash that a macro or model knows is this one."""
    sql = [file for folder in ("macros", "models", "tests") for file in (REPOSITORY / folder).rglob("*.sql")]
    known = {text for file in sql for text in re.findall(r"\b[0-9a-f]{64}\b", file.read_text(encoding="utf-8"))}
    assert known == {ids.EMPTY_TEXT_SHA256} == {hashlib.sha256(b"").hexdigest()}


def test_columns_of_the_account(rendered: dict[str, Any]) -> None:
    for name, columns in seeds._COLUMNS.items():
        assert set(columns) <= rendered["account_columns"][name].keys()


def test_reasons_cite_rules(rendered: dict[str, Any]) -> None:
    reasons = rendered["inbound_reject_reasons"]
    assert len({reason for reason, _, _ in reasons}) == len(reasons) > 50
    assert {rule for _, rule, _ in reasons} <= rules().keys()


# Bad IDs by the reason for which SQL keeps them out (test_inbound_pipeline.py has them in a warehouse): type and ID.
BAD_IDS = {
    "missing_user_id": ("dpuuid", ""),
    "control_character_in_id": ("dpuuid", "a\x01b"),
    "separator_in_id": ("dpuuid", "a\u2028b"),
    "invisible_character_in_id": ("dpuuid", "a\u200bb"),
    "blank_at_edge_of_id": ("dpuuid", "ab\u00a0"),
    "colon_in_id": ("dpuuid", "a:b"),
    "url_encoded_id": ("dpuuid", "a%20b"),
    "placeholder_id": ("dpuuid", "NULL"),
    "all_zeros_id": ("aam_uuid", "0" * 38),
    "hash_of_nothing_id": ("hashed_email", ids.EMPTY_TEXT_SHA256),
    "aam_uuid_format": ("ecid", "1" * 37),
    "device_id_case": ("gaid", "CDDA802E-FB9C-47AD-9866-0794D394C912"),
    "device_id_format": ("rida", "cdda802e"),
    "hashed_email_upper_case": ("hashed_email", "AB" * 32),
    "hashed_email_md5": ("hashed_email", "ab" * 16),
    "hashed_email_sha1": ("hashed_email", "ab" * 20),
    "hashed_email_format": ("hashed_email", "ab"),
    "pii_email": ("dpuuid", "ann@example.com"),
}
# SQL cites the list of global data sources, `check` the rule that says to follow it.
SAME = {"N6": "U3"}


@pytest.mark.parametrize("reason", BAD_IDS)
def test_a_bad_id_breaks_the_same_rule_in_both(rendered: dict[str, Any], reason: str) -> None:
    id_type, text = BAD_IDS[reason]
    [cited] = [rule for slug, rule, _ in rendered["inbound_reject_reasons"] if slug == reason]
    problem = ids.id_problem(text, id_type)
    assert problem is not None
    assert problem.rule == SAME.get(cited, cited)
