"""The delta against a receiver that does as Audience Manager (M1 to M3): whatever happens, profiles end up as desired (V6, V8).

AAM_SOAK_SECONDS makes the random worlds run for that long (`make soak`); without it they take seconds.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import pairwise

import pytest
from delta_world import MAX_LINE_BYTES, SIGNALS, SOURCES, Day, World, compile_delta, owner_of
from hypothesis import given, settings
from hypothesis import strategies as st
from postgres import Server
from sandbox import DUCKDB, Warehouse

RUNS = ("normal",) * 8 + ("full", "none", "none", "unbuilt", "crash", "crash", "crash_first", "abandon", "restored")
FAULTS = {
    "crash": "runs killed on the way",
    "crash_first": "runs killed before the first file",
    "abandon": "batches abandoned",
    "unbuilt": "runs without a build",
    "none": "builds without a run",
    "restored": "ledgers restored",
}
WORLDS, WORLD_USERS, WORLD_DAYS = 3, 150, 20


@pytest.fixture(scope="module")
def statements(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    return compile_delta(tmp_path_factory.mktemp("delta"), DUCKDB)


@pytest.fixture(scope="module")
def postgres_statements(tmp_path_factory: pytest.TempPathFactory, postgres_server: Server) -> Mapping[str, str]:
    return compile_delta(tmp_path_factory.mktemp("delta"), Warehouse("postgres", postgres_server))


def fitting(data_source: str, user_id: str, signals: frozenset[str]) -> frozenset[str]:
    """As many as inbound_profiles would let through: an overwrite user fits one line (S8)."""
    if SOURCES[data_source][2] == "sync":
        return signals
    kept: list[str] = []
    for signal in sorted(signals):
        if len("\t".join([user_id, ",".join([*kept, signal])])) + 1 <= MAX_LINE_BYTES:
            kept.append(signal)
    return frozenset(kept)


def random_world(
    statements: Mapping[str, str],
    seed: int,
    *,
    users: int = WORLD_USERS,
    days: int = WORLD_DAYS,
    server: Server | None = None,
) -> World:
    """Many users whose signals come and go, at their own pace, for some weeks."""
    rng = random.Random(seed)
    world = World(statements, seed, server=server)
    keys = [(rng.choice(sorted(SOURCES)), f"u{number:03}") for number in range(users)]
    pace = {key: rng.choice((0.05, 0.3, 0.9)) for key in keys}
    for _ in range(days):
        desired = {}
        for key in keys:
            if rng.random() < pace[key]:
                pool = SIGNALS[owner_of(key[0])]
                now = set(world.wanted.get(key, ()))
                draw = rng.random()
                if draw < 0.2:
                    now = set()
                elif draw < 0.4:
                    now = set(rng.sample(pool, rng.randint(0, len(pool))))
                else:
                    now ^= set(rng.sample(pool, rng.randint(1, 3)))
                desired[key] = fitting(*key, frozenset(now))
        opted_out = {key[1]: rng.random() < 0.5 for key in keys if rng.random() < 0.03}
        world.live(Day(rng.choice((6, 20, 24, 24, 24, 28, 50, 75)), rng.choice(RUNS), desired, opted_out))
    world.quiesce()
    return world


def test_random_worlds(statements: Mapping[str, str], tally: Callable[[str, int], None]) -> None:
    end = time.monotonic() + float(os.environ.get("AAM_SOAK_SECONDS", "0"))
    worlds = 0
    while worlds < WORLDS or time.monotonic() < end:
        count_world(random_world(statements, worlds), tally)
        worlds += 1
    tally(f"delta: random worlds of {WORLD_USERS} users", worlds)


def count_world(world: World, tally: Callable[[str, int], None]) -> None:
    tally("delta: days lived", world.days)
    tally("delta: files applied", world.receiver.applied)
    for change, count in sorted(world.changes.items()):
        tally(f"delta: users sent as {change}", count)
    for kind, what in FAULTS.items():
        tally(f"delta: {what}", world.runs.get(kind, 0))


def test_a_random_world_on_postgres(
    postgres_statements: Mapping[str, str], postgres_server: Server, tally: Callable[[str, int], None]
) -> None:
    world = random_world(postgres_statements, 0, users=60, days=12, server=postgres_server)
    tally("delta: days on PostgreSQL", world.days)
    forgetful = broken(postgres_statements, "inbound_effects", "known_effects.is_removed = 1", "1 = 1")
    with pytest.raises(AssertionError, match="still to send"):
        random_world(forgetful, 0, users=20, days=4, server=postgres_server)


def broken(statements: Mapping[str, str], relation: str, part: str, by: str) -> dict[str, str]:
    assert part in statements[relation], f"{relation} changed: mend this test"
    return {**statements, relation: statements[relation].replace(part, by)}


@pytest.mark.parametrize(
    ("relation", "part", "by", "message"),
    [
        ("inbound_user_changes", "or effects.asserted_in is not null as is_pending", "as is_pending", "still holds"),
        ("inbound_effects", "known_effects.is_removed = 1", "1 = 1", "still to send"),
        ("inbound_user_changes", "kept_effects.effect is null\n        and", "", "adds and removes"),
        (
            "inbound_effects",
            "lower(signals.signal) = realised",
            "signals.signal = realised",
            "adds and removes|still holds|still to send",
        ),
        (
            "inbound_batches",
            "when committed_at is null then 0",
            "when committed_at is not null then 1",
            "still holds|lacks",
        ),
        ("inbound_batches", "and is_abandoned = 0", "", "still to send|lacks"),
    ],
)
@pytest.mark.thorough
def test_a_broken_delta_is_found(
    statements: Mapping[str, str], relation: str, part: str, by: str, message: str
) -> None:
    worse = broken(statements, relation, part, by)
    with pytest.raises(AssertionError, match=message):
        for seed in range(5):
            random_world(worse, seed)


def test_wanted_again_and_then_not(statements: Mapping[str, str]) -> None:
    """A trait that came, went, came back too early to be sent, and went: other changes in between don't hide it."""

    def live(statements: Mapping[str, str]) -> None:
        world = World(statements, 0, receipts=False)
        for signals in (
            ("d_sid=1", "d_sid=2"),
            ("d_sid=2",),
            ("d_sid=1", "d_sid=2"),
            # the first batch is settled, the second is not: another change writes a row
            ("d_sid=1", "d_sid=2", '"size"="1"'),
            ("d_sid=2", '"size"="1"'),
        ):
            desired = {("crm", f"u{number:02}"): frozenset(signals) for number in range(60)}
            world.live(Day(17, "normal", desired))
        world.quiesce()

    live(statements)
    forgetful = broken(statements, "inbound_user_changes", "(effects.is_wanted and not effects.is_held) or ", "")
    with pytest.raises(AssertionError, match=r"still holds {'d_sid=1'}"):
        live(forgetful)


