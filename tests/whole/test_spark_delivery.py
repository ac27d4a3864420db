"""The exporter on Spark: what it asks of a warehouse, a ledger without transactions, and runs killed at every statement.

The lines are those that a build on DuckDB proposed, brought into Spark's tables; what dbt does there is tested elsewhere.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import crash_cases
import duckdb
import pyarrow as pa
import pytest
from crash import Outcome
from crash_cases import DAYS, Case, FolderDrop, applied, prepare
from sandbox import REPOSITORY, Sandbox
from sandbox import Warehouse as Place
from spark import SparkServer
from sweeps import share
from wire import WIRE, Wire

from aam_export.clock import Clock
from aam_export.errors import AamExportError, BusyError, ConfigurationError
from aam_export.feedback.content import ROWS, of_file, text_batch
from aam_export.feedback.store import Facts, Store
from aam_export.ledger import LedgerContext, hold_lease
from aam_export.profile import Target, load_target
from aam_export.warehouses import Warehouse, connect
from aam_export.warehouses.base import literal

PATHS = [str(REPOSITORY / "export")]


@pytest.fixture
def place(spark_server: SparkServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    monkeypatch.setenv("SPARK_REMOTE", spark_server.url)
    return Place("spark", spark=spark_server).adopt(tmp_path)


def target_of(place: Sandbox) -> Target:
    return load_target("aam_inbound", None, place.folder)


@pytest.fixture
def opened(place: Sandbox) -> Iterator[Warehouse]:
    with contextlib.closing(connect(target_of(place), read_only=False)) as opened:
        yield opened


@pytest.fixture
def rows(place: Sandbox, opened: Warehouse) -> str:
    """A table as receive has it."""
    name = f"`{place.schema}`.`rows`"
    opened.execute(f"create table {name} (number bigint, text string) using iceberg")
    return name


# What the exporter asks of a warehouse


def test_values_are_pythons_own(opened: Warehouse) -> None:
    [row] = opened.fetch(
        "select 1, cast(2 as bigint), sum(cast(3 as bigint)), 'é', null, 1 = 1, date '2026-01-31', "
        "timestamp '2026-01-31 08:00:00.5', timestamp_ntz '2026-01-31 08:00:00.5'"
    )
    moment = datetime(2026, 1, 31, 8, 0, 0, 500_000)
    assert row == (1, 2, 3, "é", None, True, date(2026, 1, 31), moment, moment)
    assert opened.fetch("select 1 where 1 = 0") == []


ALONE = [chr(code) for code in range(256)] + ["\u0130", "\u03a3", "\u2028", "\ufeff", "\uffff", "\U0001f600"]
TEXTS = [
    *ALONE, "", "it's", "''", "\\'", "'\\", "\\\\", "a\\nb", "${system:user.name}", "${spark.app.name}", "$1", "{{ x }}",
    ":a", "?", "--", "/* x", ";", "%", "_", "a\x00b", "e\u0301", "é", "x" * 100_000, "'" * 5_000, "\\'" * 5_000, "'\ue000\\",
]  # fmt: skip


def test_texts_come_back_as_they_went(opened: Warehouse, rows: str) -> None:
    """Through a literal, and through an append; compared and sorted by their bytes."""
    for start in range(0, len(TEXTS), 100):
        some = enumerate(TEXTS[start : start + 100], start)
        opened.execute(
            f"insert into {rows} (number, text) values " + ", ".join(f"({number}, {literal(t)})" for number, t in some)
        )
    assert [text for (text,) in opened.fetch(f"select text from {rows} order by number")] == TEXTS
    assert opened.fetch(f"select count(*) from {rows} where text in ({', '.join(map(literal, TEXTS))})") == [
        (len(TEXTS),)
    ]
    batch = pa.table({"number": range(len(TEXTS)), "text": TEXTS})
    opened.execute(f"delete from {rows}")
    opened.append(rows, batch.to_reader())
    streamed = [str(text) for part in opened.stream(f"select text from {rows} order by number") for text in part]
    assert streamed == TEXTS
    by_bytes = opened.fetch(
        f"select text, {opened.byte_length('text')} from {rows} order by {opened.byte_order('text')}"
    )
    assert by_bytes == [(text, len(text.encode())) for text in sorted(TEXTS, key=str.encode)]


def test_moments_are_kept_to_the_microsecond(opened: Warehouse, place: Sandbox) -> None:
    name = f"{place.schema}.moments"
    moments = [datetime(1, 1, 1), datetime(999, 12, 31, 23, 59, 59, 999_999), datetime(2026, 3, 29, 2, 30)]
    opened.execute(f"create table {name} (number bigint, moment timestamp) using iceberg")
    for number, moment in enumerate((*moments, None)):
        opened.execute(f"insert into {name} (number, moment) values ({number}, {literal(moment)})")
    assert [moment for (moment,) in opened.fetch(f"select moment from {name} order by number")] == [*moments, None]


LONG = "select concat(repeat('x', 400), cast(id as string)) from range(0, {rows}, 1, {parts})"


def test_a_stream_is_many_batches_and_others_may_speak_meanwhile(opened: Warehouse, rows: str) -> None:
    opened.execute(f"insert into {rows} (number, text) values (0, 'x')")
    lines = batches = 0
    for batch in opened.stream(LONG.format(rows=200_000, parts=4)):
        assert opened.fetch("select 1") == [(1,)]
        lines, batches = lines + len(batch), batches + 1
    assert (lines, batches) == (200_000, 20)
    with contextlib.closing(opened.stream(LONG.format(rows=200_000, parts=4))) as stream:  # type: ignore[type-var]
        assert len(next(stream)) > 0
    opened.execute(f"delete from {rows}")
    assert opened.fetch(f"select count(*) from {rows}") == [(0,)]
    assert list(opened.stream(f"select text from {rows}")) == []


MEMORY = """
import resource, sys
sys.path[:0] = {paths}
from pathlib import Path
from aam_export.profile import load_target
from aam_export.warehouses import connect
opened = connect(load_target("aam_inbound", None, Path(".")), read_only=True)
opened.fetch("select 1")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
size = sum(batch.nbytes for batch in opened.stream({query!r}))
print(size, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_memory_does_not_grow_with_the_rows(place: Sandbox) -> None:
    """V11."""
    code = MEMORY.format(paths=PATHS, query=LONG.format(rows=1_000_000, parts=40))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=place.folder)
    size, kilobytes = map(int, done.stdout.split())
    assert size > 400_000_000
    assert kilobytes < 200_000


