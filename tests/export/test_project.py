"""Where the project, its profile and its last build are found: as dbt finds them."""

from __future__ import annotations

import json
import os
import re
import shutil
import traceback
from pathlib import Path
from typing import Any

import pytest
import tiny
import yaml
from sandbox import REPOSITORY, Sandbox

from aam_export.errors import ConfigurationError, FileNameError, GateError
from aam_export.project import find_project_folder, load_project
from aam_export.settings import DropSettings

DBT_VARIABLES = ("PROJECT_DIR", "PROFILES_DIR", "PROFILE", "TARGET", "TARGET_PATH")
META = {"partner_name": "acme"}


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in DBT_VARIABLES:
        monkeypatch.delenv(f"DBT_{name}", raising=False)
        monkeypatch.delenv(f"DBT_ENGINE_{name}", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def two_targets(folder: Path, *, profile: str = "aam_inbound", file: str = "aam_inbound.duckdb") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "profiles.yml").write_text(
        f"{profile}: {{target: dev, outputs: {{dev: {{type: duckdb, path: {file}}},"
        f" prod: {{type: duckdb, path: prod.duckdb}}}}}}",
        encoding="utf-8",
    )


def test_the_project_is_found_here_or_above(
    small_project: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    deep = small_project.folder / "models" / "inbound"
    deep.mkdir()
    for start in (small_project.folder, deep):
        monkeypatch.chdir(start)
        assert find_project_folder(None) == small_project.folder
    monkeypatch.chdir(tmp_path)
    assert find_project_folder("project") == small_project.folder, "a named folder may be relative"
    with pytest.raises(ConfigurationError, match=rf"no dbt_project.yml in {tmp_path} or above"):
        find_project_folder(None)
    with pytest.raises(ConfigurationError, match=rf"no dbt_project.yml in {deep}$") as caught:
        find_project_folder(str(deep))
    assert "--project-dir" in caught.value.hint
    # As in dbt, the variable names the folder itself and nothing above it.
    monkeypatch.setenv("DBT_PROJECT_DIR", str(deep))
    with pytest.raises(ConfigurationError, match=rf"no dbt_project.yml in {deep}$"):
        find_project_folder(None)
    monkeypatch.setenv("DBT_PROJECT_DIR", str(small_project.folder))
    assert find_project_folder(None) == small_project.folder


def test_folders_without_a_name_are_those_that_dbt_takes(
    small_project: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dbt.cli.resolvers import default_profiles_dir, default_project_dir

    from aam_export.project import _find_profiles_folder

    home = Path(os.environ["HOME"]) / ".dbt"
    home.mkdir(parents=True)
    for folder in (small_project.folder, small_project.folder / "models", home):
        monkeypatch.chdir(folder)
        assert _find_profiles_folder(None) == default_profiles_dir()
        if folder != home:
            assert find_project_folder(None) == default_project_dir()


def test_options_go_before_variables_and_those_before_files(
    small_project: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("option", "engine", "variable"):
        two_targets(tmp_path / name, profile=name, file=f"{name}.duckdb")
    folder = str(small_project.folder)
    monkeypatch.chdir(small_project.folder)

    assert load_project().target.profile == "aam_inbound"
    monkeypatch.setenv("DBT_PROFILES_DIR", str(tmp_path / "variable"))
    monkeypatch.setenv("DBT_PROFILE", "variable")
    monkeypatch.setenv("DBT_TARGET", "prod")
    project = load_project()
    assert (project.target.profile, project.target.name, project.target.default) == ("variable", "prod", "dev")
    assert project.default_profile == "aam_inbound"
    monkeypatch.setenv("DBT_ENGINE_PROFILES_DIR", str(tmp_path / "engine"))
    monkeypatch.setenv("DBT_ENGINE_PROFILE", "engine")
    monkeypatch.setenv("DBT_ENGINE_TARGET", "dev")
    project = load_project()
    assert (project.target.profile, project.target.name) == ("engine", "dev")
    project = load_project(project_dir=folder, profiles_dir=str(tmp_path / "option"), profile="option", target="prod")
    assert (project.target.profile, project.target.name) == ("option", "prod")


def test_profiles_are_looked_for_as_dbt_does(
    small_project: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Here, then in ~/.dbt; not in the project's folder, where a run would reach another warehouse than dbt did."""
    two_targets(tmp_path / "home" / ".dbt", file="home.duckdb")
    monkeypatch.chdir(small_project.folder)
    assert load_project().target.settings["path"] == "aam_inbound.duckdb"
    monkeypatch.chdir(small_project.folder / "models")
    assert load_project().target.settings["path"] == "home.duckdb"
    shutil.rmtree(tmp_path / "home")
    with pytest.raises(ConfigurationError, match=r"no profiles.yml in .*home/.dbt") as caught:
        load_project()
    assert "--profiles-dir" in caught.value.hint


@pytest.mark.parametrize(
    ("setting", "environment", "folder"),
    [
        ("target-path: target", {}, "target"),
        ("target-path: elsewhere", {}, "elsewhere"),
        ("", {}, "target"),
        ("target-path: \"target/{{ env_var('STAGE', 'x') }}\"", {"STAGE": "live"}, "target/live"),
        ('target-path: "target/{{ target.name }}/{{ target.schema }}"', {}, "target/dev/live"),
        ("target-path: target", {"DBT_TARGET_PATH": "other"}, "other"),
        ("target-path: target", {"DBT_TARGET_PATH": "other", "DBT_ENGINE_TARGET_PATH": "engine"}, "engine"),
    ],
)
def test_the_target_folder_is_the_one_of_dbt(
    small_project: Sandbox, monkeypatch: pytest.MonkeyPatch, setting: str, environment: dict[str, str], folder: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    manifest = (small_project.folder / "target" / "manifest.json").read_text(encoding="utf-8")
    shutil.rmtree(small_project.folder / "target")
    small_project.write(f"{folder}/manifest.json", manifest)
    small_project.write("dbt_project.yml", f"name: aam_inbound\nprofile: aam_inbound\n{setting}\n")
    small_project.write(
        "profiles.yml",
        "aam_inbound: {target: dev, outputs: {dev: {type: duckdb, path: x.duckdb, schema: live}}}",
    )
    monkeypatch.chdir(small_project.folder)
    assert load_project().target_path == small_project.folder / folder


def test_no_profile_at_all(small_project: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    small_project.write("dbt_project.yml", "name: aam_inbound")
    monkeypatch.chdir(small_project.folder)
    with pytest.raises(ConfigurationError, match=r"dbt_project.yml names no profile") as caught:
        load_project()
    assert "--profile" in caught.value.hint
    assert load_project(profile="aam_inbound").target.name == "dev"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "there is no "),
        ("", "can't be read"),
        ('{"metadata": {"dbt_schema', "can't be read"),
        ("[]", "is not an artifact of dbt"),
        ("{}", "is not an artifact of dbt"),
        ('{"metadata": null}', "is not an artifact of dbt"),
        (
            '{"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/catalog/v1.json"}}',
            "is not an artifact",
        ),
    ],
)
def test_a_manifest_that_is_missing_or_broken(
    small_project: Sandbox, monkeypatch: pytest.MonkeyPatch, content: str | None, words: str
) -> None:
    manifest = small_project.folder / "target" / "manifest.json"
    manifest.unlink()
    if content is not None:
        manifest.write_text(content, encoding="utf-8")
    monkeypatch.chdir(small_project.folder)
    with pytest.raises(GateError) as caught:
        load_project()
    assert words in str(caught.value)
    assert str(manifest) in str(caught.value)
    assert "dbt build --select +exposure:aam_drop" in caught.value.hint
    assert caught.value.exit_code == 3


@pytest.mark.thorough
def test_each_target_has_the_destination_that_is_written_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line of docs/drops.md, which init's settings have as a comment: filled in by dbt, for the target that it is given."""
    [line] = re.findall(
        r"^ +(destination: .*target\.name.*)$", (REPOSITORY / "docs/drops.md").read_text(), re.MULTILINE
    )
    template = REPOSITORY / "export/aam_export/scaffold/templates/dbt_project.yml"
    assert f"        # {line}\n" in template.read_text(encoding="utf-8")
    project = tiny.create(tmp_path / "project")
    drop = {"partner_name": "acme", **yaml.safe_load(line)}
    project.configure(tiny.VARIABLES, exposures={"aam_inbound": {"+meta": {"aam": drop}}})
    monkeypatch.chdir(project.folder)
    for target, destination in (
        ("dev", "file:target/aam_drop"),
        ("prod", "s3://a-bucket/a-path"),
        ("dev", "file:target/aam_drop"),
    ):
        outcome = project.dbt("parse", "--target", target)
        assert outcome.returncode == 0, outcome.stdout
        assert load_project(target=target).settings.destination == destination


def change_manifest(project: Sandbox, change: Any) -> None:
    file = project.folder / "target" / "manifest.json"
    manifest = json.loads(file.read_bytes())
    change(manifest)
    file.write_text(json.dumps(manifest), encoding="utf-8")


def test_an_exposure_that_is_gone_disabled_or_without_settings(
    small_project: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(small_project.folder)
    [key] = json.loads((small_project.folder / "target" / "manifest.json").read_bytes())["exposures"]

    def without_settings(manifest: Any) -> None:
        manifest["exposures"][key]["meta"] = manifest["exposures"][key]["config"]["meta"] = {}

    def disable(manifest: Any) -> None:
        manifest["disabled"][key] = [manifest["exposures"].pop(key)]

    change_manifest(small_project, without_settings)
    with pytest.raises(ConfigurationError, match=r"dbt_project.yml: exposures: aam_inbound: \+meta: aam is missing"):
        load_project()
    change_manifest(small_project, disable)
    with pytest.raises(ConfigurationError, match=r"exposure 'aam_drop' is disabled"):
        load_project()
    change_manifest(small_project, lambda manifest: manifest["disabled"].clear())
    with pytest.raises(ConfigurationError, match=r"no exposure 'aam_drop'"):
        load_project()


def test_relations_are_those_of_the_manifest(small_project: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(small_project.folder)
    project = load_project()
    assert project.relation("inbound_records") == '"aam_inbound"."main"."inbound_records"'
    assert project.relation("aam_batches") == '"aam_inbound"."main"."aam_batches"'
    with pytest.raises(ConfigurationError, match=r"knows no model or source 'inbound_recrods'"):
        project.relation("inbound_recrods")


@pytest.mark.parametrize(
    ("meta", "words", "hint"),
    [
        (
            {**META, "split_compresed_mb": 1},
            "unknown setting 'split_compresed_mb'",
            "did you mean 'split_compressed_mb'?",
        ),
        ({**META, "endpoint": "x"}, "unknown setting 'endpoint'", "did you mean 'endpoint_url'?"),
        ({**META, "zzz": "x"}, "unknown setting 'zzz'", "known are acl, allow_plain_ftp, aws_profile"),
        ({"partner_name": "acme", 7: "x"}, "unknown setting '7'", "known are"),
        ({}, "partner_name is missing", "company's name"),
        ({"partner_name": ""}, "partner_name is missing", "company's name"),
        ({"partner_name": "your-partner-name"}, "partner_name is still the placeholder", "company's name"),
        ({"partner_name": 12}, "partner_name is 12, not a text", "quotes"),
        ({**META, "destination": ["s3://a"]}, "destination is ['s3://a'], not a text", "quotes"),
        (
            {**META, "split_compressed_mb": "250"},
            "split_compressed_mb is '250'",
            "number of megabytes above 0, at most 1000",
        ),
        ({**META, "split_compressed_mb": 0}, "split_compressed_mb is 0", "at most 1000"),
        ({**META, "split_compressed_mb": -5}, "split_compressed_mb is -5", "at most 1000"),
        ({**META, "split_compressed_mb": True}, "split_compressed_mb is True", "at most 1000"),
        ({**META, "split_compressed_mb": float("nan")}, "split_compressed_mb is nan", "at most 1000"),
        ({**META, "split_compressed_mb": 1000.1}, "split_compressed_mb is 1000.1", "at most 1000"),
        ({**META, "split_uncompressed_mb": 5001}, "split_uncompressed_mb is 5001", "at most 5000"),
        ({**META, "part_mb": 5}, "part_mb is 5", "number of megabytes, at least 5.25, at most 1000"),
        ({**META, "parallel_parts": 0}, "parallel_parts is 0", "whole number of parts, at least 1, at most 64"),
        ({**META, "parallel_parts": 2.5}, "parallel_parts is 2.5", "whole number"),
        ({**META, "parallel_files": True}, "parallel_files is True", "whole number"),
        ({**META, "upload_minutes": 0}, "upload_minutes is 0", "number of minutes above 0, at most 1440"),
        ({**META, "expected_bucket_owner": "12345"}, "expected_bucket_owner is '12345'", "12 digits"),
        ({**META, "expected_bucket_owner": 123456789012}, "expected_bucket_owner is 123456789012, not", "quotes"),
        ({**META, "role_arn": "aam-writer"}, "role_arn is 'aam-writer'", "such as arn:aws:iam::"),
        ({**META, "production_targets": [1]}, "production_targets is [1]", "list of target names"),
        ({**META, "production_targets": {"prod": True}}, "production_targets is {'prod': True}", "list of"),
        ({**META, "acl": "private-ish"}, "acl is 'private-ish'", "such as bucket-owner-full-control"),
        ({**META, "allow_plain_ftp": "yes"}, "allow_plain_ftp is 'yes'", "true or false, without quotes"),
        ({**META, "aws_secret_access_key": "x"}, "unknown setting 'aws_secret_access_key'", "environment only"),
        ({**META, "sftp_pass_phrase_token": "x"}, "unknown setting", "lands in dbt's manifest"),
    ],
)
def test_settings_that_can_not_be(meta: dict[Any, Any], words: str, hint: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        DropSettings.from_meta(meta, where="exposures.yml: exposure aam_drop: meta: aam")
    assert words in str(caught.value)
    assert hint in caught.value.hint
    assert "exposures.yml" in str(caught.value)


@pytest.mark.parametrize(
    "meta",
    [
        {"destination": ["sftp://acme:hunter2@example.com/in"]},
        {"endpoint_url": ["https://acme:hunter2@example.com"]},
        {"expected_bucket_owner": "https://acme:hunter2@example.com"},
        {"production_targets": {"password": "hunter2"}},
        {"part_mb": "sftp://acme:hunter2@example.com/in"},
        {"drop_password": "hunter2"},
    ],
    ids=lambda meta: next(iter(meta)),
)
def test_a_refusal_shows_no_secret(meta: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        DropSettings.from_meta({**META, **meta}, where="here")
    assert next(iter(meta)) in str(caught.value)
    assert "hunter2" not in f"{caught.value} {caught.value.hint}"
    assert "hunter2" not in "".join(traceback.format_exception(caught.value)), "nor does what pydantic says"


@pytest.mark.parametrize("name", ["acme/eu", "..", ".acme", "société", "acme\n", "*"])
def test_a_partner_name_that_is_no_folder_is_refused(name: str) -> None:
    with pytest.raises(FileNameError) as caught:
        DropSettings.from_meta({"partner_name": name}, where="here")
    assert caught.value.rule == "N1"
    assert caught.value.exit_code == 2


def test_settings_left_empty_are_the_defaults() -> None:
    """As Jinja leaves them where an environment variable is unset."""
    assert DropSettings.from_meta(
        {**META, "endpoint_url": "", "region": None, "destination": ""}, where="here"
    ) == DropSettings(partner_name="acme")


def test_targets_for_production_are_a_list_or_one_name() -> None:
    for given in (["prod"], "prod"):
        settings = DropSettings.from_meta({**META, "production_targets": given}, where="here")
        assert settings.production_targets == ("prod",)


def test_a_relative_file_of_duckdb_is_where_dbt_put_it(
    small_project: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """dbt opens it relative to where it was started, not to the project: a run started there must find it."""
    small_project.database.unlink()
    start = tmp_path / "elsewhere"
    start.mkdir()
    there = Sandbox(start)
    options = ("--project-dir", "../project", "--profiles-dir", "../project")
    assert there.dbt("build", *options).returncode == 0
    assert (start / "aam_inbound.duckdb").is_file()
    assert not small_project.database.exists()
    outcome = there.export("plan", *options)
    assert outcome.returncode == 0, outcome.stderr
