"""PostgreSQL, by Arrow's driver for it (ADBC), which takes rows over COPY and hands them on as Arrow batches."""

from __future__ import annotations

import contextlib
import hashlib
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, TimeoutError
from decimal import Decimal
from typing import Any

import pyarrow as pa

from aam_export.errors import AamExportError, BusyError, ConfigurationError, StagingError
from aam_export.exposure import BUILD
from aam_export.profile import Target
from aam_export.warehouses.base import literal

try:
    import adbc_driver_postgresql
    from adbc_driver_manager import AdbcConnection, AdbcStatement, Error
except ImportError as error:
    raise ConfigurationError(
        "the target is of type 'postgres', whose driver is not installed", hint="pip install 'aam-export[postgres]'"
    ) from error

BATCH_SIZE = adbc_driver_postgresql.StatementOptions.BATCH_SIZE_HINT_BYTES.value
BATCH_BYTES = 8_000_000
INGEST_MODE, INGEST_SCHEMA, INGEST_TABLE = (
    "adbc.ingest.mode", "adbc.ingest.target_db_schema", "adbc.ingest.target_table"
)  # fmt: skip
QUOTED = re.compile(r'"((?:[^"]|"")*)"')
# What libpq takes from the profile under another name, and what it takes under the same.
CONNECTION_KEYS = {"pass": "password", "database": "dbname"} | {
    key: key
    for key in (
        "host", "port", "user", "password", "dbname", "connect_timeout", "keepalives_idle", "application_name",
        "sslmode", "sslcert", "sslkey", "sslrootcert",
    )
}  # fmt: skip
POOL_SECONDS = 5
# As dbt has them where the profile does not say.
DEFAULTS = {"application_name": "aam-export", "connect_timeout": 10}

DISK_FULL = "53100"
NOT_ALLOWED = {"42501", "25006"}
NOT_BUILT = {"42P01", "42703", "3F000"}  # no such table, column, schema
TAKEN = {"55P03", "40001", "40P01"}  # a lock, a serialisation or a deadlock
LOST = ("08", "57P")  # the connection, or the server
RUN_AGAIN = "is the server up? Run again: that finishes what was begun"


class PostgresWarehouse:
    """A session, which holds the ledger's advisory lock unless it only reads.

    The lock goes with the session: a run that died holds nothing, and one whose session was lost can't commit any more.
    A pooler that lends one session to many clients would break this, and is refused.
    """

    exclusive = True
    keeps_insertion_order = False
    transactional = True

    def __init__(self, open_session: Callable[[], Session], lock: int | None, place: str) -> None:
        self.place = place
        self._open_session = open_session
        self._session = open_session()
        self._lock = lock
        self._one_at_a_time = threading.Lock()  # the lease is renewed from the threads that upload

    def fetch(self, sql: str) -> list[tuple[Any, ...]]:
        with self._one_at_a_time, _translated(), self._session.query(sql) as reader:
            return _rows(reader.read_all())

    def execute(self, sql: str) -> None:
        with self._one_at_a_time, _translated():
            self._session.execute(sql)

    def stream(self, sql: str) -> Iterator[pa.Array]:
        # A session of its own: while it copies, it takes no other statement.
        with _translated(), contextlib.closing(self._open_session()) as session, session.query(sql) as reader:
            for batch in reader:
                yield batch.column(0)

    def append(self, table: str, reader: pa.RecordBatchReader) -> None:
        with self._one_at_a_time, _translated():
            self._session.ingest(table, reader)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        self.execute("begin")
        try:
            if self._lock is not None:
                self._hold("pg_try_advisory_xact_lock", self._lock)
            yield
        except BaseException:
            with contextlib.suppress(AamExportError):
                self.execute("rollback")
            raise
        self.execute("commit")

    def hold_ledger(self) -> None:
        """Keep every other run out for as long as this session lives; raises BusyError where one is in."""
        if self._lock is not None:
            self._hold("pg_try_advisory_lock", self._lock)

    def byte_order(self, expression: str) -> str:
        return f'({expression}) collate "C"'

    def byte_length(self, expression: str) -> str:
        return f"octet_length({expression})"

    def close(self) -> None:
        self._session.close()

    def _hold(self, function: str, lock: int) -> None:
        [(held,)] = self.fetch(f"select {function}({lock})")
        if not held:
            raise BusyError(
                "another session of PostgreSQL holds the ledger: another run, or what is left of one",
                hint="wait for it; `select pid from pg_locks where locktype = 'advisory'` names its process",
            )


