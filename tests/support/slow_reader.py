"""A second reading of the rules, slow and simple: one line at a time, one character at a time, with nothing of the program's.

It knows data files of customers' IDs and of Google's, ID files of AAM UUIDs, and what a drop of them may be. What it says of
a drop is a set of (file, rule, line); the line is None where it is about the file as a whole, or about users.
"""

from __future__ import annotations

import gzip
import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timezone

Said = tuple[str, str, "int | None"]
HEX = "0123456789abcdef"
NOTHING = {
    "null",
    "none",
    "nan",
    "undefined",
    "unknown",
    "n/a",
    "na",
    "anonymous",
    "test",
    "0",
    "-1",
    "-",
    "nil",
    "inf",
}
HASH_OF_NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@dataclass
class Account:
    """What an account has: DPID → target data owners, onboarded traits of 4711, declared keys, codes."""

    owners: dict[str, set[str]]
    traits: set[str]
    keys: set[str]
    codes: set[str]


@dataclass
class _File:
    path: str
    base: str
    dpids: tuple[str, ...]
    timestamp: str
    mode: str
    part: int | None
    said: list[Said] = field(default_factory=list)
    users: list[tuple[int, str, list[tuple[str, str]]]] = field(default_factory=list)


def read_drop(files: Mapping[str, bytes], partner: str, account: Account | None) -> set[Said]:
    said: set[Said] = set()
    read: list[_File] = []
    for path, content in sorted(files.items()):
        if path.endswith(".processed") and path.removesuffix(".processed") in files:
            continue  # the mark of a file that stands beside it
        name = path.rpartition("/")[2].removesuffix(".processed")
        found = read_name(path, name)
        place = list(_place(path, partner, found))
        said |= {(path, rule, None) for rule in place}
        if found is None:
            said.add((path, name_rule(name), None))
            continue
        said |= {(path, rule, None) for rule in _account_rules(found, account)}
        read.append(found)
        known = account
        if account and not (
            found.dpids[0] in account.owners and (found.dpids[1:] or ("",))[0] in account.owners[found.dpids[0]]
        ):
            known = None
        said |= {(path, rule, line) for rule, line in _content(found, name, content, known)}
    said |= set(_batches(read))
    return said


def read_name(path: str, name: str) -> _File | None:
    """What a name says; None for a wrong one."""
    form = re.fullmatch(
        r"(ftp_dpm|adobe_id)((?:_[0-9]+)+)_([1-9][0-9]{9})\.(sync|overwrite)(?:\.([1-9][0-9]*))?(\.gz)?", name
    )
    if form is None:
        return None
    dpids = tuple(form[2].strip("_").split("_"))
    if form[1] == "ftp_dpm":
        if len(dpids) > 2 or any(dpid.startswith("0") for dpid in dpids):
            return None
        if (dpids[0] == "20914" and len(dpids) == 1) or "20914" in dpids[1:]:
            return None
    elif form[4] != "sync" or len(dpids) != 2 or dpids[0] == dpids[1]:
        return None
    return _File(path, form[1], dpids, form[3], form[4], int(form[5]) if form[5] else None)


def name_rule(name: str) -> str:
    """Of the wrong names that the generator makes, what is wrong first: from the left to the right, and then the DPIDs."""
    if "__" in name:
        return "N10" if name.startswith("adobe") else "N2"
    if not re.search(r"_[1-9][0-9]{9}\.", name):
        return "N3" if re.search(r"_[0-9]+\.", name) else "N2"
    if not re.search(r"\.(sync|overwrite)(\.|$)", name):
        return "N10" if name.startswith("adobe") else "N2"
    if re.search(r"\.[1-9][0-9]*\.0\.gz$", name):
        return "N8"
    if re.search(r"\.0[0-9]*(\.gz)?$", name):
        return "N7"
    if name.endswith(".zip"):
        return "N8"
    if name.startswith("adobe"):
        return "N10"
    if re.match(r"ftp_dpm_20914_[0-9]{10}\.", name) or re.match(r"ftp_dpm_[0-9]+_20914_", name):
        return "N4"
    return "N2"


def _place(path: str, partner: str, found: _File | None) -> Iterator[str]:
    folders = path.split("/")[:-1]
    day = folders[-1].removeprefix("date=") if folders and folders[-1].startswith("date=") else ""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", day) or not _is_day(day) or folders[-2:-1] != [partner]:
        yield "N1"
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", day) or not _is_day(day):
            return
    if found and date.fromisoformat(day) < datetime.fromtimestamp(int(found.timestamp), timezone.utc).date():
        yield "N1"


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _account_rules(found: _File, account: Account | None) -> Iterator[str]:
    if account is None:
        return
    if found.base == "adobe_id":
        if any(dpid != "0" and dpid not in account.owners for dpid in found.dpids):
            yield "N10"
    elif found.dpids[0] not in account.owners:
        yield "N2"
    elif (found.dpids[1:] or ("",))[0] not in account.owners[found.dpids[0]]:
        yield "N4"


