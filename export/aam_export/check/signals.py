"""The signals of a line: L2 to L5, and that no two of them say the same, or the contrary (V6).

What a signal may be is said twice. `fine` decides by patterns, over the distinct signals of a block; `problems` takes
the signals of one line apart, in Python, and has the last word on those that are left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aam_export.check.arrays import Mask, Positions, mask, matches, texts
from aam_export.check.ids import has_email, has_invisible
from aam_export.check.report import FAILED_TRAIT, UNCOUNTED, WARNING, Problem
from aam_export.check.seeds import Account

ADDED, REMOVED = "d_sid", "d_unsid"
RESERVED = (ADDED, REMOVED, "ic")

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


class Meant(NamedTuple):
    """What a signal says, however it is spelled: `name` is a key, or one of RESERVED."""

    name: str
    value: str


@dataclass(frozen=True, eq=False)  # compared by identity, and so a key of caches
class Signals:
    """What the signals of a file may be: by its mode, and by what the seeds say of the account, where they do."""

    overwrite: bool
    account: Account | None

    def problems(self, text: str) -> Iterator[Problem]:
        """What is wrong with the signals of a line."""
        position, meant = 0, list[Meant]()
        while True:
            token = _TOKEN.match(text, position)
            if token is None:
                doubled = '""' in text[position:]
                yield Problem("L2", "quotes are doubled" if doubled else "a quote that is not closed, or out of place")
                break
            problems, means = _read(token[1], self)
            yield from problems
            if means:
                meant.append(means)
            if not token[2]:
                break
            position = token.end()
        yield from _contradictions(meant)

    def fine(self, tokens: pa.Array) -> Mask:
        """Which of some signals, each with a comma behind it, are certainly fine by themselves."""
        found = matches(tokens, self._pattern)
        if self._listed is not None:
            found |= mask(pc.is_in(tokens, value_set=self._listed))
        return found

    @cached_property
    def _listed(self) -> pa.Array | None:
        """The account's traits and codes. As alternatives of a pattern, 5,000 of them make RE2 eighty times slower."""
        if self.account is None:
            return None
        names = (ADDED,) if self.overwrite else (ADDED, REMOVED)
        traits = [trait for trait in self.account.traits if trait.isdigit() and not self.account.trait_problem(trait)]
        listed = [f"{name}={trait}," for name in names for trait in traits]
        listed += [f"ic={code}," for code in self.account.codes if _CODE.fullmatch(code)]
        return texts([text.encode() for text in listed])

    @cached_property
    def _pattern(self) -> str:
        if self.account is None:
            key = _FINE_KEY
            names = ADDED if self.overwrite else "d_(?:un)?sid"
            forms = [rf"{names}=[0-9]+", r"ic=[A-Za-z0-9_.-]+", key, "[0-9][A-Za-z0-9_.-]*"]
            if not self.overwrite:
                forms.append("[0-9]+:(?:0|-1)")
        else:
            # A declared key that spells d_sid or ic is no plain key, whatever the seed says.
            plain = sorted(key for key in self.account.keys if re.fullmatch(_FINE_KEY, key))
            if not plain:
                return r"\A\z"
            key, forms = f"(?:{'|'.join(map(re.escape, plain))})", []
        forms += [rf'"{key}"="{_FINE_VALUE}"', rf'(?:{key}|"{key}")={_FINE_VALUE}', rf'{key}="{_FINE_VALUE}"']
        return rf"\A(?:{'|'.join(forms)}),\z"


def means(tokens: pa.Array) -> tuple[Positions, Positions, Mask]:
    """Of fine signals: numbers of what they say, of what they say it of, and whether they take a trait away.

    Two signals with the same first number say the same; with the same second number alone, the contrary.
    """
    plain = pc.replace_substring(tokens, b'"', b"")
    bare = pc.invert(pc.match_substring(plain, "="))
    if pc.any(bare).as_py():
        minus = pc.replace_substring_regex(plain, r"\A([0-9]+):(?:0|-1),", rb"d_unsid=\1,")
        coded = pc.binary_join_element_wise(b"ic=", minus, b"")
        plain = pc.if_else(pc.match_substring(minus, "="), minus, coded)
    removed = matches(plain, r"\Ad_unsid=")
    said = _numbers(plain)
    if not removed.any():
        return said, said, removed
    return said, _numbers(pc.replace_substring_regex(plain, r"\Ad_unsid=", b"d_sid=")), removed


