"""What Audience Manager makes of data files, written from the specification's rules alone and not from this project.

Files are applied at a random moment of their settlement window (M2, M3), sometimes twice. All that is random comes from
one seed.
"""

from __future__ import annotations

import gzip
import heapq
import random
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

# N2; parts are numbered from 1 (N7).
NAME = re.compile(
    r"ftp_dpm_(?P<dpid>\d+)(?:_(?P<owner>\d+))?_(?P<timestamp>\d{10})\.(?P<mode>sync|overwrite)(?:\.[1-9]\d*)?(?:\.gz)?"
)
SIGNAL = re.compile(r'(?:"[^"]*"|[^,"])+')
KEY_VALUE = re.compile(r'"?(?P<key>[^"=]+)"?="?(?P<value>[^"]*)"?')
MAX_LINE_BYTES, MAX_LINES = 102_400, 200  # S4, S5

User = tuple[str, str, str]  # DPID, owner of the traits (L3), user ID
Realises = Callable[[str, str, str], str | None]


def realised_by(traits: Iterable[Mapping[str, str | None]]) -> Realises:
    """(owner, key, value) → the trait's ID, if any; from rows of the list: trait_id, dpid, signal_key, signal_value.

    Keys and values are not case-sensitive (L7).
    """
    known = {
        (row["dpid"], str(row["signal_key"]).lower(), str(row["signal_value"]).lower()): row["trait_id"]
        for row in traits
        if row["signal_key"]
    }
    return lambda owner, key, value: known.get((owner, key.lower(), value.lower()))


@dataclass(frozen=True)
class Gain:
    """Something that a user was given by a file, and did not have."""

    at: datetime
    user: User
    effect: str
    file_name: str


@dataclass
class Receiver:
    """Profiles by user: the traits they have (`d_sid=…`), and the signals that realise no known trait, as written."""

    realises: Realises
    settle: timedelta
    random: random.Random
    profiles: dict[User, set[str]] = field(default_factory=dict)
    gains: list[Gain] = field(default_factory=list)
    applied: int = 0
    _waiting: list[tuple[datetime, int, str, tuple[str, ...]]] = field(default_factory=list)
    _received: int = 0

    def receive_file(self, path: Path, at: datetime) -> None:
        """A file as it stands in a drop: gzip (N8), each line with its newline (S6)."""
        text = gzip.decompress(path.read_bytes()).decode("utf-8")
        assert text.endswith("\n"), f"{path.name}: S3, S6"
        self.receive(path.name, text[:-1].split("\n"), at)

    def receive(self, name: str, lines: Iterable[str], at: datetime) -> None:
        """Lines of a file whose last byte arrived at `at`; they are applied before `at` + settle, once or twice."""
        content = tuple(lines)
        assert NAME.fullmatch(name), f"{name}: N2"
        assert content, f"{name}: S3"
        for _ in range(1 if self.random.random() < 0.8 else 2):
            self._received += 1
            moment = at + self.settle * (self.random.randrange(1000) / 1000)
            heapq.heappush(self._waiting, (moment, self._received, name, content))

    def advance(self, to: datetime) -> None:
        """Apply what is due before `to`, or at it."""
        while self._waiting and self._waiting[0][0] <= to:
            moment, _, name, lines = heapq.heappop(self._waiting)
            self._apply(name, lines, moment)

    def is_waiting(self, timestamp: int) -> bool:
        """Whether a file of that TIMESTAMP is still to be applied (again)."""
        return any(f"_{timestamp}." in name for _, _, name, _ in self._waiting)

    def effects(self, owner: str, signal: str) -> str:
        """The trait that a signal realises, as `d_sid=…`, or the signal itself."""
        match = KEY_VALUE.fullmatch(signal)
        assert match, f"{signal}: L2"
        key, value = match["key"], match["value"]
        if key == "d_sid":
            assert value.isdigit(), f"{signal}: L3"
            return signal
        trait = self.realises(owner, key, value)
        return f"d_sid={trait}" if trait else signal

    def _apply(self, name: str, lines: tuple[str, ...], moment: datetime) -> None:
        match = NAME.fullmatch(name)
        assert match
        owner = match["owner"] or match["dpid"]
        replaced: set[str] = set()
        line_counts: dict[str, int] = {}
        for line in lines:
            assert len(line.encode()) + 1 <= MAX_LINE_BYTES, f"{name}: S4"
            user_id, _, rest = line.partition("\t")
            assert user_id, f"{name}: {line!r}: U5"
            assert rest.strip(" \t") == rest != "", f"{name}: {line!r}: L1, L6"
            line_counts[user_id] = line_counts.get(user_id, 0) + 1
            assert line_counts[user_id] <= MAX_LINES, f"{name}: S5"
            user = (match["dpid"], owner, user_id)
            profile = self.profiles.setdefault(user, set())
            before = set(profile)
            # M1. Lines of one user in one file are taken together.
            if match["mode"] == "overwrite" and user_id not in replaced:
                profile.clear()
                replaced.add(user_id)
            for signal in SIGNAL.findall(rest):
                if signal.startswith("d_unsid="):
                    if match["mode"] == "sync":  # L2
                        profile.discard(signal.replace("d_unsid=", "d_sid="))
                else:
                    profile.add(self.effects(owner, signal))
            self.gains.extend(Gain(moment, user, effect, name) for effect in sorted(profile - before))
        self.applied += 1