def reader_of(texts: int, *, fails: bool = False) -> pa.RecordBatchReader:
    """So many texts of a thousand bytes; the names of the columns are in another order than the table's."""
    schema = pa.schema([("text", pa.string()), ("number", pa.int64())])

    def batches() -> Iterator[pa.RecordBatch]:
        for _ in range(texts // 1_000):
            yield pa.RecordBatch.from_arrays([pa.array(["x" * 1_000] * 1_000), pa.array([1] * 1_000)], schema=schema)
        if fails:
            raise KeyError("as the test wants")

    return pa.RecordBatchReader.from_batches(schema, batches())


@pytest.mark.parametrize("texts", [0, 1_000, 50_000])
def test_an_append_is_one_commit_or_none(opened: Warehouse, rows: str, place: Sandbox, texts: int) -> None:
    with pytest.raises(KeyError):
        opened.append(rows, reader_of(texts, fails=True))
    assert opened.fetch(f"select count(*) from {rows}") == [(0,)]
    opened.append(rows, reader_of(texts))
    assert opened.fetch(f"select count(*), coalesce(min(length(text)), 1000), max(number) from {rows}") == [
        (texts, 1_000, 1 if texts else None)
    ]
    assert opened.fetch(f"select count(*) from {rows}.snapshots") == [(1 if texts else 0,)]
    assert [name for _, name, *_ in opened.fetch(f"show tables in {place.schema}")] == ["rows"]


def test_another_session_sees_what_was_committed_at_once(opened: Warehouse, rows: str, place: Sandbox) -> None:
    """Although Iceberg's catalogs show what they saw before: no table is refreshed by hand."""
    opened.execute(f"create view {place.schema}.seen as select * from {rows}")
    with contextlib.closing(connect(target_of(place), read_only=True)) as other:
        for number in range(3):
            assert other.fetch(f"select count(*) from {rows}") == [(number,)]
            assert other.fetch(f"select count(*) from {place.schema}.seen") == [(number,)]
            opened.execute(f"insert into {rows} (number, text) values (1, 'x')")


def test_of_two_that_change_the_same_row_one_is_refused(opened: Warehouse, rows: str, place: Sandbox) -> None:
    opened.execute(f"insert into {rows} (number, text) values (0, 'free')")
    sessions = [connect(target_of(place), read_only=False) for _ in range(4)]
    outcomes: list[Any] = []

    def take(session: Warehouse, number: int) -> None:
        try:
            session.execute(f"update {rows} set number = 1, text = '{number}' where number = 0")
            outcomes.append(number)
        except AamExportError as error:
            outcomes.append(error)

    threads = [threading.Thread(target=take, args=(session, n)) for n, session in enumerate(sessions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for session in sessions:
        session.close()
    [(number, holder)] = opened.fetch(f"select number, text from {rows}")
    assert number == 1
    assert int(holder) in outcomes  # others may have come when nothing was free any more, which is no error
    for error in outcomes:
        if isinstance(error, AamExportError):
            assert isinstance(error, BusyError), error
            assert "another session wrote to the same table" in str(error)


def test_what_goes_wrong_is_told_without_what_is_in_the_tables(
    opened: Warehouse, rows: str, capfd: pytest.CaptureFixture[str]
) -> None:
    for how in (opened.fetch, opened.execute, lambda sql: list(opened.stream(sql))):
        with pytest.raises(ConfigurationError, match="nowhere") as caught:
            how(f"insert into nowhere select '{'secret'}' from {rows}")
        assert "dbt build" in caught.value.hint
        with pytest.raises(AamExportError, match="Spark: PARSE_SYNTAX_ERROR") as failed:
            how(f"selec 'secret' from {rows}")
        assert "secret" not in f"{caught.value}{failed.value}{failed.value.hint}"
    with pytest.raises(ConfigurationError, match="missing"):
        opened.fetch(f"select missing from {rows}")
    with pytest.raises(AamExportError, match="USER_RAISED_EXCEPTION"):
        opened.fetch("select raise_error('secret')")
    assert "secret" not in "".join(capfd.readouterr())


def test_a_reader_writes_nothing(opened: Warehouse, rows: str, place: Sandbox) -> None:
    with contextlib.closing(connect(target_of(place), read_only=True)) as reader:
        with pytest.raises(AamExportError, match="read-only"):
            reader.execute(f"insert into {rows} (number, text) values (1, 'x')")
        with pytest.raises(AamExportError, match="read-only"):
            reader.append(rows, reader_of(1_000))
        assert reader.fetch(f"select * from {rows}") == []


def test_what_keeps_from_connecting_is_told(place: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    assert place.spark
    right = place.spark.output()
    for method in ("thrift", "http", "odbc"):
        place.write_profiles({**right, "method": method})
        with pytest.raises(ConfigurationError, match=f"by method '{method}'") as caught:
            connect(target_of(place), read_only=True)
        assert "SPARK_REMOTE=sc://" in caught.value.hint
    place.write_profiles(right)
    for remote, said in (
        ("", "names no Spark Connect server"),
        ("local[2]", "names no Spark Connect server"),
        ("sc://127.0.0.1:1/;token=hush-hush", "127.0.0.1:1: Connection refused"),
        ("sc://127.0.0.1:none/;token=hush-hush", "127.0.0.1:none: "),
    ):
        monkeypatch.setenv("SPARK_REMOTE", remote)
        with pytest.raises(ConfigurationError, match=said) as caught:
            connect(target_of(place), read_only=True)
        assert "hush" not in f"{caught.value}{caught.value.hint}"
        assert caught.value.exit_code == 2


def test_a_line_that_breaks_is_mended_and_one_that_is_gone_is_told(
    place: Sandbox, rows: str, spark_server: SparkServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No row comes twice, and no statement is made twice; a server that stays away is given up within a minute."""
    port = urlsplit(spark_server.url).port
    assert port
    with contextlib.ExitStack() as stack:
        wire = stack.enter_context(Wire(range(port, port + 1)))
        monkeypatch.setenv("SPARK_REMOTE", f"sc://{WIRE}:{port}")
        opened = connect(target_of(place), read_only=False)
        numbers: list[str] = []
        for count, batch in enumerate(opened.stream("select cast(id as string) from range(0, 300000, 1, 6)")):
            numbers += batch.to_pylist()
            if count in (3, 9):
                wire.reset()
        assert numbers == [str(number) for number in range(300_000)]
        for number in range(4):
            wire.after(100 + 100 * number, wire.reset)
            opened.execute(f"insert into {rows} (number, text) values ({number}, 'once')")
        assert opened.fetch(f"select number, count(*) from {rows} group by number order by number") == [
            (number, 1) for number in range(4)
        ]
        stack.close()
        began = time.monotonic()
        with pytest.raises(AamExportError, match="Spark: RETRIES_EXCEEDED") as caught:
            opened.fetch("select 1")
        opened.close()
        assert time.monotonic() - began < 60
        assert "Run again" in caught.value.hint


# The lease

LEASES = "fence bigint, holder string, acquired_at timestamp, expires_at timestamp"
CONTEND = """
import sys, time
sys.path[:0] = {paths}
from types import SimpleNamespace
from pathlib import Path
from aam_export.clock import Clock
from aam_export.errors import BusyError
from aam_export.ledger import LedgerContext, hold_lease
from aam_export.profile import load_target
from aam_export.warehouses import connect
warehouse = connect(load_target("aam_inbound", None, Path(".")), read_only=False)
project = SimpleNamespace(relation=lambda name: "`{schema}`.`" + name + "`")
ledger = LedgerContext(warehouse, project, Clock())
warehouse.fetch("select * from " + ledger.leases)
print("ready", flush=True)
input()
try:
    with hold_lease(ledger) as lease:
        lease.require()
        print("held", flush=True)
        time.sleep({seconds})
        lease.require()
        print("until the end", flush=True)
except BusyError as error:
    print("busy", error, flush=True)
"""


def contend(place: Sandbox, number: int, seconds: int) -> list[list[str]]:
    """What so many processes say that want the lease at once."""
    code = CONTEND.format(paths=PATHS, schema=place.schema, seconds=seconds)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code], cwd=place.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(number)
    ]
    for process in processes:
        assert process.stdout and process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    return [process.communicate(timeout=120)[0].splitlines() for process in processes]


@pytest.mark.parametrize("contenders", [2, 8])
def test_one_of_many_holds_the_lease(place: Sandbox, opened: Warehouse, contenders: int) -> None:
    """The first ever, who find no row, may all be refused; then one is in, whoever else wants to be."""
    opened.execute(f"create table {place.schema}.aam_leases ({LEASES}) using iceberg")
    for attempt in range(2):
        said = contend(place, contenders, seconds=8)
        held = [lines for lines in said if lines[0] == "held"]
        assert len(held) == 1 or (attempt == 0 and not held), said
        assert all(lines == ["held", "until the end"] for lines in held), said
        assert all(lines[0].startswith("busy") for lines in said if lines not in held), said
    fences = opened.fetch(f"select distinct fence from {place.schema}.aam_leases")
    assert len(fences) == 1, "every row is the newest"


# What is received

FEEDBACK = {
    "aam_feedback_files": "file_id bigint, source string, path string, file_name string, kind string, state string, "
    "destination_id string, delivery string, sync_mode string, named_at timestamp, part string, sender string, "
    "subject string, arrived_at timestamp, received_at timestamp, size bigint, content_bytes bigint, line_count bigint, "
    "md5 string, sha256 string",
    "aam_feedback_rows": "file_id bigint, line_number bigint, line string",
    "aam_leases": LEASES,
}


def test_a_received_file_is_known_by_its_row_and_has_no_rows_of_a_killed_call(
    place: Sandbox, opened: Warehouse
) -> None:
    for table, columns in FEEDBACK.items():
        opened.execute(f"create table {place.schema}.{table} ({columns}) using iceberg")
    project: Any = SimpleNamespace(relation=lambda name: f"`{place.schema}`.`{name}`")
    subject = "it's \\ ${system:user.name} \U0001f600"

    def lines(number: int) -> Iterator[pa.RecordBatch]:
        yield of_file(text_batch(["one", subject], 0), number)

    def fails(number: int) -> Iterator[pa.RecordBatch]:
        yield from lines(number)
        raise KeyError("as the test wants")

    with hold_lease(LedgerContext(opened, project, Clock())) as lease:
        store = Store(opened, project, Clock(), lease)
        opened.execute(
            f"insert into {place.schema}.aam_feedback_rows (file_id, line_number, line) values (1, 1, 'left')"
        )
        facts = Facts("folder", "a/b", "it's", "mail", subject=subject, arrived_at=datetime(1, 1, 1))
        with pytest.raises(KeyError):
            store.append(facts, fails, ROWS)
        assert store.known() == {}
        store.append(facts, lines, ROWS)
        store.note(facts)
        opened.execute(f"update {place.schema}.aam_leases set fence = 7")
        with pytest.raises(BusyError):
            store.note(facts)
    assert place.query("select file_id, line_number, line from aam_feedback_rows order by 1, 2") == [
        (1, 1, "one"), (1, 2, subject),
    ]  # fmt: skip
    assert place.query("select file_id, subject, line_count from aam_feedback_files order by 1") == [
        (1, subject, 2), (2, subject, 2),
    ]  # fmt: skip


# Deliveries

TABLES = (
    "aam_batches", "aam_files", "aam_batch_records", "aam_batch_id_syncs", "aam_batch_counts", "aam_leases",
    "input__aam_data_sources", "input__aam_id_syncs", "inbound_change_totals", "inbound_changes", "inbound_changes_full",
    "id_sync_changes", "id_sync_changes_full",
)  # fmt: skip
LEDGER = ("aam_batches", "aam_files", "aam_batch_records", "aam_batch_id_syncs", "aam_leases")
PAIRS = [f"{number:038}\tCustomer-{number}" for number in range(3)]
# As the macro outgoing_record has it.
LINES = """
    create view {schema}.inbound_batch_lines as
    with records as (
        select *, case when asserts_all then profile else asserted end as signals,
            replace(removed, 'd_sid=', 'd_unsid=') as unsignals
        from {schema}.aam_batch_records where line_count > 0
    )
    select *,
        concat(
            coalesce(record, concat(user_id, chr(9), concat_ws(',', nullif(signals, ''), unsignals))), chr(10)
        ) as line
    from records
"""
# `aam-export`, killed before its Nth statement; the gate, which is asked of tables of dbt's, lets pass.
RUN = """
import os, signal, sys
sys.path[:0] = {paths}
from aam_export import cli
from aam_export.delivery import run, safeguards
from aam_export.proof.gate import Proof
from aam_export.warehouses.spark import SparkWarehouse
number, killed_at, log = 0, int(sys.argv.pop(1)), open("statements.log", "w", buffering=1)
original = SparkWarehouse.execute
def execute(self, sql):
    global number
    number += 1
    if number == killed_at:
        os.kill(os.getpid(), signal.SIGKILL)
    log.write(" ".join(sql.split()) + "\\n")
    original(self, sql)
SparkWarehouse.execute = execute
run.check_unchanged = lambda proof: None
safeguards.check_gate = lambda project, warehouse: Proof({build!r}, "today", 1, 1, 0, lambda: True)
cli.main()
"""


@dataclass(frozen=True)
class Evening:
    """The second day is built and not delivered yet: on DuckDB, from where `restore` brings it into a schema of Spark."""

    case: Case
    place: Sandbox
    build: str

    def restore(self) -> None:
        """The ledger and the drop as they were."""
        schema = self.place.schema
        statements = [
            f"create or replace table {schema}.{table} using iceberg as select * from {schema}.was_{table}"
            for table in LEDGER
        ]
        assert self.place.spark
        self.place.spark.execute(*statements)
        for left in ("aam_drop", "aam_staging"):
            shutil.rmtree(self.place.folder / "target" / left, ignore_errors=True)
        shutil.copytree(self.case.project.folder / "target/aam_drop", self.place.folder / "target/aam_drop")

    def start(self, *arguments: str, minute: int = 0, killed_at: int = 0) -> subprocess.Popen[str]:
        assert self.place.spark
        code = RUN.format(paths=PATHS, build=self.build)
        options = ["run", "--now", f"{DAYS[1]}T08:{minute:02}:00", "--accept-removals", "9", *arguments]
        return subprocess.Popen(
            [sys.executable, "-c", code, str(killed_at), *options],
            cwd=self.place.folder,
            env={**os.environ, **self.place.spark.environment},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def run(self, *arguments: str, minute: int = 0, killed_at: int = 0) -> tuple[int, str, list[str]]:
        """Exit code, what was said, and the statements that were made."""
        process = self.start(*arguments, minute=minute, killed_at=killed_at)
        said = process.communicate(timeout=300)[0]
        return process.returncode, said, (self.place.folder / "statements.log").read_text().splitlines()

    def sent(self) -> dict[str, list[str]]:
        """Today's lines, by the name of their file without TIMESTAMP."""
        return {
            re.sub(r"_\d{10}\.", "_T.", key.rpartition("/")[2]): gzip.decompress(data).decode().splitlines()
            for key, data in self.case.drop.objects(self.place.folder).items()
            if f"date={DAYS[1]}/" in key
        }

    def check(self, about: str) -> None:
        """Everything was delivered once, as the ledger says, and brings about what was built."""
        objects = self.case.drop.objects(self.place.folder)
        batches, files, pairs, records = self.place.queries(
            "select batch_id, count(*) from aam_batches where event = 'committed' group by batch_id",
            "select distinct url, size, lines, sha256 from aam_files where event = 'delivered'",
            "select record, count(*) from aam_batch_id_syncs where batch_id in "
            "(select batch_id from aam_batches where event = 'committed') group by record order by record",
            "select batch_id, user_id, data_source, line_number from aam_batch_records where batch_id in "
            "(select batch_id from aam_batches where event = 'committed') "
            "group by batch_id, user_id, data_source, line_number having count(*) > 1",
        )
        assert sorted(count for _, count in batches) == [1, 1], about
        assert pairs == [(pair, 1) for pair in PAIRS], about
        assert records == [], about
        assert len(objects) == len({url for url, *_ in files}), f"{about}: {sorted(objects)} and {files}"
        for url, size, lines, sha256 in files:
            [content] = [data for key, data in objects.items() if url.endswith(key)]
            assert (len(content), hashlib.sha256(content).hexdigest()) == (size, sha256), f"{about}: {url}"
            assert len(gzip.decompress(content).splitlines()) == lines, f"{about}: {url}"
        assert self.sent().pop("adobe_id_0_100001_T.sync.gz") == PAIRS, about
        data = {key: content for key, content in objects.items() if "adobe_id" not in key}
        assert applied(self.case, data) == self.case.state, about


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory, spark_server: SparkServer) -> Evening:
    """Only programs of their own are forked here: this process may have a channel to the server."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(crash_cases, "run", _run_apart)
        case = prepare(tmp_path_factory.mktemp("duckdb"), FolderDrop())
    place = Place("spark", spark=spark_server).adopt(tmp_path_factory.mktemp("spark"))
    shutil.copy(case.project.folder / "dbt_project.yml", place.folder)
    manifest = json.loads((case.project.folder / "target/manifest.json").read_bytes())
    manifest["metadata"]["adapter_type"] = "spark"
    for node in (*manifest["nodes"].values(), *manifest["sources"].values()):
        if node.get("relation_name"):
            node["relation_name"] = f"`{place.schema}`.`{node['relation_name'].split('.')[-1].strip(chr(34))}`"
    place.write("target/manifest.json", json.dumps(manifest))
    from pyspark.sql.pandas.types import from_arrow_schema

    assert place.spark
    session = place.spark.session()
    with duckdb.connect(str(case.project.database), read_only=True) as connection:
        for table in TABLES:
            content = connection.sql(f"from {table}").to_arrow_table()
            frame = session.createDataFrame(content if len(content) else [], from_arrow_schema(content.schema))
            frame.writeTo(table).using("iceberg").create()
        [(build,)] = connection.sql(
            "select note from aam_batches where event = 'proposed' order by batch_id desc limit 1"
        ).fetchall()
    place.execute(
        LINES.format(schema=place.schema),
        *(
            f"insert into id_sync_changes{full} (id_sync, file_prefix, dpids, record, change) "
            f"values ('browsers', 'adobe_id', '0_100001', {literal(pair)}, 'new')"
            for pair in PAIRS
            for full in ("", "_full")
        ),
        *(f"create table was_{table} using iceberg as select * from {table}" for table in LEDGER),
    )
    return Evening(case, place, build)


def _run_apart(folder: Path, drop: FolderDrop, *, day: int) -> Outcome:
    done = Sandbox(folder).export("run", "--now", f"{DAYS[day]}T08:00:00", "--accept-removals", "9")
    return Outcome(done.returncode, [], done.stdout + done.stderr)


def test_the_same_files_as_from_duckdb(evening: Evening, tmp_path: Path) -> None:
    evening.restore()
    code, said, _ = evening.run()
    assert code == 0, said
    evening.check("no fault")
    code, said, _ = evening.run(minute=20)
    assert (code, "has delivered the last build" in said) == (0, True), said
    on_duckdb = evening.case.project.copy(tmp_path / "duckdb")
    outcome = on_duckdb.export("run", "--now", f"{DAYS[1]}T08:00:00", "--accept-removals", "9")
    assert outcome.returncode == 0, outcome.stderr

    def data_files(folder: Path) -> dict[str, bytes]:
        objects = evening.case.drop.objects(folder).items()
        return {re.sub(r"_\d{10}\.", "_T.", key): data for key, data in objects if "adobe_id" not in key}

    assert data_files(evening.place.folder) == data_files(on_duckdb.folder)


@pytest.mark.parametrize("full", [False, True])
def test_killed_at_every_statement(evening: Evening, full: bool, tally: Callable[[str, int], None]) -> None:
    """Before and after each: once the dead run's lease is over, one run mends it."""
    arguments = ("--full",) if full else ()
    evening.restore()
    code, said, statements = evening.run(*arguments)
    assert code == 0, said
    expected = evening.sent()
    assert full or sorted(line for lines in expected.values() for line in lines) == sorted(
        [*evening.case.lines, *PAIRS]
    )
    places = list(enumerate(statements, start=1))
    tried = share(places, lambda place: re.sub(r"`[^`]*`\.|'[^']*'|\d+", "", place[1])[:60])
    for number, statement in tried:
        about = f"killed before statement {number}: {statement[:200]}"
        evening.restore()
        code, said, _ = evening.run(*arguments, killed_at=number)
        assert code == -signal.SIGKILL, f"{about}: {said}"
        if number == 2:  # the lease, and nothing else, was taken
            code, said, _ = evening.run(*arguments, minute=5)
            assert (code, "another run holds the drop" in said) == (4, True), f"{about}: {said}"
        code, said, _ = evening.run(*arguments, minute=11)
        assert code == 0, f"{about}: {said}"
        evening.check(about)
        assert evening.sent() == expected, about
    tally("crash points killed at, Spark", len(tried))


@pytest.mark.parametrize("runs", [2, 8])
def test_many_runs_at_once_deliver_once(evening: Evening, runs: int) -> None:
    evening.restore()
    processes = [evening.start() for _ in range(runs)]
    outputs = [process.communicate(timeout=300)[0] for process in processes]
    codes = Counter(process.returncode for process in processes)
    assert set(codes) <= {0, 4}, outputs
    assert codes[0] >= 1, outputs
    assert not any("Traceback" in output for output in outputs), outputs
    evening.check(f"{runs} runs at once")
