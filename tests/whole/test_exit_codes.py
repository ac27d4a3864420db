"""Exit codes, as the process gives them, of every command that can end with one."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from sandbox import Sandbox

DONE, FAILED, UNUSABLE, REFUSED, BUSY = range(5)
DATA_FILE = "in/ftp_dpm_100001_1514793600.sync"

Situation = Callable[[Sandbox], contextlib.AbstractContextManager[None]]


@contextlib.contextmanager
def as_built(project: Sandbox) -> Iterator[None]:
    yield


@contextlib.contextmanager
def without_manifest(project: Sandbox) -> Iterator[None]:
    (project.folder / "target" / "manifest.json").unlink()
    yield


@contextlib.contextmanager
def without_proof(project: Sandbox) -> Iterator[None]:
    project.execute("delete from aam_proofs")
    yield


@contextlib.contextmanager
def without_seeds(project: Sandbox) -> Iterator[None]:
    shutil.rmtree(project.folder / "seeds")
    yield


@contextlib.contextmanager
def held(project: Sandbox) -> Iterator[None]:
    """Another process has the warehouse."""
    with duckdb.connect(str(project.database)):
        yield


@contextlib.contextmanager
def leaking(project: Sandbox) -> Iterator[None]:
    """A tagged column is sent as it is."""
    file = project.folder / "target" / "manifest.json"
    manifest = json.loads(file.read_bytes())
    manifest["nodes"]["model.shop.lines"]["columns"] = {"record": {"name": "record", "meta": {"contains_pii": True}}}
    file.write_text(json.dumps(manifest), encoding="utf-8")
    yield


CASES: list[tuple[tuple[str, ...], Situation, int]] = [
    (("plan",), as_built, DONE),
    (("plan", "--user", "User-7"), as_built, DONE),
    (("plan",), without_proof, REFUSED),  # as a run would be
    (("plan", "--destination", "production"), as_built, REFUSED),
    (("plan",), without_manifest, REFUSED),
    (("plan", "--destination", "gopher://x"), as_built, UNUSABLE),
    (("plan",), held, BUSY),
    (("run",), as_built, DONE),
    (("run", "--destination", "file:dbt_project.yml"), as_built, FAILED),
    (("run", "--destinaton", "x"), as_built, UNUSABLE),
    (("run", "--target", "nowhere"), as_built, UNUSABLE),
    (("run",), without_proof, REFUSED),
    (("run", "--destination", "production"), as_built, REFUSED),
    (("run",), leaking, REFUSED),
    (("run",), held, BUSY),
    (("status",), as_built, DONE),
    (("status", "--limit", "0"), as_built, UNUSABLE),
    (("status",), without_manifest, REFUSED),
    (("status",), held, BUSY),
    (("settle",), as_built, UNUSABLE),
    (("settle", "--batch", "20180101060000"), as_built, UNUSABLE),
    (("settle", "--batch", "20180101060000"), without_manifest, REFUSED),
    (("settle", "--batch", "20180101060000"), held, BUSY),
    (("doctor",), as_built, DONE),
    (("doctor",), without_proof, FAILED),
    (("doctor", "--json"), without_proof, FAILED),
    (("doctor", "--json", "extra"), as_built, UNUSABLE),
    (("lineage",), as_built, DONE),
    (("lineage",), leaking, FAILED),
    (("lineage", "--json"), leaking, FAILED),
    (("lineage",), without_manifest, UNUSABLE),
    (("lineage", "--project-dir", "nowhere"), as_built, UNUSABLE),
    (("check", "good"), without_seeds, DONE),
    (("check", "bad"), without_seeds, FAILED),
    (("check", "--json", "bad"), without_seeds, FAILED),
    (("check", "nowhere"), as_built, UNUSABLE),
    (("check",), as_built, UNUSABLE),
    ((), as_built, UNUSABLE),
    (("sned",), as_built, UNUSABLE),
    (("--help",), as_built, DONE),
    (("--version",), as_built, DONE),
]


@pytest.mark.parametrize(
    ("arguments", "situation", "code"),
    CASES,
    ids=[f"{' '.join(arguments) or 'nothing'}, {situation.__name__}" for arguments, situation, _ in CASES],
)
def test_exit_codes(small_project: Sandbox, arguments: tuple[str, ...], situation: Situation, code: int) -> None:
    small_project.write(f"good/{Path(DATA_FILE).name}", "a\td_sid=1\n")
    small_project.write(f"bad/{Path(DATA_FILE).name}", "a\td_sid=1")
    with situation(small_project):
        outcome = small_project.command("aam-export", *arguments)
    assert outcome.returncode == code, outcome.stderr
    assert "Traceback" not in outcome.stderr
