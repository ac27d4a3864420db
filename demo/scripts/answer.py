"""Answer what the demo has delivered, as Audience Manager would, written from what its documentation says alone.

    make demo-loop

Reads the files that stand in a drop and writes what would come back: a mail for each data source and day, a marker
beside each file, and, 48 hours after each day's files, who is in which segment: all at first, then what changed. What
people do on the site is invented: whoever's ID the site captured may have looked at the recipes. So some are in a
segment who opted out with the grocer, of which Audience Manager knows nothing. The same drop gives the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

SEEDS = Path(__file__).resolve().parents[1] / "seeds"
DATA_FILE = re.compile(r"ftp_dpm_(\d+)(?:_(\d+))?_\d{10}\.(sync|overwrite)(?:\.\d+)?\.gz")
ID_SYNC_FILE = re.compile(r"(?:adobe_id|c2c_id)_(\d+(?:_\d+)+)_\d{10}\.sync(?:\.\d+)?\.gz")
SIGNAL = re.compile(r'(?:"[^"]*"|[^,"])+')
KEY_VALUE = re.compile(r'"?([^"=]+)"?="?([^"]*)"?')

CUSTOMERS, BROWSERS = "100001", "100003"
# Records of these need no ID that was synchronised: devices, browsers, and what is cross-device in the account.
KNOWN_BY_THEMSELVES = {"20914", "20915", BROWSERS, CUSTOMERS}
ORGANIC, LAPSED, GOLD, RECIPES = "7001001", "7001002", "7001014", "7001030"
DESTINATION, COMPANY = "1234", "1099"
AVAILABLE_AFTER = timedelta(days=2)
PARTS = 2


@dataclass(frozen=True)
class Segment:
    """A segment whose users have all of these traits; `alias` is what the destination sends in its place."""

    sid: int
    name: str
    traits: frozenset[str]
    alias: str


SEGMENTS = (
    Segment(8001001, "Recipe readers", frozenset({RECIPES}), "recipe-readers"),
    Segment(8001002, "Organic recipes", frozenset({RECIPES, ORGANIC}), "8001002"),
    Segment(8001003, "Lapsed gold", frozenset({LAPSED, GOLD}), "8001003"),
)


LABELS = (
    "Records received",
    "Format Errors",
    "Invalid AAM ID",
    "No Matching AAM ID",
    "No Trait Realized",
    "Records processed",
    "Stored Records",
    "Total devices",
    "Total signals",
    "Total unused signals",
    "Total realized traits",
    "Total removed traits",
    "Total traits failed validation",
    "Total users that have traits which failed validation",
)
"""The numbers of a mail, in their order."""


class Account:
    """What Audience Manager knows: the traits and their rules, IDs that were synchronised, and each user's traits."""

    def __init__(self) -> None:
        self._onboarded: set[tuple[str, str]] = set()
        self._rules: dict[tuple[str, str, str], str] = {}
        for row in _rows(SEEDS / "account/aam_traits.csv"):
            if row["trait_type"] == "onboarded":
                self._onboarded.add((row["dpid"], row["trait_id"]))
            if row["signal_key"]:
                self._rules[row["dpid"], row["signal_key"].lower(), row["signal_value"].lower()] = row["trait_id"]
        dpids = {row["data_source"]: row["dpid"] for row in _rows(SEEDS / "account/aam_data_sources.csv")}
        seen = _rows(SEEDS / "raw/raw_site__captured_ids.csv")
        self._known = {(dpids[row["data_source"]], row["user_id"]) for row in seen}
        self._visits = {row["user_id"]: _visit(row["user_id"]) for row in seen if row["data_source"] == "crm"}
        self._traits: dict[tuple[str, str], set[str]] = defaultdict(set)

    def synchronise(self, dpids: Iterable[str], lines: Iterable[str]) -> None:
        """Remember the IDs of an ID synchronisation file."""
        for line in lines:
            self._known.update(zip(dpids, line.split("\t"), strict=True))

    def read(self, name: re.Match[str], lines: Iterable[str], receipt: Counter[str]) -> None:
        """Apply the lines of a data file, and count them."""
        dpid, owner, mode = name[1], name[2] or name[1], name[3]
        replaced: set[str] = set()
        for line in lines:
            receipt["Records received"] += 1
            receipt["Records processed"] += 1
            user, tab, rest = line.partition("\t")
            if not user or not tab or rest != rest.strip(" \t") or not rest:
                receipt["Format Errors"] += 1
            elif dpid == BROWSERS and not re.fullmatch("[0-9]{38}", user):
                receipt["Invalid AAM ID"] += 1
            elif dpid not in KNOWN_BY_THEMSELVES and (dpid, user) not in self._known:
                receipt["No Matching AAM ID"] += 1
            else:
                if mode == "overwrite" and user not in replaced:
                    self._traits[dpid, user].clear()
                    replaced.add(user)
                self._apply(dpid, owner, user, SIGNAL.findall(rest), receipt)

    def _apply(self, dpid: str, owner: str, user: str, signals: list[str], receipt: Counter[str]) -> None:
        changed, failed = 0, 0
        for signal in signals:
            key, value = KEY_VALUE.fullmatch(signal).groups()  # type: ignore[union-attr]
            trait = value if key in ("d_sid", "d_unsid") else self._rules.get((owner, key.lower(), value.lower()))
            if trait is None:
                receipt["Total unused signals"] += 1
            elif (owner, trait) not in self._onboarded:
                failed += 1
            elif key == "d_unsid":
                self._traits[dpid, user].discard(trait)
                receipt["Total removed traits"] += 1
                changed += 1
            else:
                self._traits[dpid, user].add(trait)
                receipt["Total realized traits"] += 1
                changed += 1
        receipt["Total signals"] += len(signals)
        receipt["Total traits failed validation"] += failed
        receipt["Total users that have traits which failed validation"] += failed > 0
        receipt["No Trait Realized"] += not changed
        receipt["Stored Records"] += changed > 0
        receipt["Total devices"] += changed > 0

    def members(self, day: date) -> dict[str, list[str]]:
        """Customer → the aliases of their segments on a day, of those who have a device that they can be sent by."""
        found = {}
        for dpid, user in sorted(self._known):
            if dpid == CUSTOMERS:
                traits = set(self._traits[dpid, user])
                if self._visits.get(user, date.max) <= day:
                    traits.add(RECIPES)
                if segments := [segment.alias for segment in SEGMENTS if segment.traits <= traits]:
                    found[user] = segments
        return found


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def _visit(user: str) -> date:
    """The day on which somebody whom the site knows looked at the recipes: about half did in December."""
    number = int(hashlib.sha256(f"recipes {user}".encode()).hexdigest()[:8], 16)
    return date(2017, 12, 1) + timedelta(days=number % 30) if number % 64 < 30 else date(2018, 1, number % 28 + 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("drop", type=Path)
    parser.add_argument("answers", type=Path)
    options = parser.parse_args()
    account = Account()
    before: dict[str, list[str]] | None = None
    days = sorted(options.drop.glob("*/date=*"))
    for folder in days:
        day = date.fromisoformat(folder.name.removeprefix("date="))
        _answer_day(account, folder, day, options.answers / "mails")
        now = account.members(day + AVAILABLE_AFTER)
        _send(options.answers / "outbound", before, now, day + AVAILABLE_AFTER)
        before = now
        print(f"{folder.name}: read, {len(now):,} customers in {len(SEGMENTS)} segments")
    _tell_segments(options.answers / "api", day + AVAILABLE_AFTER)


def _answer_day(account: Account, folder: Path, day: date, mails: Path) -> None:
    """Read a day's files, those of ID synchronisations first; mail what became of the others, and mark all."""
    files = sorted(path for path in folder.iterdir() if path.suffix == ".gz")
    named: dict[tuple[str, str | None], list[str]] = defaultdict(list)
    receipts: dict[tuple[str, str | None], Counter[str]] = defaultdict(Counter)
    for path in files:
        if sync := ID_SYNC_FILE.fullmatch(path.name):
            account.synchronise(sync[1].split("_"), _lines(path))
    for path in files:
        if data := DATA_FILE.fullmatch(path.name):
            account.read(data, _lines(path), receipts[data[1], data[2]])
            named[data[1], data[2]].append(f"s3n://example-aam-bucket/{day}/{path.name.removesuffix('.gz')}")
        _write(folder / f"{path.name}.processed", b"", _at(day, 20))
    for number, (group, names) in enumerate(sorted(named.items(), key=str)):
        began = _at(day, 18) + timedelta(minutes=7 * number)
        ended = began + timedelta(minutes=5)
        mail = EmailMessage()
        mail["From"], mail["To"] = "aam-noreply@adobe.com", "aam-receipts@example.com"
        mail["Subject"] = "Adobe Audience Manager Server-To-Server Processing Result:"
        mail["Date"], mail["Message-ID"] = format_datetime(ended), f"<{day}.{group[0]}@mail.example.com>"
        said = [f"Dear Adobe Partner: (ID:{COMPANY})", "", "File name:", "", *names, ""]
        said += [f"{label}: {receipts[group][label]}" for label in LABELS]
        said += [f"Job start time: {began:%Y-%m-%d %H:%M:%S}", f"Job end time: {ended:%Y-%m-%d %H:%M:%S}", ""]
        mail.set_content("\n".join(said), cte="7bit")
        _write(mails / f"{day}_{group[0]}.eml", mail.as_bytes(), ended)


def _send(folder: Path, before: Mapping[str, list[str]] | None, now: Mapping[str, list[str]], day: date) -> None:
    """A delivery of the destination: all at first, in parts, then what changed; with its transfer-control file."""
    rows = []
    for user in sorted({*now, *(before or {})}):
        listed, held = now.get(user, []), (before or {}).get(user, [])
        left = [segment for segment in held if segment not in listed]
        if before is None or listed != held:
            rows.append(f"{user}\t{','.join(listed)}\t{','.join(left)}\n")
    at = _at(day, 14)
    root = f"s3_{DESTINATION}_{CUSTOMERS}_{'full' if before is None else 'iter'}_{int(at.timestamp())}"
    told = []
    for part in range(PARTS if before is None else 1):
        content = rows[part::PARTS] if before is None else rows
        packed = gzip.compress("".join(content).encode(), mtime=0)
        name = f"{root}{f'{part:03}' if part else ''}.sync.gz"
        _write(folder / name, packed, at)
        told.append(
            {
                "FileByteSize": len(packed),
                "FileLineCount": len(content),
                "FileName": name,
                "FileSequenceNumber": part + 1,
                "md5": hashlib.md5(packed, usedforsecurity=False).hexdigest(),
            }
        )
    totals = {
        "FileName": f"{root}.sync",
        "TotalByteSize": sum(int(str(file["FileByteSize"])) for file in told),
        "TotalNumberFiles": len(told),
        "TotalNumberLines": len(rows),
    }
    _write(folder / f"{root}.info", json.dumps({"Files": told, "Totals": totals}, indent=2).encode(), at)


def _tell_segments(folder: Path, day: date) -> None:
    """What the API answers about the segments and their mappings to the destination."""
    segments = [
        {
            "sid": segment.sid,
            "name": segment.name,
            "status": "ACTIVE",
            "segmentRule": " AND ".join(f"FREQUENCY([{trait}T])>=1" for trait in sorted(segment.traits)),
        }
        for segment in SEGMENTS
    ]
    mappings = [
        {
            "destinationMappingId": number,
            "destinationId": int(DESTINATION),
            "sid": segment.sid,
            "elementName": segment.name,
            "elementStatus": "active",
            "traitAlias": segment.alias,
        }
        for number, segment in enumerate(SEGMENTS, 1)
    ]
    _write(folder / "segments.json", json.dumps(segments, indent=2).encode(), _at(day, 15))
    _write(folder / "mappings.json", json.dumps(mappings, indent=2).encode(), _at(day, 15))


def _lines(path: Path) -> list[str]:
    return gzip.decompress(path.read_bytes()).decode("utf-8").removesuffix("\n").split("\n")


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), timezone.utc)


def _write(path: Path, data: bytes, at: datetime) -> None:
    """A file that arrived at a time of the demo's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (at.timestamp(), at.timestamp()))


if __name__ == "__main__":
    main()
