"""DuckDB, in a file."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from aam_export.errors import AamExportError, BusyError, ConfigurationError, MemoryBoundError, StagingError
from aam_export.exposure import BUILD
from aam_export.profile import Target
from aam_export.warehouses.duckdb_profile import MEMORY, Attachment, attachments, home, preparations, refuse_unknown

BATCH_ROWS = 20_000  # some megabytes of usual lines, which stay in the processor's cache
FEW_ROWS = 2_048  # what DuckDB handles at once, however long they are
THREADS = min(4, os.cpu_count() or 1)  # more would read faster than lines are checked
# What a scan of usual lines needs. DuckDB fills what it is given with what it has read, however much there is.
MEGABYTES_PER_THREAD = 32


class DuckDBWarehouse:
    """A connection to a file, which one process has to itself as long as it may write."""

    exclusive = True
    keeps_insertion_order = True
    transactional = True

    def __init__(self, connection: duckdb.DuckDBPyConnection, place: str, batch_rows: int = BATCH_ROWS) -> None:
        self.place = place
        self._connection = connection
        self._batch_rows = batch_rows

    def fetch(self, sql: str) -> list[tuple[Any, ...]]:
        with _translated():
            return self._connection.execute(sql).fetchall()

    def execute(self, sql: str) -> None:
        with _translated():
            self._connection.execute(sql)

    def stream(self, sql: str) -> Iterator[pa.Array]:
        with _translated():
            # con.sql streams; con.execute(…) followed by an Arrow call would hold the whole result in memory.
            # A cursor of its own: other statements (the lease's) must not end the stream.
            for batch in self._connection.cursor().sql(sql).to_arrow_reader(self._batch_rows):
                yield batch.column(0)

    def append(self, table: str, reader: pa.RecordBatchReader) -> None:
        self._connection.register("appended", reader)
        try:
            with _translated():
                # To keep rows in their order DuckDB waits wherever it has little memory; readers ask for their own.
                self._keep_order(False)
                self._connection.execute(f"insert into {table} by name select * from appended")
                self._keep_order(True)
        finally:
            with contextlib.suppress(duckdb.Error):  # a transaction that failed takes it away itself
                self._connection.unregister("appended")

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        self.execute("begin transaction")
        try:
            yield
        except BaseException:
            with contextlib.suppress(AamExportError, duckdb.Error):
                self.execute("rollback")
                self._keep_order(True)  # which an append that failed has left off
            raise
        self.execute("commit")

    def _keep_order(self, kept: bool) -> None:
        self._connection.execute(f"set preserve_insertion_order = {str(kept).lower()}")

    def byte_order(self, expression: str) -> str:
        return expression

    def byte_length(self, expression: str) -> str:
        return f"strlen({expression})"

    def close(self) -> None:
        self._connection.close()


def connect(target: Target, *, read_only: bool, lock_name: str, bounded: bool) -> DuckDBWarehouse:
    """Open the target's file; a connection that may write keeps all others out, whatever their `lock_name`."""
    refuse_unknown(target)
    settings, attached = target.settings, attachments(target)
    held = home(target, attached)
    path = str(settings.get("path") or MEMORY)
    if path == MEMORY and held is None:
        raise ConfigurationError(
            f"target '{target.name}' is an in-memory DuckDB, which ends with dbt: there is nothing to read",
            hint="give the target a `path` in profiles.yml",
        )
    if ":" not in path:
        path = str(_file(path, target, "path"))
    place = str(_file(held.path, target, "attach")) if held else path.partition("?")[0]
    try:
        # What is attached could not be written either, were this opened for reading alone.
        connection = duckdb.connect(path, read_only=read_only and path != MEMORY, config=_config(settings, bounded))
    except duckdb.IOException as error:
        if "lock" in str(error).lower():
            raise BusyError(
                f"another process holds {path}",
                hint="wait until dbt, another run or a DuckDB shell is done with it",
            ) from error
        raise ConfigurationError(
            f"{path} can't be opened: {_first_line(error)}", hint="check the file and its rights"
        ) from error
    except duckdb.Error as error:
        raise ConfigurationError(
            f"{path} can't be opened: {_first_line(error)}",
            hint="is it a DuckDB file, of a version this DuckDB reads?",
        ) from error
    try:
        connection.execute("set enable_progress_bar = false")  # the exporter has its own
        if attached:
            _attach(connection, target, attached, held, read_only=read_only)
    except BaseException:
        connection.close()
        raise
    return DuckDBWarehouse(connection, place, BATCH_ROWS if bounded else FEW_ROWS)


def _file(path: str, target: Target, key: str) -> Path:
    """A DuckDB file of this machine: from the current folder, as dbt opens it even with --project-dir."""
    file = Path(path).expanduser().absolute()
    if not file.is_file():
        raise ConfigurationError(
            f"target '{target.name}' names the DuckDB file {file}, which does not exist",
            hint=f"run `{BUILD}`, or mend `{key}` in profiles.yml",
        )
    return file


def _attach(
    connection: duckdb.DuckDBPyConnection,
    target: Target,
    attached: list[Attachment],
    held: Attachment | None,
    *,
    read_only: bool,
) -> None:
    """Attach what dbt attaches, for views may read there; only where the tables lie is anything written."""
    statements = [
        *preparations(target),
        *((f"attach: {entry.name}", entry.sql(read_only=read_only or entry is not held)) for entry in attached),
    ]
    for key, sql in statements:
        try:
            connection.execute(sql)
        except duckdb.IOException as error:
            if "lock" in str(error).lower():
                raise BusyError(
                    f"another process holds the file of {key}",
                    hint="wait until dbt, another run or a DuckDB shell is done with it",
                ) from error
            raise _unusable(target, key, error) from error
        except duckdb.Error as error:
            raise _unusable(target, key, error) from error


def _unusable(target: Target, key: str, error: Exception) -> ConfigurationError:
    return ConfigurationError(
        f"target '{target.name}': DuckDB can't do what `{key}` says: {_first_line(error)}",
        hint="mend it in profiles.yml; dbt needs it too",
    )


def _config(settings: Any, bounded: bool) -> dict[str, Any]:
    """The profile's, as far as it says where DuckDB may put what it can't hold and how much it may hold."""
    given = dict(settings.get("config_options") or {})
    for option in ("temp_directory", "memory_limit"):
        value = (settings.get("settings") or {}).get(option)
        if value:
            given[option] = str(value)
    if bounded:
        given["memory_limit"] = f"{THREADS * MEGABYTES_PER_THREAD}MB"
    return {**given, "threads": THREADS, "preserve_insertion_order": True}


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (duckdb.CatalogException, duckdb.BinderException) as error:  # no such table, column
        raise ConfigurationError(f"DuckDB: {_first_line(error)}", hint=f"run `{BUILD}` on this target") from error
    except duckdb.OutOfMemoryException as error:
        raise MemoryBoundError(
            f"DuckDB: {_first_line(error)}",
            hint="give it more: `memory_limit` under `settings` of the target in profiles.yml, or a larger machine",
        ) from error
    except duckdb.IOException as error:
        raise StagingError(
            f"DuckDB: {_first_line(error)}", hint="check the disk's free space and the file's rights"
        ) from error
    except duckdb.Error as error:
        raise AamExportError(
            f"DuckDB: {_first_line(error)}", hint=f"if a table changed since, run `{BUILD}` again"
        ) from error


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
