"""The package as it stands in its repository, without a project that uses it: an empty account and all unit tests."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from sandbox import PACKAGE, REPOSITORY, Sandbox

PARTS = (
    "dbt_project.yml",
    "macros",
    "models",
    "tests/generic",
    *(f"tests/{file.name}" for file in REPOSITORY.glob("tests/*.sql")),
)
DESTINATIONS = (
    "destination_id,description,name_template,row_template,blanks,header_lines,id_type,data_source,sync_type,schedule,"
    "full_is_complete,export_label\n"
)


@pytest.mark.parametrize(
    "answers", [pytest.param(False, marks=pytest.mark.thorough), True], ids=["no answers", "answers"]
)
def test_the_package_builds_alone(tmp_path: Path, answers: bool) -> None:
    """Every unit test that it has passes, those of what Audience Manager answers where that is asked for."""
    for part in PARTS:
        source, place = REPOSITORY / part, tmp_path / part
        place.parent.mkdir(exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, place)
        else:
            shutil.copy(source, place)
    project = Sandbox(tmp_path)
    project.write_profiles({"type": "duckdb", "path": project.database.name, "threads": 2})
    if answers:
        project.declare({"aam_destinations": DESTINATIONS})
    built = project.dbt("build", variables={"aam_feedback": answers})
    assert built.returncode == 0, built.stdout[-5000:]
    results = json.loads((tmp_path / "target/run_results.json").read_bytes())["results"]
    passed = {result["unique_id"] for result in results if result["status"] == "pass"}
    wanted = set(json.loads((tmp_path / "target/manifest.json").read_bytes())["unit_tests"])
    assert wanted <= passed
    assert any(name.startswith(f"unit_test.{PACKAGE}.segment_memberships.") for name in wanted) == answers
