"""Spark, over Spark Connect, which sends rows as Arrow batches; tables in Iceberg."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import socket
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa

from aam_export.errors import AamExportError, BusyError, ConfigurationError
from aam_export.exposure import BUILD
from aam_export.masking import remember
from aam_export.profile import Target

try:
    from pyspark.errors import PySparkException
    from pyspark.logger import PySparkLogger
    from pyspark.sql import SparkSession
    from pyspark.sql.connect.client.retries import DefaultPolicy
except ImportError as error:
    raise ConfigurationError(
        "the target is of type 'spark', whose driver is not installed", hint="pip install 'aam-export[spark]'"
    ) from error

REMOTE = "SPARK_REMOTE"
PORT = 15002
REACHED_WITHIN = 10  # seconds
RETRIES = 5  # within a quarter of a minute; the driver would go on for ten
CHUNK_BYTES = 16_000_000
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "false",  # as dbt-spark has it
    # Or '${system:user.name}' in somebody's ID would be replaced by what it names on the server.
    "spark.sql.variable.substitute": "false",
}
# A session that is collected waits for its threads, for ever where that happens while another starts one (pyspark 4.0).
_kept: list[SparkSession] = []
# Iceberg's catalogs hand out what they last saw of a table, for half a minute; read when the session first uses one.
UNCACHED = "spark.sql.catalog.{}.cache-enabled"

NOT_BUILT = {"42P01", "42703", "42704"}  # no such table, column, schema
NOT_ALLOWED = {"42501"}
NO_RIGHTS = re.compile(r"Forbidden|AccessControl|AccessDenied|NotAuthorized|Unauthorized")
CONFLICT = re.compile(r"CommitFailedException|ValidationException|^concurrently modified")  # Iceberg's exceptions
UNKNOWN = re.compile(r"CommitStateUnknown")
LOST = re.compile(
    r"^INVALID_HANDLE|^RETRIES_EXCEEDED|NO_ACTIVE_SESSION|SESSION_(?:NOT_FOUND|CHANGED|CLOSED)|stopped SparkContext"
)
JAVA_EXCEPTION = re.compile(r"\s*\((?:[\w$]+\.)+([\w$]+)\)")
RUN_AGAIN = "is the server up? Run again: that finishes what was begun"


class SparkWarehouse:
    """A session of a Connect server. Each statement is one commit of one table, and who comes second is refused."""

    exclusive = False
    keeps_insertion_order = False
    transactional = False

    def __init__(self, session: SparkSession, place: str, *, read_only: bool) -> None:
        self.place = place
        self._session = session
        self._read_only = read_only
        self._one_at_a_time = threading.Lock()  # two commits of ours to one table would be in each other's way

    def fetch(self, sql: str) -> list[tuple[Any, ...]]:
        with _translated():
            return _rows(self._session.sql(sql).toArrow())

    def execute(self, sql: str) -> None:
        self._refuse_reader()
        with self._one_at_a_time, _translated():
            self._session.sql(sql)

    def stream(self, sql: str) -> Iterator[pa.Array]:
        with _translated():
            client = self._session.client
            query = self._session.sql(sql)._plan.to_proto(client)
            # What toLocalIterator makes rows of; there is no other way to have its batches as they come.
            with contextlib.closing(client.to_table_as_iterator(query, {})) as parts:
                for part in parts:
                    if isinstance(part, pa.Table):
                        for batch in part.to_batches():
                            yield batch.column(0)

    def append(self, table: str, reader: pa.RecordBatchReader) -> None:
        self._refuse_reader()
        names = ", ".join(f"`{name}`" for name in reader.schema.names)
        chunks = _chunks(reader)
        first, second = next(chunks, None), next(chunks, None)
        with self._one_at_a_time, _translated():
            if first is None:
                return
            if second is None:
                self._insert(table, names, first)
                return
            # What does not go in one piece is brought together beside the table.
            beside = f"{table.rstrip('`')}__arriving{'`' if table.endswith('`') else ''}"
            self._session.sql(f"drop table if exists {beside}")
            try:
                self._session.sql(f"create table {beside} as select {names} from {table} where 1 = 0")
                for chunk in itertools.chain((first, second), chunks):
                    self._insert(beside, names, chunk)
                self._session.sql(f"insert into {table} ({names}) select {names} from {beside}")
            finally:  # only who is killed leaves it there, until the next
                with contextlib.suppress(PySparkException):
                    self._session.sql(f"drop table {beside}")

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        yield

    def byte_order(self, expression: str) -> str:
        return expression

    def byte_length(self, expression: str) -> str:
        return f"octet_length({expression})"

    def close(self) -> None:
        self._session.client.set_retry_policies([DefaultPolicy(max_retries=0)])  # a session that is lost is closed
        self._session.stop()

    def _insert(self, table: str, names: str, rows: pa.Table) -> None:
        self._session.createDataFrame(rows).createOrReplaceTempView("appended")
        self._session.sql(f"insert into {table} ({names}) select {names} from appended")

    def _refuse_reader(self) -> None:
        if self._read_only:
            raise AamExportError("this session of Spark is read-only")


def connect(target: Target, *, read_only: bool, lock_name: str, bounded: bool) -> SparkWarehouse:
    """Open a session. Nothing is locked: the row in aam_leases keeps other runs out; memory is the server's affair."""
    remote = _remote(target)
    place = _reach(target, remote)
    for name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
        PySparkLogger.getLogger(name).disabled = True  # it writes failed statements, IDs and all, to stderr
    given = target.settings.get("server_side_parameters") or {}
    try:
        session = SparkSession.builder.remote(remote).create()
        _kept.append(session)
        session.client.set_retry_policies([DefaultPolicy(max_retries=RETRIES)])
        for key, value in {**given, **SETTINGS}.items():
            session.conf.set(str(key), str(value))
        catalog = session.conf.get("spark.sql.defaultCatalog")
        session.conf.set(UNCACHED.format(catalog), "false")
    except PySparkException as error:
        raise ConfigurationError(
            f"target '{target.name}': no session of Spark at {place}: {_said(error)}",
            hint=f"check the token and the options in {REMOTE}, and server_side_parameters in profiles.yml",
        ) from error
    return SparkWarehouse(session, f"{place}/{target.settings.get('schema') or ''}", read_only=read_only)