def connect(target: Target, *, read_only: bool, lock_name: str, bounded: bool) -> PostgresWarehouse:
    """Open a session; its memory is the server's affair, so `bounded` changes nothing."""
    # One lock a ledger; its number is all that PostgreSQL knows it by.
    digest = hashlib.sha256(f"aam-export {lock_name}".encode()).digest()
    lock = None if read_only else int.from_bytes(digest[:8], "big", signed=True)
    settings = target.settings
    place = f"{settings.get('host') or 'localhost'}/{settings.get('dbname') or settings.get('database') or ''}"
    check_pooling(target)
    warehouse = PostgresWarehouse(lambda: _open_session(target, read_only=read_only), lock, place)
    try:
        _check_encoding(warehouse, target.name)
        warehouse.hold_ledger()
    except BaseException:
        warehouse.close()
        raise
    return warehouse


class Session:
    """A connection of ADBC, without the DB-API on top of it, which imports pandas and polars and takes seconds."""

    def __init__(self, connection_string: str) -> None:
        with contextlib.ExitStack() as stack:
            database = stack.enter_context(adbc_driver_postgresql.connect(connection_string))
            self._connection = stack.enter_context(AdbcConnection(database))
            self._stack = stack.pop_all()

    def execute(self, sql: str) -> None:
        with AdbcStatement(self._connection) as statement:
            statement.set_sql_query(sql)
            statement.execute_update()

    @contextlib.contextmanager
    def query(self, sql: str) -> Iterator[pa.RecordBatchReader]:
        with AdbcStatement(self._connection) as statement:
            statement.set_options(**{BATCH_SIZE: str(BATCH_BYTES)})
            statement.set_sql_query(sql)
            handle, _ = statement.execute_query()
            with pa.RecordBatchReader.from_stream(handle) as reader:
                yield reader

    def process(self) -> int:
        """The number of the server's process that serves us."""
        with self.query("select pg_backend_pid()") as reader:
            return int(reader.read_all().column(0)[0].as_py())

    def ingest(self, table: str, reader: pa.RecordBatchReader) -> None:
        """COPY the rows of a reader into a table, given by its quoted name."""
        *_, schema, name = [part.replace('""', '"') for part in QUOTED.findall(table)]
        with AdbcStatement(self._connection) as statement:
            statement.set_options(**{INGEST_MODE: "adbc.ingest.mode.append", INGEST_SCHEMA: schema, INGEST_TABLE: name})
            statement.bind_stream(reader)
            statement.execute_update()

    def close(self) -> None:
        self._stack.close()


def _open_session(target: Target, *, read_only: bool) -> Session:
    try:
        session = Session(connection_string(target.settings))
        try:
            for statement in _session_settings(target.settings, read_only=read_only):
                session.execute(statement)
        except BaseException:
            session.close()
            raise
    except Error as error:
        raise _no_connection(target, error) from error
    return session


def _session_settings(settings: Mapping[str, Any], *, read_only: bool) -> Iterator[str]:
    """Said once a session stands: a pooler refuses them, as `options`, when it is opened."""
    # A backslash in a literal is a backslash, whatever the database or the role is set to.
    yield "set standard_conforming_strings = on"
    yield f"set default_transaction_read_only = {'on' if read_only else 'off'}"
    if settings.get("search_path"):
        yield f"select set_config('search_path', {literal(str(settings['search_path']))}, false)"
    if settings.get("role"):
        yield f"set role {settings['role']}"


