"""Lines of the three kinds of files: data (L1 to L6), ID synchronisation (N10, I3, U6) and the partner format (N11).

A kind says twice what a line may be. `fine` is an RE2 pattern over whole lines that only valid lines match: it decides
nearly all lines, by the thousand. `problems` takes one line apart, in Python, and has the last word on those left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from aam_export.check.ids import (
    AAM_UUID,
    DEVICE_SHAPE,
    DPUUID,
    ECID,
    HASHED_EMAIL,
    fine_id,
    has_email,
    has_invisible,
    id_problem,
)
from aam_export.check.report import FAILED_TRAIT, UNCOUNTED, WARNING, Problem
from aam_export.check.seeds import Account
from aam_export.files.names import AAM_UUID_DPID, GLOBAL_DATA_SOURCES, GLOBAL_DPIDS

DEVICE_TYPES = frozenset({AAM_UUID, ECID, *GLOBAL_DATA_SOURCES})
CUSTOMER_TYPES = frozenset({DPUUID, HASHED_EMAIL})

_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
_CODE = re.compile(r"[A-Za-z0-9_.-]+")
_REMOVAL = re.compile(r"([0-9]+):(?:0|-1)")
_TOKEN = re.compile(r'((?:"[^"]*"|[^",])*)(,|\Z)')
_PAIR = re.compile(r'("?)([^"=]*)\1=("?)(.*)\3', re.DOTALL)

# A value between quotes, or bare, that is certainly fine: ASCII without quotes, commas, @ and blanks around.
_FINE_VALUE = r"[!#-+./0-?A-~-](?: *[!#-+./0-?A-~-])*"
# Keys and bare codes that are no d_sid, d_unsid or ic in any spelling.
_FINE_KEY = (
    r"(?:[A-CE-HJ-Za-ce-hj-z_][A-Za-z0-9_.]*|[Dd](?:[A-Za-z0-9.][A-Za-z0-9_.]*)?"
    r"|[Ii](?:[ABD-Zabd-z0-9_.][A-Za-z0-9_.]*|[Cc][A-Za-z0-9_.]+)?)"
)


class Lines(Protocol):
    """A kind of file, with what its name and the seeds say about it."""

    @property
    def fine(self) -> str: ...

    def suspects(self, block: bytes) -> str:
        """RE2 pattern of lines in the block that match `fine` and are still to be looked at; empty for none."""

    def problems(self, text: str) -> Iterator[Problem]:
        """Everything that is wrong with a line (without its line end, not empty)."""


@dataclass(frozen=True)
class DataLines:
    """`<user ID><TAB><signal>,<signal>,…`."""

    id_type: str | None
    overwrite: bool
    account: Account | None

    @property
    def fine(self) -> str:
        return rf"{fine_id(self.id_type)}\t{_fine_signals(self.overwrite, self.account)}"

    def suspects(self, block: bytes) -> str:
        return _suspects(block, self.account)

    def problems(self, text: str) -> Iterator[Problem]:
        if text[-1] in "\t ":
            yield Problem("L6", "the line ends with a tab or a blank")
            if not (text := text.rstrip("\t ")):
                return
        user_id, tab, signals = text.partition("\t")
        if not tab:
            yield Problem("L1", "no tab between user ID and signals, or no signals")
        if "\t" in signals:
            yield Problem("L1", "more than one tab")
        if problem := id_problem(user_id, self.id_type):
            yield problem
        if tab:
            yield from signal_problems(signals.rpartition("\t")[2], self.overwrite, self.account)


@dataclass(frozen=True)
class PartnerLines:
    """`<ID type><TAB><user ID><TAB><signal>,…` (N11)."""

    overwrite: bool
    account: Account | None

    @property
    def fine(self) -> str:
        ids = "|".join(rf"{id_type}\t{fine_id(id_type)}" for id_type in GLOBAL_DATA_SOURCES)
        return rf"(?:{ids})\t{_fine_signals(self.overwrite, self.account)}"

    def suspects(self, block: bytes) -> str:
        return _suspects(block, self.account)

    def problems(self, text: str) -> Iterator[Problem]:
        if text[-1] in "\t ":
            yield Problem("L6", "the line ends with a tab or a blank")
            if not (text := text.rstrip("\t ")):
                return
        columns = text.split("\t")
        if len(columns) != 3 or not columns[0]:
            yield Problem("N11", "not three columns: ID type, ID, signals")
            return
        id_type = columns[0].lower()
        if problem := id_problem(columns[1], id_type if id_type in GLOBAL_DATA_SOURCES else None):
            yield problem
        yield from signal_problems(columns[2], self.overwrite, self.account)


@dataclass(frozen=True)
class IdSyncLines:
    """`<ID><TAB><ID>…`: a column for each DPID of the name (N10), of these types (None: not known)."""

    prefix: str
    id_types: tuple[str | None, ...]

    @property
    def fine(self) -> str:
        columns = [fine_id(id_type) for id_type in self.id_types]
        if self._device_column_unknown:
            columns[0] = f"(?:{DEVICE_SHAPE})"
        return r"\t".join(columns)

    def suspects(self, block: bytes) -> str:
        return ""

    @property
    def has_limits(self) -> bool:
        """Whether S7 or M8 limits how many IDs map to one."""
        return self.prefix == "c2c_id" or self.id_types[0] in GLOBAL_DATA_SOURCES

    @property
    def _device_column_unknown(self) -> bool:
        return self.prefix == "adobe_id" and self.id_types[0] is None

    def problems(self, text: str) -> Iterator[Problem]:
        if text[-1] in "\t ":
            yield Problem("I3", "the row ends with a tab or a blank")
            if not (text := text.rstrip("\t ")):
                return
        columns = text.split("\t")
        if len(columns) != len(self.id_types):
            yield Problem("N10", f"the row has not the {len(self.id_types)} columns that the name's DPIDs ask for")
        for id_type, user_id in zip(self.id_types, columns, strict=False):
            if problem := id_problem(user_id, id_type):
                yield problem
        if self._device_column_unknown and not re.fullmatch(DEVICE_SHAPE, columns[0]):
            yield Problem("U6", "the first column does not look like a device ID", UNCOUNTED, severity=WARNING)


def id_sync_types(prefix: str, dpids: tuple[str, ...], id_types: dict[str, str]) -> tuple[str | None, ...]:
    """The ID type of each column of an ID file, from its name and the `id_types` that the seeds give to DPIDs."""
    if prefix == "c2c_id":
        return DPUUID, HASHED_EMAIL
    return tuple(AAM_UUID if dpid == AAM_UUID_DPID else data_id_type(dpid, id_types) for dpid in dpids)


def data_id_type(dpid: str, id_types: dict[str, str]) -> str | None:
    """The ID type of a data source: the global one's, or what the seeds say, or None."""
    if dpid in GLOBAL_DPIDS:
        return GLOBAL_DPIDS[dpid].id_type
    id_type = id_types.get(dpid)
    return id_type if id_type in DEVICE_TYPES | CUSTOMER_TYPES else None


