"""The delta's SQL, compiled by dbt, driven day by day on a small DuckDB in memory, or on PostgreSQL, against a receiver.

dbt takes seconds a day; this takes milliseconds. What the exporter does to the ledger is done here by the same inserts.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
from postgres import Server
from receiver import NAME, SIGNAL, Receiver, User, realised_by
from sandbox import Warehouse

PRESENT = "1999-12-31 23:59:59"  # stands in the compiled SQL where the time of the build does
SETTLE = timedelta(hours=48)
PARTS = 12  # files a stream at most: each is applied at a time of its own
# Short lines, so that few signals make users of several lines and overwrites that don't fit one.
MAX_LINE_BYTES = 80
VIEWS = ("inbound_batches", "inbound_delivered", "inbound_realised_traits")
TABLES = ("inbound_due_users", "inbound_effects", "inbound_user_changes")
CHANGES = "inbound_changes"
VIEWS_AFTER = (
    "inbound_changes_full",
    "inbound_batch_lines",
    "inbound_unclearable",
    "inbound_change_totals",
    "inbound_change_summary",
)
LEDGER = ("aam_batches", "aam_batch_records")
# What the delta reads beside the ledger; all columns are text.
INPUTS = {
    "input__aam_data_sources": ("data_source", "dpid", "target_data_owner_dpid", "refresh_mode"),
    "input__aam_traits": ("trait_id", "dpid", "trait_name", "trait_type", "signal_key", "signal_value"),
    "inbound_profiles": ("data_source", "user_id", "profile"),
}

# data source → DPID, owner of its traits, mode of its refreshes
SOURCES = {
    "crm": ("100001", None, "sync"),
    "site_user": ("100002", None, "overwrite"),
    "android": ("20914", "100001", "sync"),
    "ios": ("20915", "100002", "overwrite"),
}
# trait, owner, the signal that realises it
TRAITS = [
    ("1", "100001", None, None),
    ("2", "100001", None, None),
    ("3", "100001", "tier", "gold"),
    ("4", "100001", "ic", "a"),
    ("11", "100002", None, None),
    ("12", "100002", None, None),
    ("13", "100002", "tier", "gold"),
    ("14", "100002", "ic", "b"),
]
# `ic=b` names a trait of 100002 alone and `ic=a` one of 100001; `Gold` is `gold` to the receiver (L7).
SIGNALS = {
    "100001": (
        *("d_sid=1", "d_sid=2", "d_sid=3", "d_sid=4", "ic=a", "ic=b"),
        *('"tier"="gold"', '"tier"="Gold"', '"tier"="silver"', '"size"="1"', '"size"="2,5"'),
    ),
    "100002": (
        *("d_sid=11", "d_sid=12", "d_sid=13", "d_sid=14", "ic=a", "ic=b"),
        *('"tier"="gold"', '"tier"="silver"', '"size"="1"', '"size"="2,5"'),
    ),
}


def owner_of(data_source: str) -> str:
    dpid, owner, _ = SOURCES[data_source]
    return owner or dpid


class PostgresConnection:
    """A new database, with as much of DuckDB's connection as a world needs."""

    def __init__(self, server: Server) -> None:
        self._cursor = server.connect(server.create_database().name).cursor()

    def sql(self, query: str) -> Any:
        self._cursor.execute(query)
        return self._cursor

    def execute(self, statement: str, values: list[Any] | None = None) -> None:
        self._cursor.execute(statement.replace("?", "%s") if values else statement, values)

    def executemany(self, statement: str, rows: list[tuple[Any, ...]]) -> None:
        self._cursor.executemany(statement.replace("?", "%s"), rows)


