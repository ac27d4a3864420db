"""What the exporter asks of a warehouse (warehouses/base.py), and what the macros of macros/cross_db promise, on each of them."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from macro_cases import ODD, check_results, differences, macro_results
from postgres import Database, Server
from sandbox import DUCKDB, TESTS, Sandbox
from sandbox import Warehouse as Place

from aam_export.errors import AamExportError, BusyError, ConfigurationError
from aam_export.ledger.context import utc
from aam_export.profile import Target, load_target
from aam_export.warehouses import Warehouse, connect
from aam_export.warehouses.base import literal


def target_of(sandbox: Sandbox) -> Target:
    return load_target("aam_inbound", None, sandbox.folder)


@pytest.fixture
def sandbox(warehouse: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    monkeypatch.chdir(tmp_path)
    place = warehouse.adopt(tmp_path)
    place.execute("create table texts (number integer, text varchar)")
    return place


@pytest.fixture
def opened(sandbox: Sandbox) -> Iterator[Warehouse]:
    with contextlib.closing(connect(target_of(sandbox), read_only=False)) as opened:
        yield opened


@pytest.fixture
def texts(sandbox: Sandbox) -> str:
    return f"{sandbox.schema}.texts"


def test_values_are_pythons_own(opened: Warehouse) -> None:
    [row] = opened.fetch(
        "select 1, cast(2 as bigint), sum(cast(3 as bigint)), 'é', null, 1 = 1, date '2026-01-31', "
        "timestamp '2026-01-31 08:00:00.5'"
    )
    moment = datetime(2026, 1, 31, 8, 0, 0, 500_000)
    assert row == (1, 2, 3, "é", None, True, date(2026, 1, 31), moment)
    assert utc(row[-1]).utcoffset() is not None
    assert opened.fetch("select 1 where 1 = 0") == []


def test_texts_come_back_as_they_went(opened: Warehouse, texts: str) -> None:
    for number, text in enumerate(ODD):
        opened.execute(f"insert into {texts} values ({number}, {literal(text)})")
    assert [text for (text,) in opened.fetch(f"select text from {texts} order by number")] == ODD
    streamed = [str(text) for batch in opened.stream(f"select text from {texts} order by number") for text in batch]
    assert streamed == ODD
    by_bytes = opened.fetch(
        f"select text, {opened.byte_length('text')} from {texts} order by {opened.byte_order('text')}"
    )
    assert by_bytes == [(text, len(text.encode())) for text in sorted(ODD, key=str.encode)]


def test_a_stream_is_many_batches_and_others_may_speak_meanwhile(opened: Warehouse, texts: str) -> None:
    opened.execute(f"insert into {texts} select number, repeat('x', 100) from generate_series(1, 300000) as t (number)")
    rows = batches = 0
    for batch in opened.stream(f"select text from {texts}"):
        assert opened.fetch("select 1") == [(1,)]
        opened.execute(f"update {texts} set text = 'y' where number = 0")
        rows, batches = rows + len(batch), batches + 1
    assert rows == 300_000
    assert batches > 2
    assert list(opened.stream(f"select text from {texts} where 1 = 0")) == []


def test_a_stream_may_end_early(opened: Warehouse, texts: str) -> None:
    opened.execute(f"insert into {texts} select number, repeat('x', 100) from generate_series(1, 300000) as t (number)")
    with contextlib.closing(opened.stream(f"select text from {texts}")) as stream:  # type: ignore[type-var]
        assert len(next(stream)) > 0
    with opened.transaction():
        opened.execute(f"delete from {texts}")
    assert opened.fetch(f"select count(*) from {texts}") == [(0,)]


def test_a_transaction_is_all_or_nothing(opened: Warehouse, texts: str) -> None:
    with opened.transaction():
        opened.execute(f"insert into {texts} values (1, 'kept')")
    with pytest.raises(KeyboardInterrupt), opened.transaction():
        opened.execute(f"insert into {texts} values (2, 'gone')")
        raise KeyboardInterrupt
    with pytest.raises(ConfigurationError), opened.transaction():
        opened.execute(f"insert into {texts} values (3, 'gone')")
        opened.execute("insert into nowhere values (1)")
    assert opened.fetch(f"select text from {texts}") == [("kept",)]


def test_a_missing_table_asks_for_a_build(opened: Warehouse) -> None:
    for how in (opened.fetch, opened.execute, lambda sql: list(opened.stream(sql))):
        with pytest.raises(ConfigurationError, match="nowhere") as caught:
            how("select * from nowhere")
        assert "dbt build" in caught.value.hint
        assert "password" not in str(caught.value)


def test_a_reader_writes_nothing(sandbox: Sandbox, texts: str) -> None:
    with contextlib.closing(connect(target_of(sandbox), read_only=True)) as reader:
        with pytest.raises(Exception, match="read-only"):
            reader.execute(f"insert into {texts} values (1, 'x')")
        assert reader.fetch(f"select * from {texts}") == []


MEMORY = """
import resource, sys
sys.path[:0] = {tests}
from pathlib import Path
from sandbox import Sandbox
from test_warehouses import target_of
from aam_export.warehouses import connect
opened = connect(target_of(Sandbox(Path("."))), read_only=False)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
size = sum(batch.nbytes for batch in opened.stream("select repeat('x', 400) || number from generate_series(1, 2000000) as t (number)"))
print(size, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_memory_does_not_grow_with_the_rows(sandbox: Sandbox) -> None:
    """V11."""
    code = MEMORY.format(tests=list(map(str, TESTS)))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=sandbox.folder)
    size, kilobytes = map(int, done.stdout.split())
    assert size > 800_000_000
    assert kilobytes < 400_000