def _content(found: _File, name: str, content: bytes, account: Account | None) -> Iterator[tuple[str, int | None]]:
    data = content
    if content[:2] == b"\x1f\x8b":
        if not name.endswith(".gz"):
            yield "N8", None
        flags = content[3] if len(content) > 10 else 0
        if flags & 0x08 or any(content[4:8]):
            yield "S9", None
        if flags & 0x14:
            yield "S9", None
        try:
            data = gzip.decompress(content)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            yield "N8", None
            inflate = zlib.decompressobj(31)
            data = b""
            for byte in content:
                try:
                    data += inflate.decompress(bytes([byte]))
                except zlib.error:
                    break
            if not data:
                return
    elif name.endswith(".gz") and content:
        yield "N8", None
    if not data:
        yield "S3", None
        return
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        yield "S6", None
        return
    if data.startswith(b"\xef\xbb\xbf"):
        yield "S6", 1
        data = data[3:]
    lines = data.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    else:
        yield "S6", len(lines)
    numbers: list[tuple[int, str]] = []
    for number, raw in enumerate(lines, 1):
        line = raw
        if raw.endswith(b"\r"):
            yield "S6", number
            line = raw[:-1]
        if not line:
            yield "S6", number
            continue
        text = line.decode(errors="replace")
        numbers.append((number, text.split("\t")[0]))
        # Of a line that can't be read nothing more is said, but it is a line of its user all the same.
        if len(raw) + 1 > 102_400:
            yield "S4", number
            if found.base == "ftp_dpm":
                found.users.append((number, text.split("\t")[0], []))
            continue
        rules = dict.fromkeys(_line(found, text, account, number))
        yield from ((rule, number) for rule in (rules if text.encode() == line else ["S6"]))
    if found.base == "ftp_dpm":
        yield from _forms(numbers)


def _forms(ids: list[tuple[int, str]]) -> Iterator[tuple[str, int | None]]:
    """L7 as a warning: numbers of another form, where at least half of the other IDs, if any, are plain digits."""
    forms = r"[0-9]{1,3}([.,' ][0-9]{3})+([.,]0+)?|[+-]?[0-9]+[.,]0*|[+-]?[0-9]+([.,][0-9]*)?[Ee]\+?[0-9]{1,3}|[+-][0-9]{3,}"
    lost = [number for number, text in ids if len(text) < 38 and re.fullmatch(forms, text)]
    digits = sum(1 for _, text in ids if re.fullmatch("[0-9]{1,37}", text))
    if digits * 2 >= len(ids) - len(lost):
        yield from (("L7", number) for number in lost)


def _line(found: _File, text: str, account: Account | None, number: int) -> Iterator[str]:
    pairs = found.base == "adobe_id"
    if text[-1] in "\t ":
        yield "I3" if pairs else "L6"
        text = text.rstrip("\t ")
        if not text:
            return
    columns = text.split("\t")
    if pairs:
        if len(columns) != 2:
            yield "N10"
        if rule := _id(columns[0], "uuid38"):
            yield rule
        if len(columns) > 1 and (rule := _id(columns[1], "any")):
            yield rule
        return
    if len(columns) != 2:
        yield "L1"
    if rule := _id(columns[0], "gaid" if found.dpids[0] == "20914" else "any"):
        yield rule
    meanings: list[tuple[str, str]] = []
    if len(columns) > 1:
        yield from _signals(columns[-1], found.mode == "overwrite", account, meanings)
    found.users.append((number, columns[0], meanings))