def signal_problems(signals: str, overwrite: bool, account: Account | None) -> Iterator[Problem]:
    """What is wrong with the signals of a line: L2, L3, L4, L5."""
    position = 0
    while True:
        token = _TOKEN.match(signals, position)
        if token is None:
            doubled = '""' in signals[position:]
            yield Problem("L2", "quotes are doubled" if doubled else "a quote that is not closed, or out of place")
            return
        yield from _signal_problems(token[1], overwrite, account)
        if not token[2]:
            return
        position = token.end()


@lru_cache(maxsize=1 << 16)  # the same signals come again and again
def _signal_problems(signal: str, overwrite: bool, account: Account | None) -> tuple[Problem, ...]:
    return tuple(_find_problems(signal, overwrite, account))


def _find_problems(signal: str, overwrite: bool, account: Account | None) -> Iterator[Problem]:
    if not signal:
        yield Problem("L2", "an empty signal: two commas in a row, or a comma at an end")
        return
    if signal != signal.strip():
        yield Problem("L2", "a blank before or after a signal")
        signal = signal.strip()
    if removal := _REMOVAL.fullmatch(signal):
        yield from _trait_problems(removal[1], True, overwrite, account)
    elif "=" not in signal:
        yield from _code_problems(signal, account, bare=True)
    elif pair := _PAIR.fullmatch(signal):
        yield from _pair_problems(pair[2], pair[4], bool(pair[3]), overwrite, account)
    else:
        doubled = '""' in signal
        yield Problem("L2", "quotes are doubled" if doubled else "a quote that is not closed, or out of place")


