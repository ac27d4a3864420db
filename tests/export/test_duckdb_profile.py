"""Profiles of dbt-duckdb, as dbt reads them: other databases, home folders, secrets, settings."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from aam_export.errors import BusyError, ConfigurationError
from aam_export.profile import Target, load_target
from aam_export.warehouses import connect

TEXTS = "create table texts as select 'a' as text"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def make(path: Path, *statements: str) -> None:
    with duckdb.connect(str(path)) as connection:
        for statement in statements or (TEXTS,):
            connection.execute(statement)


def target(folder: Path, **output: Any) -> Target:
    profile = {"shop": {"target": "dev", "outputs": {"dev": {"type": "duckdb", **output}}}}
    (folder / "profiles.yml").write_text(json.dumps(profile), encoding="utf-8")
    return load_target("shop", None, folder)


@pytest.mark.parametrize(
    ("output", "relation"),
    [
        ({"attach": [{"path": "wh.duckdb", "alias": "wh"}], "database": "wh"}, "wh.main.texts"),
        ({"attach": [{"path": "wh.duckdb"}], "database": "wh"}, "wh.main.texts"),
        ({"attach": [{"path": "wh.duckdb", "alias": "WH"}], "database": "wh"}, "wh.main.texts"),
        ({"attach": [{"path": "wh.duckdb", "alias": "odd name"}], "database": "odd name"}, '"odd name".main.texts'),
        ({"path": ":memory:", "attach": [{"path": "wh.duckdb", "alias": "wh"}], "database": "wh"}, "wh.main.texts"),
        ({"path": "other.duckdb", "attach": [{"path": "wh.duckdb", "alias": "wh"}], "database": "wh"}, "wh.main.texts"),
        ({"path": "wh.duckdb", "attach": [{"path": "other.duckdb"}]}, "texts"),
        ({"path": "wh.duckdb", "database": "wh"}, "wh.main.texts"),
        ({"path": "~/wh.duckdb"}, "texts"),
        ({"attach": [{"path": "~/wh.duckdb", "alias": "wh"}], "database": "wh"}, "wh.main.texts"),
        (
            {"attach": [{"path": "wh.duckdb", "alias": "wh", "options": {"type": "duckdb"}}], "database": "wh"},
            "wh.main.texts",
        ),
    ],
)
@pytest.mark.parametrize("read_only", [True, False])
def test_where_the_tables_are(folder: Path, output: dict[str, Any], relation: str, read_only: bool) -> None:
    make(folder / "wh.duckdb")
    make(folder / "other.duckdb", "create table others as select 1 as one")
    with contextlib.closing(connect(target(folder, **output), read_only=read_only)) as opened:
        assert opened.fetch(f"select text from {relation}") == [("a",)]
        assert opened.place == str(folder / "wh.duckdb")
        assert [batch.to_pylist() for batch in opened.stream(f"select text from {relation}")] == [["a"]]
        if read_only:
            with pytest.raises(Exception, match="read-only"):
                opened.execute(f"insert into {relation} values ('b')")
        else:
            with opened.transaction():
                opened.execute(f"insert into {relation} values ('b')")
            assert opened.fetch(f"select count(*) from {relation}") == [(2,)]


def test_views_over_attached_databases(folder: Path) -> None:
    make(folder / "other.duckdb")
    make(
        folder / "wh.duckdb",
        "attach 'other.duckdb' as raw",
        "create view seen as select * from raw.main.texts",
    )
    where = target(folder, path="wh.duckdb", attach=[{"path": "other.duckdb", "alias": "raw"}])
    with contextlib.closing(connect(where, read_only=False)) as opened:
        assert opened.fetch("select text from seen") == [("a",)]
        with pytest.raises(Exception, match="read-only"):
            opened.execute("insert into raw.main.texts values ('b')")


def test_another_process_holds_the_attached_file(folder: Path) -> None:
    make(folder / "wh.duckdb")
    program = "import duckdb, sys; c = duckdb.connect('wh.duckdb'); print('in', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout
        holder.stdout.readline()
        where = target(folder, attach=[{"path": "wh.duckdb", "alias": "wh"}], database="wh")
        with pytest.raises(BusyError, match="another process holds"):
            connect(where, read_only=False)
        holder.communicate()


def test_secrets_and_settings(folder: Path) -> None:
    make(folder / "wh.duckdb")
    where = target(
        folder,
        attach=[{"path": "wh.duckdb", "alias": "wh"}],
        database="wh",
        secrets=[
            {
                "type": "http",
                "bearer_token": "it's a secret",
                "scope": ["https://a.example.com", "https://b.example.com"],
            }
        ],
        settings={"errors_as_json": False, "memory_limit": "500MB"},
        extensions=[],
    )
    with contextlib.closing(connect(where, read_only=True)) as opened:
        assert opened.fetch("select text from wh.main.texts") == [("a",)]


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ({"attach": [{"path": "none.duckdb", "alias": "wh"}], "database": "wh"}, "none.duckdb, which does not exist"),
        ({"attach": [{"path": "host=x", "alias": "wh", "type": "postgres"}], "database": "wh"}, "type postgres"),
        ({"attach": [{"path": "s3://b/wh.duckdb", "alias": "wh"}], "database": "wh"}, "no DuckDB file on this machine"),
        ({"attach": [{"path": "ducklake:meta.duckdb", "alias": "wh"}], "database": "wh"}, "type ducklake"),
        ({"attach": [{"alias": "wh"}], "path": "wh.duckdb"}, "an entry of attach has no path"),
        ({"attach": [{"path": "none.duckdb"}], "path": "wh.duckdb"}, "`attach: none`"),
        ({"path": "wh.duckdb", "remote": {"host": "x", "port": 1, "user": "y"}}, "`remote`"),
        ({"path": "wh.duckdb", "filesystems": [{"fs": "s3"}]}, "`filesystems`"),
        (
            {"path": "wh.duckdb", "attach": [{"path": "wh2.duckdb"}], "settings": {"no_such_setting": 1}},
            "`settings: no_such_setting`",
        ),
        ({}, "in-memory"),
        ({"path": ":memory:", "attach": [{"path": "wh.duckdb", "alias": "wh"}]}, "in-memory"),
    ],
)
def test_what_can_not_be_followed_is_named(folder: Path, output: dict[str, Any], said: str) -> None:
    make(folder / "wh.duckdb")
    make(folder / "wh2.duckdb")
    with pytest.raises(ConfigurationError) as refused:
        connect(target(folder, **output), read_only=True)
    assert said in str(refused.value)
    assert refused.value.hint