def _remote(target: Target) -> str:
    method = str(target.settings.get("method") or "")
    if method != "session":
        raise ConfigurationError(
            f"target '{target.name}' reaches Spark by method '{method}', which aam-export does not speak",
            hint=f"give aam-export a target of method `session`, with {REMOTE}=sc://<host>:{PORT}: the same tables by "
            "Spark Connect (docs/warehouses.md)",
        )
    remote = os.environ.get(REMOTE, "")
    if not remote.startswith("sc://"):
        raise ConfigurationError(
            f"target '{target.name}' is of method 'session', and {REMOTE} names no Spark Connect server",
            hint=f"export {REMOTE}=sc://<host>:{PORT}; dbt uses it too",
        )
    for option in urlsplit(remote).path.strip("/;").split(";"):
        name, _, value = option.partition("=")
        if name == "token":
            remember(value)
    return remote


def _reach(target: Target, remote: str) -> str:
    """Host and port of a server that answers; the driver itself would ask again and again."""
    address = urlsplit(remote)
    try:
        host, port = address.hostname or "localhost", address.port or PORT
        socket.create_connection((host, port), timeout=REACHED_WITHIN).close()
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"target '{target.name}': no connection to Spark at {address.netloc}: "
            f"{getattr(error, 'strerror', None) or error}",
            hint=f"check {REMOTE}, and that the Connect server runs",
        ) from error
    return f"{host}:{port}"


def _rows(table: pa.Table) -> list[tuple[Any, ...]]:
    """Rows of Python's own values; moments are UTC without saying so."""
    columns = [
        column.cast(pa.timestamp("us")) if pa.types.is_timestamp(column.type) else column for column in table.columns
    ]
    return list(zip(*(column.to_pylist() for column in columns), strict=True))


def _chunks(reader: pa.RecordBatchReader) -> Iterator[pa.Table]:
    """The rows of a reader in pieces that a message to the server holds."""
    held: list[pa.RecordBatch] = []
    for batch in reader:
        held += [batch] if len(batch) else []
        if sum(batch.nbytes for batch in held) >= CHUNK_BYTES:
            yield pa.Table.from_batches(held)
            held = []
    if held:
        yield pa.Table.from_batches(held)


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except PySparkException as error:
        raise _translation(error) from error


def _translation(error: PySparkException) -> AamExportError:
    said = _said(error)
    message, state = f"Spark: {said}", _state(error)
    if state in NOT_BUILT:
        return ConfigurationError(message, hint=f"run `{BUILD}` on this target")
    if state in NOT_ALLOWED or NO_RIGHTS.search(said):
        return ConfigurationError(message, hint="grant the user of this session what dbt's may do")
    if UNKNOWN.search(said):
        return AamExportError(message, hint="whether it was committed is not known. " + RUN_AGAIN)
    if CONFLICT.search(said):
        return BusyError(f"{message}: another session wrote to the same table", hint="wait for it, and run again")
    if LOST.search(said):
        return AamExportError(message, hint=RUN_AGAIN)
    return AamExportError(message, hint=f"the server's log says more; if a table changed since, run `{BUILD}` again")


def _said(error: PySparkException) -> str:
    """The name of what went wrong; words only where they name tables and columns, for others hold what is in them."""
    text = str(error).strip()
    if _state(error) in NOT_BUILT:
        return text.splitlines()[0]
    for known in ("stopped SparkContext", "concurrently modified"):  # of exceptions whose names tell nothing
        if known in text:
            return known
    exception = JAVA_EXCEPTION.match(text)
    return error.getCondition() or (exception[1] if exception else type(error).__name__)


def _state(error: PySparkException) -> str:
    return error.getSqlState() or ""