def compile_delta(folder: Path, warehouse: Warehouse) -> dict[str, str]:
    """Build the delta's models in a project of their own; relation → its SQL, or its DDL for the ledger's tables."""
    project = warehouse.adopt(folder)
    project.own_package()
    project.configure({})
    for file in (project.package / "tests").glob("*.sql"):
        file.unlink()
    models = project.package / "models/inbound"
    kept = {"_aam_ledger__sources.yml", *(f"{name}.sql" for name in (*VIEWS, *TABLES, CHANGES, *VIEWS_AFTER))}
    for file in [file for file in models.rglob("*") if file.is_file() and file.name not in kept]:
        file.unlink()
    (project.package / "macros/rules/aam_max_line_bytes.sql").write_text(
        f"{{% macro aam_max_line_bytes() -%}} {{{{ return({MAX_LINE_BYTES}) }}}} {{%- endmacro %}}", encoding="utf-8"
    )
    for name, columns in INPUTS.items():
        empty = ", ".join(f"cast(null as varchar) as {column}" for column in columns)
        (models / f"{name}.sql").write_text(f"select {empty} where false", encoding="utf-8")
    # Macros' statements, where dbt renders them and does not run them.
    ledger = "source('aam_ledger', 'aam_batch_records'), source('aam_ledger', 'aam_batches')"
    for name, call in (
        ("compaction", "compaction(ref('inbound_batches'))"),
        ("withdrawal", f"withdrawal({ledger}, 'the batch')"),
    ):
        text = f"select 1 as nothing /*{{{{ aam_inbound.{call} }}}}*/"
        (models / f"{name}.sql").write_text(text, encoding="utf-8")
    outcome = project.dbt("run", variables={"aam_now": PRESENT})
    assert outcome.returncode == 0, outcome.stdout
    compiled = {file.stem: file for file in (project.folder / "target/compiled").rglob("*.sql")}
    statements = {name: _unbound(compiled[name].read_text()) for name in (*VIEWS, *TABLES, CHANGES, *VIEWS_AFTER)}
    for name in ("compaction", "withdrawal"):
        statements[name] = _unbound(compiled[name].read_text()).split("/*")[1].split("*/")[0]
    for name in (*LEDGER, *INPUTS):
        described = project.query(
            f"select column_name, data_type from information_schema.columns where table_name = '{name}' "
            "order by ordinal_position"
        )
        definition = ", ".join(f"{column} {kind}" for column, kind in described)
        statements[name] = f"create table {name} ({definition})"
    return statements


def _unbound(sql: str) -> str:
    """Compiled SQL with the clock's present, and without the database's name."""
    assert "'1999" not in sql.replace(f"'{PRESENT}'", "")
    return re.sub(r'"\w+"\."(main|aam)"\.', "", sql).replace(f"'{PRESENT}'", "(select present from clock)")


@dataclass(frozen=True)
class Day:
    """What happens between one build and the next.

    desired: (data source, user ID) → the signals that are true from now on; empty for one who vanishes.
    opted_out: users who are opted out now, or are not any longer.
    run: `normal`, `full`, `none` (built, not run), `unbuilt` (run, not built), `crash` (some files, no commit),
        `crash_first` (frozen, nothing sent), `abandon`, `restored` (the ledger is put back to what it was days ago,
        and the run is `--full`, again once all that the drop held then is settled: as the guard's message says).
    """

    hours: int
    run: str
    desired: Mapping[tuple[str, str], frozenset[str]]
    opted_out: Mapping[str, bool] = field(default_factory=dict)


