"""Audience Manager's drops by name (D1), who may send to production, and passwords where they must not be."""

from __future__ import annotations

import json
from pathlib import Path

import boto3
import pytest
from sandbox import Sandbox

from aam_export.drops import open_drop
from aam_export.drops.destinations import check_production, resolve
from aam_export.errors import ConfigurationError, GateError
from aam_export.settings import DropSettings

PRODUCTION = (
    "s3://demdex-s2s-clients/",
    "s3://demdex-s2s-clients/acme/",
    "ftps://ftp-in.demdex.com",
    "ftp://FTP-IN.demdex.com/in",
    "sftp://acme@ftp-in.demdex.com.:22/in",
)
ELSEWHERE = (
    "s3://demdex-s2s-clients-sandbox-us-east-1/",
    "s3://demdex-s2s-clients-archive/",
    "s3://acme/demdex-s2s-clients/",
    "ftps://sandbox-ftp-in.demdex.com",
    "file:target/ftp-in.demdex.com",
)


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("production", "s3://demdex-s2s-clients"),
        ("beta", "s3://demdex-s2s-clients-sandbox-us-east-1"),
        ("production-ftp", "ftps://ftp-in.demdex.com"),
        ("beta-ftp", "ftps://sandbox-ftp-in.demdex.com"),
        ("beta/acme/in", "s3://demdex-s2s-clients-sandbox-us-east-1/acme/in"),
        ("beta/", "s3://demdex-s2s-clients-sandbox-us-east-1/"),
        ("betas", "betas"),
        ("Beta", "Beta"),
        ("file:beta", "file:beta"),
        ("s3://beta/acme", "s3://beta/acme"),
    ],
)
def test_names_stand_for_the_drops_of_the_table(name: str, url: str) -> None:
    assert resolve(name) == url


@pytest.mark.parametrize("path", ["", "/", "/acme", "/acme/"])
def test_a_name_and_its_url_are_one_drop_to_the_ledger(s3_environment: None, tmp_path: Path, path: str) -> None:
    named, written = (
        open_drop(destination, DropSettings(partner_name="acme"), tmp_path)
        for destination in (f"beta{path}", f"s3://demdex-s2s-clients-sandbox-us-east-1{path}")
    )
    assert named.destination == written.destination
    assert named.url("acme/date=2026-01-31/x.gz").startswith(named.destination)


@pytest.mark.parametrize("destination", PRODUCTION)
def test_production_wants_a_marked_target_however_it_is_written(destination: str) -> None:
    check_production(destination, "prod", ("prod",))
    for marked in ((), ("prod", "prod_eu")):
        with pytest.raises(GateError, match="target 'dev', which is not marked") as caught:
            check_production(destination, "dev", marked)
        assert caught.value.exit_code == 3
        assert "production_targets" in caught.value.hint
        assert caught.value.rule == "D"


@pytest.mark.parametrize("destination", ELSEWHERE)
def test_what_is_not_production_needs_no_mark(destination: str) -> None:
    check_production(destination, "dev", ())


@pytest.mark.parametrize(
    "destination",
    [
        "sftp://acme:hunter2@example.com/in",
        "sftp://acme:hunter2/x@example.com/in",
        "sftp://acme:hun@ter2@example.com/in",
        "ftps://:hunter2@example.com",
        "sftp:acme:hunter2@example.com",
        "s3://AKIAEXAMPLE:hunter2@bucket/in",
        "acme:hunter2@example.com",
        "gopher://hunter2@example.com",
    ],
)
def test_a_password_in_a_destination_is_refused_and_not_shown(destination: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_drop(destination, DropSettings(partner_name="acme"), tmp_path)
    assert "hun" not in f"{caught.value} {caught.value.hint}"
    assert "ter2" not in f"{caught.value} {caught.value.hint}"


def test_a_run_for_production_is_refused_before_it_looks_at_anything(small_project: Sandbox) -> None:
    outcome = small_project.export("run", "--destination", "production/acme")
    assert outcome.returncode == 3, outcome.stderr
    assert "Error: s3://demdex-s2s-clients/acme/ is Audience Manager's production" in outcome.stderr
    assert "production_targets" in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert small_project.query("select count(*) from aam_batches") == [(0,)]


def test_a_plan_shows_full_urls_and_what_the_guard_says(
    small_project: Sandbox, s3_endpoint: str, s3_environment: None
) -> None:
    """And sees nothing amiss once the exposure marks the target."""
    boto3.client("s3", endpoint_url=s3_endpoint).create_bucket(Bucket="demdex-s2s-clients")
    env = {"AWS_ENDPOINT_URL": s3_endpoint}
    urls = []
    for marked in (False, True):
        if marked:
            manifest = small_project.folder / "target" / "manifest.json"
            content = json.loads(manifest.read_bytes())
            for exposure in content["exposures"].values():
                exposure["config"]["meta"]["aam"]["production_targets"] = ["dev"]
            manifest.write_text(json.dumps(content), encoding="utf-8")
        outcome = small_project.export("plan", "--json", "--destination", "production", env=env)
        assert outcome.returncode == (0 if marked else 3), outcome.stderr
        planned = json.loads(outcome.stdout)
        assert ("is Audience Manager's production" in planned["gate"]) is not marked
        urls += [file["url"].rpartition("_")[0] for file in planned["files"]]
    day = urls[0].split("date=")[1][:10]
    assert urls == [f"s3://demdex-s2s-clients/acme-grocers/date={day}/ftp_dpm_100001"] * 2