def test_refreshes_are_spread_and_never_late(statements: Mapping[str, str]) -> None:
    """No day refreshes more than about twice its share, and nobody's whole state is older than 30 days (M6, V7)."""
    world = World(statements, 0)
    everybody = {("crm" if n % 2 else "ios", f"u{n:03}"): frozenset(("ic=a",)) for n in range(900)}
    world.live(Day(24, "normal", everybody))
    for _ in range(33):
        # a change of a part is no refresh
        part = {key: frozenset(("ic=a", "ic=b")) for key in world.random.sample(sorted(everybody), 5)}
        world.live(Day(24, "normal", part))
    refreshed = world.con.sql(
        "select refreshed_on, count(*) from aam_batch_records where change = 'refresh' group by 1 order by 1"
    ).fetchall()
    # A build also refreshes what was due on days without one.
    for (before, _), (day, users) in pairwise(refreshed):
        assert users <= 2 * 900 / 30 * (day - before).days
    [(oldest,)] = world.con.sql(
        "select max(date_diff('day', refreshed_on, cast(present as date))) from inbound_delivered, clock"
    ).fetchall()
    assert 20 < oldest <= 30


def test_a_renamed_data_source_keeps_its_users_and_an_undeclared_one_loses_them(statements: Mapping[str, str]) -> None:
    world = World(statements, 0)
    world.live(Day(24, "normal", {("android", "u"): frozenset(("d_sid=1",)), ("crm", "v"): frozenset(("d_sid=2",))}))
    world.con.execute("update input__aam_data_sources set data_source = 'phones' where data_source = 'android'")
    world.con.execute("delete from input__aam_data_sources where data_source = 'crm'")
    world.wanted = {("phones", "u"): frozenset(("d_sid=1",))}
    world._pass(timedelta(hours=100))
    world.build()
    assert world.con.sql("select data_source, dpid, change, removed from inbound_changes").fetchall() == [
        ("100001", "100001", "removed", "d_sid=2")
    ]
    assert world.con.sql(
        "select data_source, users_desired, users_known, users_lost from inbound_change_totals "
        "where users_known > 0 order by 1"
    ).fetchall() == [("100001", 0, 1, 1), ("phones", 1, 1, 0)]


USERS = [(source, user_id) for source in SOURCES for user_id in ("a", "b")]


@st.composite
def days(draw: st.DrawFn) -> Day:
    desired = {}
    for key in draw(st.lists(st.sampled_from(USERS), unique=True, max_size=3)):
        desired[key] = fitting(*key, draw(st.frozensets(st.sampled_from(SIGNALS[owner_of(key[0])]), max_size=4)))
    return Day(
        hours=draw(st.sampled_from((24, 1, 6, 49, 100))),
        run=draw(st.sampled_from(RUNS)),
        desired=desired,
        opted_out=draw(st.dictionaries(st.sampled_from(("a", "b")), st.booleans(), max_size=1)),
    )


@pytest.mark.thorough
def test_any_days(statements: Mapping[str, str], tally: Callable[[str, int], None]) -> None:
    seconds = float(os.environ.get("AAM_SOAK_SECONDS", "0"))

    @settings(max_examples=max(15, int(seconds)), derandomize=not seconds)
    @given(st.lists(days(), min_size=1, max_size=6), st.integers(0, 2**16))
    def live(these: list[Day], seed: int) -> None:
        world = World(statements, seed)
        for day in these:
            world.live(day)
        world.quiesce()
        tally("delta: lists of days by hypothesis", 1)
        count_world(world, tally)

    live()


def test_a_restored_ledger_needs_the_second_full_run(statements: Mapping[str, str]) -> None:
    """What the guard says of a lost ledger is not said in vain: a lost batch may be applied last (M2)."""

    def live(*, again: bool) -> None:
        users = [("crm", f"u{number:02}") for number in range(60)]
        world = World(statements, 0, receipts=False)
        world.live(Day(24, "normal", {key: frozenset(("d_sid=1", "d_sid=2")) for key in users}))
        world._back_up()
        world.live(Day(60, "normal", {key: frozenset(("d_sid=2",)) for key in users}))
        # the batch that took d_sid=1 away is forgotten, and may still be on its way
        world.wanted.update({key: frozenset(("d_sid=1", "d_sid=2")) for key in users})
        world.has_backup = True
        world.live(Day(1, "restored", {}))
        if not again:
            world.full_again = None
        world.quiesce()

    live(again=True)
    with pytest.raises(AssertionError, match=r"lacks {'d_sid=1'}"):
        live(again=False)