# PostgreSQL's own


@pytest.fixture
def on_postgres(postgres_server: Server, tmp_path: Path) -> Sandbox:
    return Place("postgres", postgres_server).adopt(tmp_path)


def test_a_run_keeps_other_runs_out_and_lets_readers_in(on_postgres: Sandbox) -> None:
    target = target_of(on_postgres)
    with contextlib.closing(connect(target, read_only=False)):
        with pytest.raises(BusyError) as caught:
            connect(target, read_only=False)
        assert caught.value.exit_code == 4
        connect(target, read_only=True).close()
    connect(target, read_only=False).close()


def test_whoever_lost_the_ledger_can_not_commit(on_postgres: Sandbox) -> None:
    """As behind a pooler, where the session that took the lock is another one by now."""
    on_postgres.execute("create table aam.events (event varchar)")
    target = target_of(on_postgres)
    with contextlib.closing(connect(target, read_only=False)) as first:
        first.fetch("select pg_advisory_unlock_all()")
        second = connect(target, read_only=False)
        with contextlib.closing(second), pytest.raises(BusyError), first.transaction():
            first.execute("insert into aam.events values ('committed')")
    assert on_postgres.query("select * from events") == []


def test_a_session_that_ends_in_the_midst_of_a_stream(on_postgres: Sandbox) -> None:
    with contextlib.closing(connect(target_of(on_postgres), read_only=True)) as reader:
        stream = reader.stream("select repeat('x', 400) || n from generate_series(1, 2000000) as t (n)")
        next(stream)
        on_postgres.query("select pg_terminate_backend(pid) from pg_stat_activity where query like 'COPY%'")
        with pytest.raises(AamExportError, match="PostgreSQL: ") as caught:
            list(stream)
        assert "Run again" in caught.value.hint


def database(place: Sandbox) -> Database:
    assert place.postgres
    return place.postgres


def test_what_keeps_from_connecting_is_told_without_the_password(on_postgres: Sandbox) -> None:
    right = database(on_postgres).output()
    server = database(on_postgres).server
    for setting, wrong, said in (
        ("password", "wrong' password\\", "password authentication failed"),
        ("dbname", "nowhere", '"nowhere" does not exist'),
        ("port", 1, "refused"),
        ("role", "nobody_there", '"nobody_there" does not exist'),
    ):
        on_postgres.write_profiles({**right, setting: wrong})
        with pytest.raises(ConfigurationError, match=said) as caught:
            connect(target_of(on_postgres), read_only=True)
        assert caught.value.exit_code == 2
        assert server.password not in str(caught.value)
        assert "Query was" not in str(caught.value)


def test_a_database_of_another_encoding_is_refused(on_postgres: Sandbox, postgres_server: Server) -> None:
    latin = postgres_server.create_database(options="template template0 encoding 'LATIN1' locale 'C'")
    on_postgres.write_profiles(latin.output())
    with pytest.raises(ConfigurationError, match="encoding is LATIN1"):
        connect(target_of(on_postgres), read_only=True)


def test_a_role_without_rights_is_told_so(on_postgres: Sandbox) -> None:
    name = f"reader_{database(on_postgres).name}"
    on_postgres.execute(f"create role {name}", "create table aam.texts (text varchar)")
    try:
        on_postgres.write_profiles({**database(on_postgres).output(), "role": name})
        reader = connect(target_of(on_postgres), read_only=True)
        with (
            contextlib.closing(reader),
            pytest.raises(ConfigurationError, match="permission denied") as caught,
        ):
            list(reader.stream("select text from aam.texts"))
        assert "grant" in caught.value.hint
    finally:
        on_postgres.execute(f"drop role {name}")


# The macros


def test_macros_mean_the_same_on_both(postgres_server: Server, tmp_path: Path) -> None:
    duck = macro_results(DUCKDB, tmp_path / "duckdb")
    check_results(duck)
    postgres = macro_results(Place("postgres", postgres_server), tmp_path / "postgres")
    assert differences(postgres, duck) == {}


def test_a_missing_driver_says_how_to_get_it(on_postgres: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "adbc_driver_postgresql", None)
    monkeypatch.delitem(sys.modules, "aam_export.warehouses.postgres", raising=False)
    with pytest.raises(ConfigurationError, match="driver is not installed") as caught:
        connect(target_of(on_postgres), read_only=True)
    assert caught.value.hint == "pip install 'aam-export[postgres]'"
