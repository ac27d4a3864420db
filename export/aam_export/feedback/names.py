"""Names of outbound files, by the template that Adobe entered for the destination (O8-O13)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone

from aam_export.errors import ConfigurationError

USUAL = "<SYNC_TYPE>_<ORDER_ID>_<MASTER_DPID>_<PID_ALIAS>_<SYNC_MODE>_<TIMESTAMP>SPLITNUM.sync"
"""O8, of which every element may be missing together with its underscore."""

_MACRO = re.compile(r"<\s*([A-Z_]+)\s*(?:;\s*format\s*=\s*\"([^\"]*)\"\s*)?>|SPLITNUM")
_DIGITS = r"[0-9]*"
_FORMS = {
    "SYNC_TYPE": "[a-z0-9]*",
    "DPID": _DIGITS,
    "MASTER_DPID": _DIGITS,
    "PID_ALIAS": "[^/]*?",
    "PIDALIAS": "[^/]*?",
    "PID": _DIGITS,
    "SYNC_MODE": "(?P<mode>full|iter)",
    "TAB": "\t",
}
_ENDINGS = re.compile(r"(?:\.(?:gz|zip))?$", re.IGNORECASE)
# Unix seconds and milliseconds of this century and the next have so many digits.
_SECONDS, _MILLISECONDS = 10, 13
# A part may be glued to the time (O11), and is then told from it by the number of digits (O12).
_TIME = rf"(?P<time>[0-9]{{{_SECONDS},}})"
_PART = r"(?P<part>-[0-9]+|[0-9]{3,})?"


@dataclass(frozen=True)
class OutboundName:
    """What a name tells. `delivery` is the name without its part and packing: files that share it are one delivery.

    `mode` is `full`, `iter` or empty, `at` the time in the name (None where it has none that can be trusted). `part` is
    what follows the seconds where these may be milliseconds as well, and else what can be no part of a time (O12).
    """

    destination_id: str
    delivery: str
    mode: str
    at: datetime | None
    part: str


@dataclass(frozen=True)
class NameTemplate:
    """A destination's names; `pattern` matches them whole, without their packing."""

    destination_id: str
    pattern: re.Pattern[str]

    def read(self, file_name: str) -> OutboundName | None:
        """What a name tells, or None where it is not of this template."""
        bare = _ENDINGS.sub("", file_name)
        found = self.pattern.fullmatch(bare)
        if not found:
            return None
        groups = found.groupdict()
        digits, part = groups.get("time") or "", groups.get("part") or ""
        seconds = digits[:_SECONDS]
        part = part or digits[_MILLISECONDS if len(digits) >= _MILLISECONDS + 3 else _SECONDS :]
        delivery = bare
        for name, replacement in sorted((("part", ""), ("time", seconds)), key=lambda pair: -_start(found, pair[0])):
            start, end = _span(found, name)
            delivery = delivery[:start] + replacement + delivery[end:]
        mode = (groups.get("mode") or "").lower()
        at = datetime.fromtimestamp(int(seconds), timezone.utc) if seconds else None
        return OutboundName(self.destination_id, delivery, mode, at, part.lstrip("-"))


def _span(found: re.Match[str], group: str) -> tuple[int, int]:
    """Where a group stands; at the end, and empty, where it does not."""
    if group not in found.re.groupindex or found.start(group) < 0:
        return len(found.string), len(found.string)
    return found.span(group)


def _start(found: re.Match[str], group: str) -> int:
    return _span(found, group)[0]


def name_template(destination_id: str, template: str | None) -> NameTemplate:
    """The template of a destination's names, empty for the usual one (O8); a wrong one raises ConfigurationError."""
    if not template:
        return NameTemplate(destination_id, _usual(destination_id))
    where = f"aam_destinations: destination {destination_id}: name_template '{template}'"
    pattern, at, seen = "", 0, set()
    for macro in _MACRO.finditer(template):
        name = macro[1] or "SPLITNUM"
        pattern += re.escape(template[at : macro.start()])
        at = macro.end()
        if name in seen:
            raise ConfigurationError(f"{where} has {name} twice", hint="write it as Adobe entered it", rule="O9")
        seen.add(name)
        pattern += _form(name, macro[2], destination_id, where)
    pattern += re.escape(template[at:])
    if left := re.search(r"[<>]", _MACRO.sub("", template)):
        raise ConfigurationError(
            f"{where} has a '{left[0]}' that belongs to no macro", hint="write it as Adobe entered it", rule="O9"
        )
    if "TIMESTAMP" not in seen:
        raise ConfigurationError(
            f"{where} has no <TIMESTAMP>, so that nothing tells a delivery from the next",
            hint="ask Adobe for a format with one",
            rule="O9",
        )
    # The packing is not the template's: it may be written or not.
    pattern = re.sub(r"\\\.(?:gz|zip)$", "", pattern)
    return NameTemplate(destination_id, re.compile(pattern, re.IGNORECASE))


def _form(name: str, format_: str | None, destination_id: str, where: str) -> str:
    if name == "ORDER_ID":
        return re.escape(destination_id)
    if name == "SPLITNUM":
        return _PART
    if name == "TIMESTAMP" and format_:
        # Not a time that can be trusted: YYYY, DD and hh are other than they look (O12).
        return "".join("[0-9]" if letter.isalpha() else re.escape(letter) for letter in format_.replace("'", ""))
    if name == "TIMESTAMP":
        return _TIME
    if name not in _FORMS:
        known = ", ".join(sorted({*_FORMS, "ORDER_ID", "SPLITNUM", "TIMESTAMP"}))
        raise ConfigurationError(
            f"{where} has <{name}>, which no name has", hint=f"names are made of {known}", rule="O9"
        )
    return _FORMS[name]


def _usual(destination_id: str) -> re.Pattern[str]:
    """O8: the elements in their order, each there or not; an empty one leaves its underscore (O13)."""
    return re.compile(
        rf"(?:{_FORMS['SYNC_TYPE']})_{re.escape(destination_id)}(?:_{_DIGITS})?(?:_[^/]*?)?_{_FORMS['SYNC_MODE']}"
        rf"_{_TIME}{_PART}\.sync",
        re.IGNORECASE,
    )


def read_name(file_name: str, templates: Iterable[NameTemplate]) -> OutboundName | None:
    """What a name tells by the one template that it fits; None where it fits none.

    Raises ConfigurationError where it fits those of several destinations: nothing is guessed.
    """
    found = [name for name in (template.read(file_name) for template in templates) if name]
    if len(found) > 1:
        named = " and ".join(name.destination_id for name in found)
        raise ConfigurationError(
            f"{file_name} fits the name templates of the destinations {named}",
            hint="write ORDER_ID, or what else tells them apart, into their name_template in aam_destinations",
            rule="O13",
        )
    return found[0] if found else None