class World:
    """A warehouse, an exporter and a receiver, and the rules that must hold at every moment between them."""

    def __init__(
        self, statements: Mapping[str, str], seed: int, *, receipts: bool = True, server: Server | None = None
    ) -> None:
        self.receipts = receipts  # whether batches are marked settled before they are old enough
        self.random = random.Random(seed)
        traits = [dict(zip(("trait_id", "dpid", "signal_key", "signal_value"), row, strict=True)) for row in TRAITS]
        self.receiver = Receiver(realised_by(traits), SETTLE, self.random)
        self.now = datetime(2018, 1, 1, 4)
        self.wanted: dict[tuple[str, str], frozenset[str]] = {}
        self.opting: dict[str, bool] = {}
        self.opted_out: dict[str, int] = {}  # user ID → how many batches were frozen before
        self.freezes: dict[str, int] = {}  # batch → its number
        self.unsent: dict[str, list[tuple[str, list[str]]]] = {}  # open batch → its files still to be sent
        self.said: dict[str, dict[User, set[str]]] = {}  # batch → what it gives whom
        self.lost: dict[User, set[str]] = {}  # what batches gave that the ledger does not know any more
        self.full_again: datetime | None = None
        self.has_backup = False
        self.checked_gains = 0
        self.days = 0
        self.runs: dict[str, int] = {}
        self.changes: dict[str, int] = {}
        self.compaction = statements["compaction"]
        self.withdrawal = statements["withdrawal"]
        self.con: Any = PostgresConnection(server) if server else duckdb.connect(":memory:", config={"threads": 1})
        self.con.execute("create table clock as select timestamp '2018-01-01' as present")
        for name in (*LEDGER, *INPUTS):
            self.con.execute(statements[name])
        self.con.executemany(
            "insert into input__aam_data_sources (data_source, dpid, target_data_owner_dpid, refresh_mode) values (?, ?, ?, ?)",
            [(name, *row) for name, row in SOURCES.items()],
        )
        self.con.executemany(
            "insert into input__aam_traits (trait_id, dpid, signal_key, signal_value, trait_type) values (?, ?, ?, ?, 'onboarded')",
            TRAITS,
        )
        for name in VIEWS:
            self.con.execute(f"create view {name} as {statements[name]}")
        for name in TABLES:
            self.con.execute(f"create view {name}_sql as {statements[name]}")
            self.con.execute(f"create table {name} as select * from {name}_sql")
        self.con.execute(f"create view {CHANGES}_sql as {statements[CHANGES]}")
        self.proposed_columns = ", ".join(
            column[0] for column in self.con.sql(f"select * from {CHANGES}_sql").description
        )
        self._show_changes("")
        for name in VIEWS_AFTER:
            self.con.execute(f"create view {name} as {statements[name]}")
        self.con.execute("create table inbound_change_totals_built as select * from inbound_change_totals")

    # What a day does

    def live(self, day: Day) -> None:
        self.days += 1
        self._pass(timedelta(hours=day.hours))
        self.wanted.update(day.desired)
        self.opting.update(day.opted_out)
        self.runs[day.run] = self.runs.get(day.run, 0) + 1
        if day.run == "restored" and self.has_backup:
            self._restore()
        elif self.random.random() < 0.3:
            self._back_up()
        if day.run != "unbuilt":
            self.build()
        if day.run != "none":
            self._pass(timedelta(minutes=self.random.randrange(180)))
            self.run("normal" if day.run == "restored" else day.run)
        if self.random.random() < 0.3:
            self.con.execute(self.compaction)

    def build(self) -> None:
        # Opting out is known from the build on that reads it.
        for user_id, is_out in self.opting.items():
            if is_out:
                self.opted_out.setdefault(user_id, len(self.freezes))
            else:
                self.opted_out.pop(user_id, None)
        self.opting.clear()
        self.con.execute("update clock set present = ?", [self.now])
        self.con.execute("delete from inbound_profiles")
        rows = [
            (source, user_id, ",".join(sorted(signals)))
            for (source, user_id), signals in self.desired().items()
            if signals
        ]
        if rows:
            self.con.executemany("insert into inbound_profiles values (?, ?, ?)", rows)
        for name in TABLES:
            self.con.execute(f"delete from {name}")
            self.con.execute(f"insert into {name} select * from {name}_sql")
        self._propose()
        self.con.execute("delete from inbound_change_totals_built")
        self.con.execute("insert into inbound_change_totals_built select * from inbound_change_totals")
        self._check_totals()
        for change, count in self.con.sql(
            "select change, count(*) from inbound_changes where line_number = 1 group by 1"
        ).fetchall():
            self.changes[str(change)] = self.changes.get(str(change), 0) + count

    def _propose(self) -> None:
        """What the materialization proposed_batch does."""
        batch = self._next_batch()
        self.con.execute(
            f"insert into aam_batch_records (batch_id, {self.proposed_columns}) "
            f"select '{batch}', {self.proposed_columns} from {CHANGES}_sql"
        )
        self.con.execute(self.withdrawal.replace("the batch", batch))
        self._append(batch, "proposed")
        self._show_changes(batch)

    def _show_changes(self, batch: str) -> None:
        self.con.execute(
            f"create or replace view {CHANGES} as select {self.proposed_columns} from aam_batch_records "
            f"where batch_id = '{batch}'"
        )

    def _next_batch(self) -> str:
        [(newest,)] = self.con.sql("select coalesce(max(batch_id), '0') from aam_batches").fetchall()
        return str(max(int(self.now.timestamp()), int(newest) + 1, *map(int, self.freezes), 0))

    def desired(self) -> dict[tuple[str, str], frozenset[str]]:
        return {key: frozenset() if key[1] in self.opted_out else signals for key, signals in self.wanted.items()}

    def run(self, how: str) -> None:
        """What the exporter does: finish the open batch, then freeze, send and commit."""
        if self.full_again and how == "normal":
            how = "full"
        [(newest,)] = self.con.sql("select coalesce(max(batch_id), '') from inbound_batches").fetchall()
        for batch in list(self.unsent):
            if how in ("crash", "crash_first"):
                self._send(batch, self.random.randrange(9))
                return
            self._send(batch, None)
            self._append(batch, "committed")
            del self.unsent[batch]
        [(base,)] = self.con.sql("select distinct base_batch_id from inbound_change_totals_built").fetchall()
        if base != newest:
            return
        [(proposed, opened)] = self.con.sql(
            "select coalesce(max(case when event = 'proposed' then batch_id end), ''), "
            "coalesce(max(case when event = 'opened' then batch_id end), '') from aam_batches"
        ).fetchall()
        if how != "full" and proposed > opened:
            batch = proposed
        else:
            batch = self._next_batch()
            view = "inbound_changes_full" if how == "full" else CHANGES
            self.con.execute(
                f"insert into aam_batch_records (batch_id, {self.proposed_columns}) "
                f"select '{batch}', {self.proposed_columns} from {view}"
            )
        lines = self.con.sql(
            "select dpid, target_data_owner_dpid, sync_mode, user_id, rtrim(line, chr(10)) from inbound_batch_lines "
            f"where batch_id = '{batch}' order by 1, 2, 3, line_count > 1, user_id, line_number"
        ).fetchall()
        if not lines:
            return
        if self.full_again and how == "full" and self.now >= self.full_again:
            self.full_again = None
        self._append(batch, "opened")
        self.freezes[batch] = len(self.freezes)
        self.said[batch] = self._check_batch(lines)
        if how == "abandon":
            self._append(batch, "abandoned")
            return
        self.unsent[batch] = self._files(batch, lines)
        if how in ("crash", "crash_first"):
            self._send(batch, self.random.randrange(9) if how == "crash" else 0)
            return
        self._send(batch, None)
        self._append(batch, "committed")
        del self.unsent[batch]

    def _files(self, batch: str, lines: list[tuple[str, str | None, str, str, str]]) -> list[tuple[str, list[str]]]:
        """Some parts a stream; a user's lines stay together (S8)."""
        parts: dict[str, list[str]] = {}
        part_of: dict[tuple[str, str | None, str], int] = {}
        for dpid, owner, mode, user_id, record in lines:
            part = part_of.setdefault((dpid, owner, user_id), self.random.randint(1, PARTS))
            stream = f"ftp_dpm_{dpid}{f'_{owner}' if owner else ''}_{batch}.{mode}"
            parts.setdefault(f"{stream}.{part}.gz", []).append(record)
        return sorted(parts.items())

    def _send(self, batch: str, count: int | None) -> None:
        files = self.unsent[batch]
        for name, lines in files[:count]:
            self.receiver.receive(name, lines, self.now)
        self.unsent[batch] = [] if count is None else files[count:]

    def _pass(self, time: timedelta) -> None:
        self.now += time
        self.receiver.advance(self.now)
        self._check_gains()
        # Somebody saw a receipt and marked the batch settled.
        for (batch,) in self.con.sql(
            "select batch_id from inbound_batches where not is_settled and committed_at is not null"
        ).fetchall():
            if self.receipts and self.random.random() < 0.2 and not self.receiver.is_waiting(int(batch)):
                self._append(batch, "settled")

    def _back_up(self) -> None:
        self.has_backup = True
        for table in LEDGER:
            self.con.execute(f"drop table if exists backup_of_{table}")
            self.con.execute(f"create table backup_of_{table} as select * from {table}")

    def _restore(self) -> None:
        kept = {
            batch
            for (batch,) in self.con.sql("select batch_id from backup_of_aam_batches where event = 'opened'").fetchall()
        }
        for batch in self.said.keys() - kept:
            for user, effects in self.said.pop(batch).items():
                self.lost.setdefault(user, set()).update(effects)
        for table in LEDGER:
            self.con.execute(f"delete from {table}")
            self.con.execute(f"insert into {table} select * from backup_of_{table}")
        known = {
            batch for (batch,) in self.con.sql("select batch_id from aam_batches where event = 'opened'").fetchall()
        }
        closed = {
            batch
            for (batch,) in self.con.sql(
                "select batch_id from aam_batches where event not in ('proposed', 'opened')"
            ).fetchall()
        }
        # A batch that was open then is finished again: its files stand in the drop already, or still have to be sent.
        self.unsent = {batch: self.unsent.get(batch, []) for batch in known - closed}
        self.full_again = self.now + SETTLE + timedelta(hours=3)

    def _append(self, batch: str, event: str) -> None:
        self.con.execute(
            "insert into aam_batches (batch_id, event, event_at) values (?, ?, ?)", [batch, event, self.now]
        )

    # What must hold

    def _check_batch(self, lines: list[tuple[str, str | None, str, str, str]]) -> dict[User, set[str]]:
        """Returns what the lines give whom."""
        modes: dict[tuple[str, str | None, str], set[str]] = {}
        effects: dict[tuple[str, str | None, str], list[str]] = {}
        for dpid, owner, mode, user_id, record in lines:
            user = (dpid, owner, user_id)
            modes.setdefault(user, set()).add(mode)
            assert len(record.encode()) + 1 <= MAX_LINE_BYTES, f"{record}: S4"
            for signal in SIGNAL.findall(record.partition("\t")[2]):
                assert not (mode == "overwrite" and signal.startswith("d_unsid=")), f"{record}: L2"
                sign = "-" if signal.startswith("d_unsid=") else "+"
                effect = self.receiver.effects(owner or dpid, signal.replace("d_unsid=", "d_sid="))
                effects.setdefault(user, []).append(sign + effect)
                assert sign == "-" or user_id not in self.opted_out, f"{record}: P2"
        overwritten = [(dpid, owner, user_id) for dpid, owner, mode, user_id, _ in lines if mode == "overwrite"]
        assert len(overwritten) == len(set(overwritten)), "an .overwrite of several lines: S8"
        for user, seen in modes.items():
            assert len(seen) == 1, f"{user} is sent by .sync and by .overwrite"
            added = {effect[1:] for effect in effects[user] if effect[0] == "+"}
            removed = [effect[1:] for effect in effects[user] if effect[0] == "-"]
            assert not added & set(removed), f"{user}: adds and removes {added & set(removed)}"
            assert len(removed) == len(set(removed)), f"{user}: removes twice {removed}"
        return {
            (dpid, owner or dpid, user_id): {effect[1:] for effect in seen if effect[0] == "+"}
            for (dpid, owner, user_id), seen in effects.items()
        }

    def _check_totals(self) -> None:
        """Users known and lost are derived from the changes; counted from the whole they are the same."""
        wrong = self.con.sql(
            "with counted as (select data_source, count(*) as known,"
            " count(*) filter (where inbound_profiles.user_id is null) as lost from inbound_delivered left join inbound_profiles using (data_source, user_id)"
            " where inbound_delivered.profile <> '' group by data_source)"
            " select * from inbound_change_totals_built left join counted using (data_source)"
            " where users_known <> coalesce(known, 0) or users_lost <> coalesce(lost, 0)"
        ).fetchall()
        assert not wrong, f"totals: {wrong}"

    def _check_gains(self) -> None:
        """Opted-out users gain by what was frozen before, and so by nothing once that is settled (P2)."""
        for gain in self.receiver.gains[self.checked_gains :]:
            before = self.opted_out.get(gain.user[2])
            match = NAME.fullmatch(gain.file_name)
            assert match
            if before is not None:
                assert self.freezes[match["timestamp"]] < before, f"{gain}: opted out before"
        self.checked_gains = len(self.receiver.gains)

    def quiesce(self) -> None:
        """Nothing changes any more; after the last settlement every profile is as desired."""
        for _ in range(6):
            self.live(Day(hours=49, run="normal", desired={}))
        self._pass(SETTLE)
        self.build()
        left = self.con.sql(
            "select data_source, user_id, change from inbound_changes where change <> 'refresh' "
            "union all select data_source, user_id, 'deferred' from inbound_user_changes where deferred is not null"
        ).fetchall()
        assert not left, f"still to send: {left}"
        reported = {
            (source, user_id): set(SIGNAL.findall(signals))
            for source, user_id, signals in self.con.sql(
                "select data_source, user_id, signals from inbound_unclearable"
            ).fetchall()
        }
        for (source, user_id), signals in self.desired().items():
            dpid, owner = SOURCES[source][0], owner_of(source)
            wanted = {self.receiver.effects(owner, signal) for signal in signals}
            held = set(self.receiver.profiles.get((dpid, owner, user_id), ()))
            beyond = reported.pop((source, user_id), set())
            held -= self.lost.get((dpid, owner, user_id), set()) - wanted
            assert wanted <= held, f"{source} {user_id}: lacks {wanted - held}"
            assert held - wanted <= beyond, f"{source} {user_id}: still holds {held - wanted - beyond}"
            assert not any(effect.startswith("d_sid=") for effect in beyond), f"{user_id}: {beyond} can be cleared"
        assert not reported, f"reported, and unknown: {reported}"
