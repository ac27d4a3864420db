"""Random histories of outbound deliveries, and who they leave in which segment, read one after the other (O30 to O36)."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

FIRST_DAY = datetime(2018, 1, 1, 15)
USERS = [f"user-{number}" for number in range(9)]
SEGMENTS = "wxyz"

Interval = tuple[str, str, str, datetime, datetime | None, datetime, str | None]
"""Destination, user, segment, valid_from, valid_to, last_seen_at, ended_by."""


@dataclass(frozen=True)
class Row:
    file_id: int
    user: str
    segments: tuple[str, ...]
    removed: tuple[str, ...]
    is_refused: bool


@dataclass(frozen=True)
class Delivery:
    destination: str
    name: str
    mode: str | None
    at: datetime
    is_complete: bool
    rows: tuple[Row, ...]
    files: tuple[int, ...]

    @property
    def refused(self) -> int:
        return sum(row.is_refused for row in self.rows)


@dataclass(frozen=True)
class History:
    destination: str
    full_is_complete: bool
    deliveries: tuple[Delivery, ...]


def histories(count: int, seed: int) -> list[History]:
    """One a destination: of few users and many, in one part or two, with rows that were refused."""
    chance = random.Random(seed)
    file_ids = iter(range(1, count * 100))
    return [_history(str(number), chance, file_ids) for number in range(count)]


def _history(destination: str, chance: random.Random, file_ids: Iterator[int]) -> History:
    refusing = chance.choice([0, 0, 0.1])
    deliveries = []
    for number in range(chance.randint(1, 6)):
        files = tuple(next(file_ids) for _ in range(chance.choice([1, 1, 2])))
        rows = tuple(_row(file, chance, refusing) for file in files for _ in range(chance.randint(0, 5)))
        at = FIRST_DAY + timedelta(days=chance.randrange(8))
        mode = chance.choice(["full", "full", "iter", None])
        deliveries.append(Delivery(destination, f"d{number}", mode, at, chance.random() < 0.9, rows, files))
    return History(destination, chance.random() < 0.5, tuple(deliveries))


def _row(file_id: int, chance: random.Random, refusing: float) -> Row:
    segments = tuple(chance.choice(SEGMENTS) for _ in range(chance.randint(0, 3)))
    removed = tuple(set(SEGMENTS) - set(segments))[: chance.randint(0, 2)]
    return Row(file_id, chance.choice(USERS), segments, removed, chance.random() < refusing)


def read(history: History) -> set[Interval]:
    """The intervals, by going through the deliveries in their order."""
    intervals: set[Interval] = set()
    open_since: dict[tuple[str, str], tuple[datetime, datetime]] = {}

    def end(key: tuple[str, str], at: datetime, reason: str) -> None:
        since, seen = open_since.pop(key)
        intervals.add((history.destination, *key, since, at, seen, reason))

    usable = [delivery for delivery in history.deliveries if delivery.is_complete]
    for delivery in sorted(usable, key=lambda one: (one.at, one.mode != "full", one.name)):
        held, left = _lists(delivery)
        is_full = delivery.mode == "full"
        is_read = is_full and bool(delivery.rows) and not delivery.refused
        listed = set().union(*held.values())
        for user, segment in sorted(open_since):
            key = (user, segment)
            if segment in held.get(user, ()):
                continue
            if not is_full and segment in left[user]:
                end(key, delivery.at, "removed_by_aam")
            elif is_read and segment not in listed:
                end(key, delivery.at, "segment_gone")
            elif (is_full and user in held and not _may_lack_rows(delivery)) or (
                is_read and history.full_is_complete and user not in held
            ):
                end(key, delivery.at, "absent_from_full")
        for user, segments in held.items():
            for segment in segments:
                since, _ = open_since.get((user, segment), (delivery.at, delivery.at))
                open_since[user, segment] = since, delivery.at
    for key, (since, seen) in open_since.items():
        intervals.add((history.destination, *key, since, None, seen, None))
    return intervals


def _lists(delivery: Delivery) -> tuple[Mapping[str, set[str]], Mapping[str, set[str]]]:
    held: defaultdict[str, set[str]] = defaultdict(set)
    left: defaultdict[str, set[str]] = defaultdict(set)
    for row in delivery.rows:
        if not row.is_refused:
            held[row.user] |= set(row.segments)
            left[row.user] |= set(row.removed)
    return dict(held), left


def _may_lack_rows(delivery: Delivery) -> bool:
    """Whether a row that was refused may be of a user who has others."""
    rows_of_users = Counter(row.user for row in delivery.rows if not row.is_refused)
    return delivery.refused > 0 and max(rows_of_users.values(), default=0) > 1


def tables(worlds: Sequence[History]) -> dict[str, tuple[dict[str, str], list[tuple[str | int | None, ...]]]]:
    """What the models read of them: columns with their types, and rows of texts."""
    deliveries = [delivery for world in worlds for delivery in world.deliveries]
    return {
        "input__aam_destinations": (
            {"destination_id": "text", "full_is_complete": "boolean"},
            [(world.destination, str(world.full_is_complete).lower()) for world in worlds],
        ),
        "segment_deliveries": (
            {
                "destination_id": "text", "delivery": "text", "sync_mode": "text", "delivered_at": "timestamp",
                "is_complete": "boolean", "user_rows": "bigint", "rejected_rows": "bigint",
            },
            [
                (each.destination, each.name, each.mode, str(each.at), str(each.is_complete).lower(), str(len(each.rows)),
                 str(each.refused))
                for each in deliveries
            ],
        ),
        "stg_aam__feedback_files": (
            {"file_id": "bigint", "destination_id": "text", "delivery": "text"},
            [(str(file), each.destination, each.name) for each in deliveries for file in each.files],
        ),
        "stg_aam__outbound_rows": (
            {"file_id": "bigint", "user_id": "text", "segments": "text", "removed_segments": "text", "reason": "text"},
            [
                (str(row.file_id), row.user, ",".join(row.segments), ",".join(row.removed),
                 "user_id_format" if row.is_refused else None)
                for each in deliveries
                for row in each.rows
            ],
        ),
        "segment_mappings": (
            {"destination_id": "text", "segment": "text", "is_active": "boolean", "answered_at": "timestamp"},
            [],
        ),
    }  # fmt: skip
