"""A Spark Connect server of the tests' own, and schemas on it.

AAM_TEST_SPARK_URL (sc://host:port) names a server to use instead. Else pyspark and the jars of
`make .venv/.installed-spark` start one, on the machine's Java.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

SERVER_VARIABLE = "AAM_TEST_SPARK_URL"
JARS = Path(sys.prefix) / "spark-jars"
MEMORY = "4g"
# Plans of the detectors are deep, and Catalyst walks them by recursion.
JAVA_OPTIONS = "-Xss16m -Duser.timezone=Asia/Kathmandu"
SECONDS_TO_START = 120
# A session that is collected shuts down its threads, and for ever where another is just starting one (pyspark 4.0.5).
_KEPT: list[Any] = []


class NoSparkError(Exception):
    """There is no Spark to test on; says why."""


@dataclass(frozen=True)
class SparkServer:
    """A Connect server; `url` is what SPARK_REMOTE is set to."""

    url: str

    def session(self) -> Any:
        """A session of its own."""
        from pyspark.sql import SparkSession

        logging.getLogger("SQLQueryContextLogger").disabled = True  # it prints what a test expects to fail
        session = SparkSession.builder.remote(self.url).create()
        _KEPT.append(session)
        return session

    def create_database(self) -> SparkDatabase:
        """A new schema, which is all that dbt-spark calls a database."""
        name = f"aam_test_{secrets.token_hex(6)}"
        self.session().sql(f"create schema {name}")
        return SparkDatabase(self, name)


@dataclass(frozen=True)
class SparkDatabase:
    """A schema of a test's own."""

    server: SparkServer
    name: str

    def session(self) -> Any:
        """A session whose schema this is; a new one, for one that is older may still see tables as they were."""
        session = self.server.session()
        session.sql(f"use {self.name}")
        return session

    def execute(self, *statements: str) -> None:
        session = self.session()
        for statement in statements:
            session.sql(statement).toArrow()

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        table = self.session().sql(sql).toArrow()
        return list(zip(*(column.to_pylist() for column in table.columns), strict=True))

    def insert(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        """Rows of texts, into a table that is there."""
        session = self.session()
        schema = ", ".join(f"{name} string" for name in session.table(table).columns)
        session.createDataFrame([list(row) for row in rows], schema).writeTo(table).append()

    def output(self) -> dict[str, Any]:
        """What profiles.yml says of it."""
        parameters = {
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.variable.substitute": "false",
            # No constraints and no new plans on the way: for plans of our depth, planning takes longer than running.
            "spark.sql.constraintPropagation.enabled": "false",
            "spark.sql.adaptive.enabled": "false",
        }
        return {
            "type": "spark", "method": "session", "host": "NA", "schema": self.name, "threads": 1,
            "server_side_parameters": parameters,
        }  # fmt: skip

    @property
    def environment(self) -> dict[str, str]:
        """What dbt and aam-export find the server by."""
        return {"SPARK_REMOTE": self.server.url}


def _settings(folder: Path, port: int) -> dict[str, str]:
    """Settings of the server, and of a catalog in which Iceberg's tables and views can be."""
    return {
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        "spark.sql.defaultCatalog": "lake",
        "spark.sql.catalog.lake": "org.apache.iceberg.spark.SparkCatalog",
        "spark.sql.catalog.lake.type": "jdbc",
        "spark.sql.catalog.lake.uri": f"jdbc:h2:file:{folder / 'catalog'};DATABASE_TO_UPPER=FALSE;LOCK_TIMEOUT=60000",
        "spark.sql.catalog.lake.clients": "1",
        "spark.sql.catalog.lake.jdbc.schema-version": "V1",  # with views
        "spark.sql.catalog.lake.warehouse": str(folder / "lake"),
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": str(port),
        "spark.ui.enabled": "false",
        "spark.local.dir": str(folder / "local"),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.sql.shuffle.partitions": "2",
        "spark.driver.extraJavaOptions": JAVA_OPTIONS,
    }


def _check_installed() -> Path:
    """Where Spark is."""
    if shutil.which("java") is None:
        raise NoSparkError("no Spark: there is no java on PATH (Debian: openjdk-17-jre-headless)")
    package = find_spec("pyspark")
    if package is None or package.origin is None or not list(JARS.glob("*.jar")):
        raise NoSparkError("no Spark: `make .venv/.installed-spark` installs pyspark and the jars of Iceberg")
    return Path(package.origin).parent


@contextlib.contextmanager
def running_server() -> Iterator[SparkServer]:
    """The server that is given, or one of our own on a free port of 127.0.0.1. Raises NoSparkError."""
    given = os.environ.get(SERVER_VARIABLE)
    if given:
        yield SparkServer(given)
        return
    home = _check_installed()
    with tempfile.TemporaryDirectory(prefix="aam-spark-", ignore_cleanup_errors=True) as root, socket.socket() as probe:
        folder = Path(root)
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        jars = sorted(str(jar) for jar in JARS.glob("*.jar"))
        options = [part for name, value in _settings(folder, port).items() for part in ("--conf", f"{name}={value}")]
        command = [
            str(home / "bin/spark-submit"), "--class", "org.apache.spark.sql.connect.service.SparkConnectServer",
            "--master", "local[2]", "--driver-memory", MEMORY, "--jars", ",".join(jars),
            "--driver-class-path", ":".join(jar for jar in jars if "h2" in Path(jar).name), *options, "spark-internal",
        ]  # fmt: skip
        with (folder / "server.log").open("wb") as log:
            environment = {**os.environ, "SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1"}
            environment.pop("SPARK_REMOTE", None)
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, env=environment)
            try:
                _wait_for(port, process, folder / "server.log")
                yield SparkServer(f"sc://127.0.0.1:{port}")
            finally:
                process.terminate()
                process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(SECONDS_TO_START * 10):
        if process.poll() is not None:
            raise NoSparkError(f"Spark did not start: {log.read_text(errors='replace')[-500:]}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise NoSparkError("Spark did not answer")