def check_pooling(target: Target) -> None:
    """Refuse a pooler that lends one session of the server to many clients: settings and locks would be theirs as well.

    While another client is in a transaction, a session of our own is still served by the process that served it before.
    Nothing is set or locked until that is known.
    """
    with contextlib.ExitStack() as stack:
        try:
            first, other = (Session(connection_string(target.settings)) for _ in range(2))
            for session in (first, other):
                stack.callback(session.close)
            before = first.process()
            with ThreadPoolExecutor(1) as pool:
                try:
                    other.execute("begin")
                    other.process()
                    lent = pool.submit(first.process).result(timeout=POOL_SECONDS) != before
                except TimeoutError:
                    lent = True  # the only process is the other client's now
                except Error as error:
                    if "transaction blocks" not in str(error):  # which a pool of statements does not allow
                        raise
                    lent = True
                finally:
                    with contextlib.suppress(Error):
                        other.execute("rollback")
        except Error as error:
            raise _no_connection(target, error) from error
    if lent:
        raise ConfigurationError(
            f"target '{target.name}': between us and PostgreSQL stands a pooler that lends one session to many clients "
            "(pool_mode = transaction or statement), and the lock of the ledger needs a session of its own",
            hint="connect to the server itself, or to a pool whose mode is session",
        )


def _no_connection(target: Target, error: Error) -> ConfigurationError:
    return ConfigurationError(
        f"target '{target.name}': no connection to PostgreSQL: {_said(error)}",
        hint="check host, port, user, password, dbname and role of the target in profiles.yml",
    )


def connection_string(settings: Mapping[str, Any]) -> str:
    """What libpq connects by, from a profile's output; it holds the password."""
    given = {
        parameter: settings[key]
        for key, parameter in CONNECTION_KEYS.items()
        if settings.get(key) not in (None, "") and (key, settings[key]) != ("keepalives_idle", 0)
    }
    parameters = {**DEFAULTS, **given, "client_encoding": "UTF8"}
    quoted = {key: str(value).replace("\\", "\\\\").replace("'", "\\'") for key, value in parameters.items()}
    return " ".join(f"{key}='{value}'" for key, value in quoted.items())


def _check_encoding(warehouse: PostgresWarehouse, target: str) -> None:
    [(encoding,)] = warehouse.fetch(f"select setting from pg_settings where name = {literal('server_encoding')}")
    if encoding != "UTF8":
        raise ConfigurationError(
            f"target '{target}': the database's encoding is {encoding}, in which lines would be counted and IDs hashed "
            "as other bytes than leave",
            hint="use a database with encoding UTF8",
            rule="S6",
        )


def _rows(table: pa.Table) -> list[tuple[Any, ...]]:
    """Rows of Python's own values; NUMERIC, which Arrow has no type for, comes as text."""
    columns = [
        [None if value is None else Decimal(value) for value in column.to_pylist()]
        if isinstance(field.type, pa.OpaqueType) and field.type.type_name == "numeric"
        else column.to_pylist()
        for field, column in zip(table.schema, table.columns, strict=True)
    ]
    return list(zip(*columns, strict=True))


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as error:  # from the midst of a stream
        raise AamExportError(f"PostgreSQL: {_said(error)}", hint=RUN_AGAIN) from error
    except Error as error:
        said, state = f"PostgreSQL: {_said(error)}", error.sqlstate or ""
        if state in NOT_BUILT:
            raise ConfigurationError(said, hint=f"run `{BUILD}` on this target") from error
        if state in NOT_ALLOWED:
            raise ConfigurationError(said, hint="grant the role of the target what dbt's role may do") from error
        if state in TAKEN:
            raise BusyError(said, hint="wait for the other session, and run again") from error
        if state == DISK_FULL:
            raise StagingError(said, hint="free space on the server, and run again") from error
        if state and not state.startswith(LOST):
            raise AamExportError(said, hint=f"if a table changed since, run `{BUILD}` again") from error
        raise AamExportError(said, hint=RUN_AGAIN) from error


def _said(error: Any) -> str:
    """The server's own words, without the statement; where it said none, the driver's."""
    for key, value in getattr(error, "details", None) or ():
        if key == "PG_DIAG_MESSAGE_PRIMARY":
            return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
    text = str(error).split("\n\nQuery was:")[0].strip()
    return " ".join(text.split()) or type(error).__name__
