"""dbt's manifest as dbt v2 and its previews write it, and one that nobody has seen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sandbox import Sandbox

from aam_export.artifacts import read_manifest
from aam_export.errors import ConfigurationError, GateError
from aam_export.project import load_project
from aam_export.proof.behind import behind_the_drop
from aam_export.proof.lineage import find_pii_paths

SCHEMA = "https://schemas.getdbt.com/dbt/manifest/{}.json"


def as_v2_writes_it(value: Any) -> Any:
    """Without what is null, and null for what is empty, but for the kinds of nodes."""
    if isinstance(value, dict):
        return {key: as_v2_writes_it(item) or None for key, item in value.items() if item is not None}
    return value


@pytest.mark.parametrize("version", ["v12", "v20"])
def test_a_manifest_of_dbt_v2_says_the_same(
    small_project: Sandbox, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.chdir(small_project.folder)
    before = load_project()
    paths = find_pii_paths(before.manifest)
    file = small_project.folder / "target" / "manifest.json"
    written = as_v2_writes_it(json.loads(file.read_bytes()))
    written["metadata"]["dbt_schema_version"] = SCHEMA.format(version)
    file.write_text(json.dumps(written), encoding="utf-8")

    after = load_project()
    assert after.settings == before.settings
    assert behind_the_drop(after.manifest) == behind_the_drop(before.manifest)
    assert find_pii_paths(after.manifest) == paths
    assert after.relation("aam_batches") == before.relation("aam_batches")


def test_a_version_that_nobody_has_seen_is_named(tmp_path: Path) -> None:
    file = tmp_path / "manifest.json"
    file.write_text(json.dumps({"metadata": {"dbt_schema_version": SCHEMA.format("v21"), "dbt_version": "3.1.4"}}))
    with pytest.raises(ConfigurationError, match=r"manifest\.json is a manifest v21 \(dbt 3\.1\.4\)") as caught:
        read_manifest(file)
    assert "v12" in caught.value.hint
    assert "v20" in caught.value.hint


def test_what_is_no_manifest_is_refused_with_the_command_that_makes_one(tmp_path: Path) -> None:
    with pytest.raises(GateError, match="there is no"):
        read_manifest(tmp_path / "manifest.json")
    with pytest.raises(ConfigurationError) as caught:
        read_manifest(tmp_path / "manifest.json", made_by="dbt compile", failure=ConfigurationError)
    assert caught.value.hint == "run `dbt compile`"
