"""The program and the package are of one version, and a pair that does not belong together sends nothing."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml
from sandbox import REPOSITORY, Sandbox

from aam_export import __version__
from aam_export.errors import ConfigurationError
from aam_export.versions import check_versions

MACRO = "macro.aam_inbound.package_version"


def manifest(package: str | None) -> dict[str, Any]:
    text = f"{{{{ return('{package}') }}}}"
    return {"macros": {} if package is None else {MACRO: {"macro_sql": text}}}


def test_a_release_has_one_version() -> None:
    project = yaml.safe_load((REPOSITORY / "dbt_project.yml").read_text(encoding="utf-8"))
    [program] = re.findall(r'^version = "(.*)"$', (REPOSITORY / "pyproject.toml").read_text(), re.MULTILINE)
    macro = (REPOSITORY / "macros/proof/package_version.sql").read_text(encoding="utf-8")
    package = check_versions({"macros": {MACRO: {"macro_sql": macro}}})
    assert {package, project["version"], program} == {__version__}


@pytest.mark.parametrize(
    ("program", "package"), [("0.1.0", "0.1.0"), ("0.1.9", "0.1.0"), ("1.0.3", "1.4.0"), ("1.4.0", "1.0.0")]
)
def test_versions_that_belong_together(program: str, package: str) -> None:
    assert check_versions(manifest(package), program) == package


@pytest.mark.parametrize(
    ("program", "package", "command"),
    [
        ("0.1.0", "0.2.0", "run `pip install 'aam-export==0.2.*'`"),
        ("1.4.0", "2.0.1", "run `pip install 'aam-export==2.*'`"),
        ("0.10.0", "0.9.5", "write `revision: v0.10.0` for it in packages.yml, and run `dbt deps`"),
        ("1.0.0", "0.9.5", "write `revision: v1.0.0`"),
        ("0.1.0", None, "write `revision: v0.1.0`"),
    ],
)
def test_versions_that_do_not(program: str, package: str | None, command: str) -> None:
    with pytest.raises(ConfigurationError, match="don't belong together") as caught:
        check_versions(manifest(package), program)
    assert caught.value.hint.startswith(command)


def test_nothing_is_sent_by_a_program_of_another_version(small_project: Sandbox) -> None:
    file = small_project.folder / "target/manifest.json"
    content = json.loads(file.read_bytes())
    content["macros"][MACRO] |= manifest("7.0.0")["macros"][MACRO]
    file.write_text(json.dumps(content), encoding="utf-8")
    words = f"aam-export is of version {__version__}, and the package aam_inbound of version 7.0.0"
    refused = small_project.export("run")
    assert refused.returncode == 2
    assert words in refused.stderr
    assert "pip install 'aam-export==7.*'" in refused.stderr
    doctor = small_project.export("doctor")
    assert doctor.returncode == 1
    assert f"failed   version      {words}" in doctor.stdout
    planned = json.loads(small_project.export("plan", "--json").stdout)
    assert [refusal["check"] for refusal in planned["refusals"]] == ["version"]
    assert not [path for path in small_project.folder.rglob("*") if path.name.startswith("ftp_dpm")]
