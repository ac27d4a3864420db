"""A misspelt var of the package is told, and no other var."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sandbox import REPOSITORY

from aam_export.variables import VARIABLES, misspelt

READ = re.compile(r"(?:var|named_models?|optional_ids|check_named_model)\(\s*['\"](aam_\w+)")


def test_they_are_those_that_the_package_reads() -> None:
    rooms = [REPOSITORY / name for name in ("macros", "models", "tests")]
    files = [file for room in rooms for kind in ("sql", "yml") for file in room.rglob(f"*.{kind}")]
    assert {name for file in files for name in READ.findall(file.read_text(encoding="utf-8"))} == set(VARIABLES)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("{}", []),
        ("{vars: [aam_supressions_model]}", []),
        ("{vars: {aam_suppressions_model: x, mine: 1, aam_of_my_own: 2, aam_now_and_then: 3}}", []),
        ("{vars: {aam_supressions_model: x}}", [("aam_supressions_model", "aam_suppressions_model")]),
        ("{vars: {AAM_signal_models: []}}", [("AAM_signal_models", "aam_signal_models")]),
        ("{vars: {aam_inbound: {aam_site_id_model: x}}}", [("aam_site_id_model", "aam_site_ids_model")]),
        ("{vars: {aam_inbound: {mine: 1, aam_feedback: true}}}", [("mine", "")]),
        ("{vars: {another: {aam_supressions_model: x}}}", []),
    ],
)
def test_a_misspelt_one_is_told(tmp_path: Path, written: str, told: list[tuple[str, str]]) -> None:
    (tmp_path / "dbt_project.yml").write_text(written, encoding="utf-8")
    assert list(misspelt(tmp_path)) == told