def _id(text: str, kind: str) -> str:
    if not text or text[0].isspace() or text[-1].isspace():
        return "U5"
    if any(unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp") for character in text):
        return "U5"
    if re.search(r"[^\s@]+@[^\s@]+\.[^\s@.]{2,}", text):
        return "P1"
    if encoded := re.search("%[0-9A-Fa-f]{2}", text):
        return "U2" if encoded[0].lower() == "%3a" else "U4"
    bare = text.strip("()[]{}<>\"'`").lower()
    if bare in NOTHING or text == HASH_OF_NOTHING or (len(text) > 3 and not text.strip("0")):
        return "U8"
    if kind == "uuid38":
        return "" if len(text) == 38 and all(c in "0123456789" for c in text) else "U1"
    if kind == "gaid":
        if not text.strip("0-"):
            return "U8"
        parts = text.split("-")
        fits = [len(part) for part in parts] == [8, 4, 4, 4, 12] and all(c in HEX for part in parts for c in part)
        return "" if fits else "U3"
    return "U2" if ":" in text else ""


def _signals(text: str, overwrite: bool, account: Account | None, meanings: list[tuple[str, str]]) -> Iterator[str]:
    signals, current, quoted = [], "", False
    for character in text:
        if character == '"':
            quoted = not quoted
        if character == "," and not quoted:
            signals.append(current)
            current = ""
        else:
            current += character
    if quoted:
        yield "L2"  # and what stands behind the quote can't be told apart
    else:
        signals.append(current)
    for signal in signals:
        yield from _signal(signal, overwrite, account, meanings)
    if len(set(meanings)) < len(meanings) or {value for name, value in meanings if name == "d_sid"} & {
        value for name, value in meanings if name == "d_unsid"
    }:
        yield "V6"


def _signal(signal: str, overwrite: bool, account: Account | None, meanings: list[tuple[str, str]]) -> Iterator[str]:
    if not signal:
        yield "L2"
        return
    if signal != signal.strip():
        yield "L2"
        signal = signal.strip()
    if removal := re.fullmatch(r"([0-9]+):(0|-1)", signal):
        meanings.append(("d_unsid", removal[1]))
        yield from _trait(removal[1], True, overwrite, account)
        return
    key, equals, value = signal.partition("=")
    if not equals:
        meanings.append(("ic", signal))
        if not re.fullmatch("[A-Za-z0-9_.-]+", signal) or signal.lower() in ("d_sid", "d_unsid", "ic"):
            yield "L2"
        elif account and signal not in account.codes:
            yield "L5"
        return
    in_quotes = [len(part) > 1 and part[0] == part[-1] == '"' for part in (key, value)]
    if '"' in (key[1:-1] if in_quotes[0] else key):
        yield "L2"
        return
    key = key[1:-1] if in_quotes[0] else key
    value = value[1:-1] if in_quotes[1] else value
    name = key.lower() if key.lower() in ("d_sid", "d_unsid", "ic") else key
    meanings.append((name, value))
    if name in ("d_sid", "d_unsid", "ic"):
        if any(in_quotes):
            yield "L2"
        if name != "ic":
            yield from _trait(value, name == "d_unsid", overwrite, account)
        elif not re.fullmatch("[A-Za-z0-9_.-]+", value) or (account and value not in account.codes):
            yield "L5"
        return
    if key.startswith("-"):
        yield "L4"
    elif not re.fullmatch("[A-Za-z_][A-Za-z0-9_.]*", key) or (account and key not in account.keys):
        yield "L5"
    if (
        not value
        or value != value.strip()
        or "," in value
        or '"' in value
        or any(unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp") for character in value)
    ):
        yield "L5"
    if re.search(r"[^\s@]+@[^\s@]+\.[^\s@.]{2,}", value):
        yield "P1"


def _trait(trait: str, removed: bool, overwrite: bool, account: Account | None) -> Iterator[str]:
    if removed and overwrite:
        yield "L2"
    if not re.fullmatch("[0-9]+", trait) or (account and trait not in account.traits):
        yield "L3"


def _batches(files: list[_File]) -> Iterator[Said]:
    """Rules about files and users together; whose line it is, no one need agree on."""
    for file in files:
        lines = Counter(user for _, user, _ in file.users)
        if file.mode == "overwrite" and any(count > 1 for count in lines.values()):
            yield file.path, "S8", None
        if any(count > 200 for count in lines.values()):
            yield file.path, "S5", None
    for key in {(file.base, file.dpids, file.timestamp) for file in files}:
        batch = [file for file in files if (file.base, file.dpids, file.timestamp) == key]
        for mode in ("sync", "overwrite"):
            parts = [file for file in batch if file.mode == mode]
            yield from _parts(parts)
            for at, file in enumerate(parts):
                if {user for _, user, _ in file.users} & {user for other in parts[:at] for _, user, _ in other.users}:
                    yield file.path, "S8", None
        both = [
            {user for file in batch if file.mode == mode for _, user, _ in file.users} for mode in ("sync", "overwrite")
        ]
        for file in batch:
            if file.mode == "sync" and {user for _, user, _ in file.users} & both[0] & both[1]:
                yield file.path, "V6", None
        yield from _reversed([file for file in batch if file.mode == "sync"])


def _reversed(files: list[_File]) -> Iterator[Said]:
    """A trait that one line of a user adds and another one takes away: said of the file of the last of these lines."""
    done: dict[tuple[str, str], list[tuple[str, int, str]]] = {}
    for file in files:
        for number, user, meanings in file.users:
            for name, value in meanings:
                if name in ("d_sid", "d_unsid") and re.fullmatch("[0-9]+", value):
                    done.setdefault((user, value), []).append((file.path, number, name))
    last: dict[str, tuple[str, int]] = {}
    for (user, _), operations in done.items():
        if len({name for *_, name in operations}) == 2 and len({(path, number) for path, number, _ in operations}) > 1:
            last[user] = max(last.get(user, ("", 0)), max((path, number) for path, number, _ in operations))
    yield from {(path, "V6", None) for path, _ in last.values()}


def _parts(parts: list[_File]) -> Iterator[Said]:
    numbers = sorted({file.part for file in parts if file.part is not None})
    for at, file in enumerate(parts):
        if any(other.part == file.part for other in parts[:at]):
            yield file.path, "N3", None
    if not numbers:
        return
    last = [file for file in parts if file.part == numbers[-1]][-1].path
    whole = any(file.part is None for file in parts)
    if whole or len(numbers) < numbers[-1] or numbers == [1]:
        yield last, "N7", None