def removes(text: str) -> bool:
    """Whether the signals of a line may take a trait away."""
    return REMOVED in text.lower() or ":" in text


def _numbers(texts: pa.Array) -> Positions:
    return np.frombuffer(texts.dictionary_encode().indices.buffers()[1], np.int32)[: len(texts)].astype(np.int64)


def _contradictions(meant: list[Meant]) -> Iterator[Problem]:
    if len(meant) < 2 or (len(set(meant)) == len(meant) and not any(name == REMOVED for name, _ in meant)):
        return
    if len(set(meant)) < len(meant):
        yield Problem("V6", "a signal stands twice on the line", UNCOUNTED)
    traits = [{value for name, value in meant if name == kind} for kind in (ADDED, REMOVED)]
    if traits[0] & traits[1]:
        yield Problem("V6", "a trait is added and taken away on one line", UNCOUNTED)


@lru_cache(maxsize=1 << 16)  # the same signals come again and again
def _read(signal: str, signals: Signals) -> tuple[tuple[Problem, ...], Meant | None]:
    return tuple(_find_problems(signal, signals)), _meaning(signal.strip())


def _meaning(signal: str) -> Meant | None:
    if removal := _REMOVAL.fullmatch(signal):
        return Meant(REMOVED, removal[1])
    if signal and "=" not in signal:
        return Meant("ic", signal)
    if pair := _PAIR.fullmatch(signal):
        name = pair[2].lower()
        return Meant(name if name in RESERVED else pair[2], pair[4])
    return None


def _find_problems(signal: str, signals: Signals) -> Iterator[Problem]:
    if not signal:
        yield Problem("L2", "an empty signal: two commas in a row, or a comma at an end")
        return
    if signal != signal.strip():
        yield Problem("L2", "a blank before or after a signal")
        signal = signal.strip()
    if removal := _REMOVAL.fullmatch(signal):
        yield from _trait_problems(removal[1], True, signals)
    elif "=" not in signal:
        yield from _code_problems(signal, signals.account, bare=True)
    elif pair := _PAIR.fullmatch(signal):
        yield from _pair_problems(pair, signals)
    else:
        doubled = '""' in signal
        yield Problem("L2", "quotes are doubled" if doubled else "a quote that is not closed, or out of place")


def _pair_problems(pair: re.Match[str], signals: Signals) -> Iterator[Problem]:
    key, value, quoted, account = pair[2], pair[4], bool(pair[3]), signals.account
    name = key.lower()
    if name in RESERVED:
        if pair[1] or quoted:
            yield Problem("L2", f"{name} between quotes, as if it were a key of one's own")
        if name == "ic":
            yield from _code_problems(value, account, bare=False)
        else:
            yield from _trait_problems(value, name == REMOVED, signals)
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
    if not _CODE.fullmatch(code) or (bare and code.lower() in RESERVED):
        if bare:
            yield Problem("L2", "a signal in none of the forms that AAM reads")
        else:
            yield Problem("L5", "an ic code is not letters, digits, _, . and -", UNCOUNTED)
    elif account is not None and code not in account.codes:
        yield Problem("L5", "an ic code that no trait of aam_traits names", UNCOUNTED)


def _trait_problems(trait_id: str, removed: bool, signals: Signals) -> Iterator[Problem]:
    if removed and signals.overwrite:
        yield Problem("L2", "a trait is removed in an .overwrite file, which AAM ignores", UNCOUNTED)
    if not (trait_id.isascii() and trait_id.isdigit()):
        yield Problem("L3", "a trait ID is not digits", FAILED_TRAIT)
    elif signals.account is not None and (why := signals.account.trait_problem(trait_id)):
        yield Problem("L3", why, FAILED_TRAIT)
