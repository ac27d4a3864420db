"""A PostgreSQL server of the tests' own, and databases on it.

AAM_TEST_POSTGRES_URL (postgresql://user:password@host:port/database, of a role that may create databases) names a server
to use instead. Else the machine's binaries start one: the PyPI packages that ship a server are built without ICU, which
the macro lower_case and the test of collations need.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg2
from psycopg2.extras import execute_values

SERVER_VARIABLE = "AAM_TEST_POSTGRES_URL"
SCHEMA = "aam"
UNPRIVILEGED = 65534  # nobody's user and group, everywhere
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "50",
    "shared_buffers": "128MB",
    "jit": "off",
    "listen_addresses": "127.0.0.1",
    "timezone": "Asia/Kathmandu",  # nothing may depend on it
}
# A Turkish locale, in which `i` is no lower case of `I`, with an order that looks at accents before case and takes digits for
# numbers: nothing that leaves may depend on it.
HOSTILE = (
    "template template0 encoding 'UTF8' locale 'C' locale_provider icu icu_locale 'tr-TR-u-ks-level2-kn-true-kf-upper'"
)


class NoServerError(Exception):
    """There is no PostgreSQL to test on; says why."""


@dataclass(frozen=True)
class Server:
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    maintenance: str = "postgres"
    created: list[str] = field(default_factory=list)

    def connect(self, database: str) -> Any:
        connection = psycopg2.connect(
            host=self.host, port=self.port, user=self.user, password=self.password, dbname=database
        )
        connection.autocommit = True
        return connection

    def create_database(self, template: str | None = None, options: str = HOSTILE) -> Database:
        """A new database: a copy of another, or one with `options` of CREATE DATABASE, the models' schema, and in it a
        collation, `folding`, that tells neither case nor accents.
        """
        name = f"aam_test_{secrets.token_hex(6)}"
        source = f"template {template}" if template else options
        with contextlib.closing(self.connect(self.maintenance)) as connection, connection.cursor() as cursor:
            cursor.execute(f"create database {name} {source}")
        self.created.append(name)
        database = Database(self, name)
        if template is None:
            database.execute(
                f"create schema {SCHEMA}",
                f"create collation {SCHEMA}.folding (provider = icu, locale = 'und-u-ks-level1', deterministic = false)",
            )
        return database

    def drop_databases(self) -> None:
        with contextlib.closing(self.connect(self.maintenance)) as connection, connection.cursor() as cursor:
            for name in self.created:
                cursor.execute(f"drop database if exists {name} with (force)")


@dataclass(frozen=True)
class Database:
    """A database of a test's own."""

    server: Server
    name: str

    def copy(self) -> Database:
        return self.server.create_database(template=self.name)

    @contextlib.contextmanager
    def cursor(self) -> Iterator[Any]:
        """A cursor, in the schema of the models."""
        with contextlib.closing(self.server.connect(self.name)) as connection, connection.cursor() as cursor:
            cursor.execute(f"set search_path to {SCHEMA}, public")
            yield cursor

    def execute(self, *statements: str) -> None:
        with self.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def insert(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        with self.cursor() as cursor:
            execute_values(cursor, f"insert into {table} values %s", rows, page_size=1000)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with self.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())

    def output(self) -> dict[str, Any]:
        """What profiles.yml says of it."""
        server = self.server
        return {
            "type": "postgres", "schema": SCHEMA, "threads": 2, "host": server.host, "port": server.port,
            "user": server.user, "password": server.password, "dbname": self.name,
        }  # fmt: skip


def find_binaries() -> Path:
    """The newest PostgreSQL on this machine whose server can be started."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -float(path.parent.name))
    for folder in folders:
        if (folder / "initdb").is_file() and (folder / "postgres").is_file():
            return folder
    raise NoServerError(
        f"no PostgreSQL: {SERVER_VARIABLE} is not set, and neither PATH nor /usr/lib/postgresql/*/bin has initdb"
    )


def given_server() -> Server | None:
    url = os.environ.get(SERVER_VARIABLE)
    if not url:
        return None
    parts = urlsplit(url)
    return Server(
        parts.hostname or "localhost",
        parts.port or 5432,
        unquote(parts.username or "postgres"),
        unquote(parts.password or ""),
        parts.path.lstrip("/") or "postgres",
    )


@contextlib.contextmanager
def running_server() -> Iterator[Server]:
    """The server that is given, or one of our own on a free port of 127.0.0.1. Raises NoServerError."""
    given = given_server()
    if given:
        try:
            yield given
        finally:
            given.drop_databases()
        return
    binaries = find_binaries()
    # PostgreSQL refuses to run as root, and pytest's folders are closed to others.
    user = UNPRIVILEGED if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="aam-postgres-", ignore_cleanup_errors=True) as root:
        folder = Path(root)
        password = secrets.token_hex(16)
        (folder / "password").write_text(password)
        if user is not None:
            for path in (folder, folder / "password"):
                os.chown(path, UNPRIVILEGED, UNPRIVILEGED)
        data = folder / "data"
        subprocess.run(
            [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "--auth=scram-sha-256", "--encoding=UTF8",
             f"--pwfile={folder / 'password'}", "--locale=C", "--no-sync"],
            check=True, capture_output=True, cwd=folder, user=user, group=user, extra_groups=None if user is None else [],
        )  # fmt: skip
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        with (folder / "server.log").open("wb") as log:
            process = subprocess.Popen(
                [str(binaries / "postgres"), "-D", str(data), "-p", str(port), "-k", str(folder), *options],
                stdout=log, stderr=log, cwd=folder, user=user, group=user, extra_groups=None if user is None else [],
            )  # fmt: skip
            try:
                server = Server("127.0.0.1", port, "postgres", password)
                _wait_for(server, process, folder / "server.log")
                yield server
            finally:
                process.send_signal(signal.SIGQUIT)
                process.wait()


def _wait_for(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise NoServerError(f"PostgreSQL did not start: {log.read_text(errors='replace')[-500:]}")
        with contextlib.suppress(psycopg2.OperationalError):
            server.connect("postgres").close()
            return
        time.sleep(0.1)
    raise NoServerError("PostgreSQL did not answer")