def _pair_problems(key: str, value: str, quoted: bool, overwrite: bool, account: Account | None) -> Iterator[Problem]:
    name = key.lower()
    if name in ("d_sid", "d_unsid"):
        yield from _trait_problems(value, name == "d_unsid", overwrite, account)
        return
    if name == "ic":
        yield from _code_problems(value, account, bare=False)
        return
    if key.startswith("-"):
        yield Problem("L4", "a key begins with a dash", UNCOUNTED)
    elif not _KEY.fullmatch(key):
        yield Problem("L5", "a key is not letters, digits, _ and . after a letter or _", UNCOUNTED)
    elif account is not None and key not in account.keys:
        yield Problem("L5", f"key {key[:40]} is not declared in aam_signal_keys", UNCOUNTED)
    if not value:
        yield Problem("L5", "an empty value", UNCOUNTED)
    elif value[0].isspace() or value[-1].isspace():
        yield Problem("L5", "a blank before or after a value", UNCOUNTED)
    elif has_invisible(value):
        yield Problem("L5", "a control or invisible character in a value", UNCOUNTED)
    if '"' in value:
        yield Problem("L5", "a quote inside a value", UNCOUNTED)
    if quoted and "," in value:
        yield Problem("L5", "a comma inside a value", UNCOUNTED, severity=WARNING)
    if has_email(value):
        yield Problem("P1", "a value is or holds an e-mail address", UNCOUNTED)


def _code_problems(code: str, account: Account | None, *, bare: bool) -> Iterator[Problem]:
    if not _CODE.fullmatch(code) or (bare and code.lower() in ("d_sid", "d_unsid", "ic")):
        if bare:
            yield Problem("L2", "a signal in none of the forms that AAM reads")
        else:
            yield Problem("L5", "an ic code is not letters, digits, _, . and -", UNCOUNTED)
    elif account is not None and code not in account.codes:
        yield Problem("L5", "an ic code that no trait of aam_traits names", UNCOUNTED)


def _trait_problems(trait_id: str, removed: bool, overwrite: bool, account: Account | None) -> Iterator[Problem]:
    if removed and overwrite:
        yield Problem("L2", "a trait is removed in an .overwrite file, which AAM ignores", UNCOUNTED)
    if not (trait_id.isascii() and trait_id.isdigit()):
        yield Problem("L3", "a trait ID is not digits", FAILED_TRAIT)
    elif account is not None and (why := account.trait_problem(trait_id)):
        yield Problem("L3", why, FAILED_TRAIT)


def _fine_signals(overwrite: bool, account: Account | None) -> str:
    names = "d_sid" if overwrite else "d_(?:un)?sid"
    forms = [rf"{names}=[0-9]+", r"ic=[A-Za-z0-9_.-]+"]
    if account is None:
        key = _FINE_KEY
        forms += [key, "[0-9][A-Za-z0-9_.-]*"]
        if not overwrite:
            forms.append("[0-9]+:(?:0|-1)")
    else:
        # A declared key that spells d_sid or ic is no plain key, whatever the seed says.
        plain = sorted(key for key in account.keys if re.fullmatch(_FINE_KEY, key))
        key = f"(?:{'|'.join(map(re.escape, plain))})"
    if account is None or plain:
        forms += [rf'"{key}"="{_FINE_VALUE}"', rf'(?:{key}|"{key}")={_FINE_VALUE}', rf'{key}="{_FINE_VALUE}"']
    signal = f"(?:{'|'.join(forms)})"
    return f"{signal}(?:,{signal})*"


# Traits and codes are many, so they are compared as sets: as alternatives of a pattern, 5,000 of them make RE2 eighty
# times slower.
_TRAITS = re.compile(rb"d_(?:un)?sid=([0-9]+)")
_CODES = re.compile(rb"[\t,]ic=([A-Za-z0-9_.-]+)")
_MANY_SUSPECTS = 100


def _suspects(block: bytes, account: Account | None) -> str:
    if account is None:
        return ""
    traits = {t for t in set(_TRAITS.findall(block)) if account.trait_problem(t.decode())}
    codes = {c for c in set(_CODES.findall(block)) if c.decode() not in account.codes}
    if not traits and not codes:
        return ""
    if len(traits) + len(codes) > _MANY_SUSPECTS:
        return "."
    found = [rf"d_(?:un)?sid={trait.decode()}" for trait in sorted(traits)]
    found += [rf"ic={re.escape(code.decode())}" for code in sorted(codes)]
    return rf"[\t,](?:{'|'.join(found)})(?:,|\s|\z)"
