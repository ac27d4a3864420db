"""Names of inbound files and the keys under which they stand in a drop: N1 to N8, N10 and N11.

A name object is checked when it is made, so whoever holds one holds a valid name; `str()` spells it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from aam_export.errors import FileNameError

SYNC_MODES = ("sync", "overwrite")
EXTENSIONS = ("", "gz", "pgp", "gpg")
ID_SYNC_PREFIXES = ("adobe_id", "c2c_id")
# Endings that say how a file is packed; all but three of them are refused as such (N8).
_PACKINGS = frozenset({"7z", "asc", "bz2", "gpg", "gz", "gzip", "pgp", "rar", "tar", "tgz", "xz", "z", "zip"})

# What Audience Manager puts behind the name of a file that it has read (R9, M4).
PROCESSED = ".processed"

# In the name of an ID file, this DPID stands for AAM UUIDs (N10).
AAM_UUID_DPID = "0"

_UUID_LOWER = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_UUID_UPPER = r"[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}"
_ALPHANUMERIC = r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*"


@dataclass(frozen=True)
class GlobalDataSource:
    """A data source that all customers share (N6): `pattern` matches a whole ID, `form` says it in words."""

    id_type: str
    dpid: str
    pattern: re.Pattern[str]
    form: str


GLOBAL_DATA_SOURCES: dict[str, GlobalDataSource] = {
    id_type: GlobalDataSource(id_type, dpid, re.compile(pattern), form)
    for id_type, dpid, pattern, form in (
        ("gaid", "20914", _UUID_LOWER, "8-4-4-4-12 lowercase hex digits"),
        ("idfa", "20915", _UUID_UPPER, "8-4-4-4-12 uppercase hex digits"),
        ("rida", "121963", _UUID_LOWER, "8-4-4-4-12 lowercase hex digits"),
        ("maid", "389146", _ALPHANUMERIC, "letters and digits"),
        ("tifa", "963906", _ALPHANUMERIC, "letters and digits"),
        ("fire_tv", "488258", _UUID_LOWER, "8-4-4-4-12 lowercase hex digits"),
        ("lgudid", "1171485", _UUID_LOWER, "8-4-4-4-12 lowercase hex digits"),
        ("vizio_ifa", "1171489", _ALPHANUMERIC, "letters and digits"),
    )
}
GLOBAL_DPIDS: dict[str, GlobalDataSource] = {source.dpid: source for source in GLOBAL_DATA_SOURCES.values()}


@dataclass(frozen=True)
class _DataName:
    """What names in both data formats say: whose IDs, whose traits, when (UTC Unix seconds), how, and which part."""

    PREFIX: ClassVar[str]
    RULE: ClassVar[str]

    dpid: str
    target_data_owner_dpid: str | None
    timestamp: int
    sync_mode: str
    split_number: int | None = None
    extension: str = ""

    def __post_init__(self) -> None:
        _check_dpid(self.dpid, self.RULE)
        if self.target_data_owner_dpid is not None:
            _check_dpid(self.target_data_owner_dpid, self.RULE)
        if self.target_data_owner_dpid in GLOBAL_DPIDS:
            raise FileNameError(
                f"the target data owner {self.target_data_owner_dpid} is the global data source "
                f"{GLOBAL_DPIDS[self.target_data_owner_dpid].id_type}, which owns no traits",
                hint="name the data source of your own whose traits these IDs qualify for "
                "(target_data_owner_dpid in the seed aam_data_sources)",
                rule="N4",
            )
        self._check_owner()
        _check_tail(self.timestamp, self.sync_mode, self.split_number, self.extension)

    def _check_owner(self) -> None:
        """Refuse a name that does not say whose traits are meant, where it must."""

    def __str__(self) -> str:
        dpids = (self.dpid, self.target_data_owner_dpid)
        return _spell(self.PREFIX, dpids, self.timestamp, self.sync_mode, self.split_number, self.extension)


class DataFileName(_DataName):
    """Name of a data file (N2)."""

    PREFIX, RULE = "ftp_dpm", "N2"

    def _check_owner(self) -> None:
        if self.target_data_owner_dpid is None and self.dpid in GLOBAL_DPIDS:
            raise FileNameError(
                f"DPID {self.dpid} is the global data source {GLOBAL_DPIDS[self.dpid].id_type}, "
                "and the name says no target data owner",
                hint="name the data source whose traits these IDs qualify for "
                "(target_data_owner_dpid in the seed aam_data_sources)",
                rule="N4",
            )


class PartnerFileName(_DataName):
    """Name of a file in the partner format (N11), which is read and never written."""

    PREFIX, RULE = "ftp_dpm_odc", "N11"


@dataclass(frozen=True)
class IdSyncFileName:
    """Name of an ID synchronisation file (N10): `dpids` in the order of the columns, "0" for AAM UUIDs."""

    prefix: str
    dpids: tuple[str, ...]
    timestamp: int
    split_number: int | None = None
    extension: str = ""

    def __post_init__(self) -> None:
        if self.prefix not in ID_SYNC_PREFIXES:
            raise FileNameError(
                f"{self.prefix!r} does not begin the name of an ID file",
                hint="use adobe_id or c2c_id",
                rule="N10",
            )
        if len(self.dpids) < 2 or (self.prefix == "c2c_id" and len(self.dpids) != 2):
            raise FileNameError(
                f"an {self.prefix} file names {len(self.dpids)} DPIDs",
                hint="c2c_id takes two DPIDs: customer IDs, hashed e-mails"
                if self.prefix == "c2c_id"
                else "adobe_id takes two DPIDs or more: device IDs first, then what they map to",
                rule="N10",
            )
        for dpid in self.dpids:
            if self.prefix == "c2c_id" or dpid != AAM_UUID_DPID:
                _check_dpid(dpid, "N10")
        if len(set(self.dpids)) < len(self.dpids):
            raise FileNameError(
                f"a DPID stands twice in {'_'.join(self.dpids)}",
                hint="name each column's DPID once",
                rule="N10",
            )
        _check_tail(self.timestamp, "sync", self.split_number, self.extension)

    def __str__(self) -> str:
        return _spell(self.prefix, self.dpids, self.timestamp, "sync", self.split_number, self.extension)


InboundFileName = DataFileName | IdSyncFileName | PartnerFileName

_HEAD = re.compile(r"(ftp_dpm_odc|ftp_dpm|adobe_id|c2c_id)_([^.]*)")
_NUMBERS = re.compile(r"[0-9]+(?:_[0-9]+)+")


def parse_file_name(text: str) -> InboundFileName:
    """Read the name of an inbound file (no folder); `FileNameError` says which rule it breaks.

    For every valid `text`, `str(parse_file_name(text)) == text`.
    """
    stem, *dotted = text.split(".")
    head = _HEAD.fullmatch(stem)
    if head is None:
        raise FileNameError(
            "the name does not begin as an inbound file's",
            hint="data files begin with ftp_dpm_<DPID>, ID files with adobe_id_ or c2c_id_",
            rule="N2",
        )
    prefix, middle = head.groups()
    kind = next((name for name in (DataFileName, PartnerFileName) if prefix == name.PREFIX), None)
    form_rule = kind.RULE if kind else "N10"
    if not _NUMBERS.fullmatch(middle):
        raise FileNameError(
            f"{prefix}_ is not followed by a DPID and a timestamp, both numbers",
            hint="join DPIDs and timestamp by single underscores",
            rule=form_rule,
        )
    *dpids, timestamp = middle.split("_")
    if not re.fullmatch(r"[1-9][0-9]{9}", timestamp):
        raise FileNameError(
            f"the timestamp has {len(timestamp)} digits" if len(timestamp) != 10 else "the timestamp begins with 0",
            hint="write UTC Unix seconds, 10 digits",
            rule="N3",
        )
    sync_mode, split_number, extension = _read_tail(dotted, form_rule)
    if kind is None:
        if sync_mode != "sync":
            raise FileNameError("ID files are .sync, there is no .overwrite for them", hint="name it .sync", rule="N10")
        return IdSyncFileName(prefix, tuple(dpids), int(timestamp), split_number, extension)
    if not 1 <= len(dpids) <= 2:
        raise FileNameError(
            f"the name has {len(dpids)} DPIDs",
            hint="name the data source, and at most one target data owner",
            rule=form_rule,
        )
    target = dpids[1] if len(dpids) == 2 else None
    return kind(dpids[0], target, int(timestamp), sync_mode, split_number, extension)


def unprocessed(text: str) -> str:
    """A file's name as it was given, whether or not the receiver has marked it as read (R9)."""
    return text.removesuffix(PROCESSED)


def object_key(partner_name: str, day: date, file_name: InboundFileName) -> str:
    """Where a file stands below the destination (N1): `day` is the UTC day on which it is sent."""
    validate_partner_name(partner_name)
    return f"{partner_name}/date={day:%Y-%m-%d}/{file_name}"


_PARTNER_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9 !_.'()-]*[A-Za-z0-9!_.'()-])?")


def validate_partner_name(partner_name: str) -> None:
    """Refuse a partner name that would not make one plain folder on every kind of drop (N1).

    Allowed are ASCII letters and digits, `! _ . ' ( ) -` and blanks inside: what Amazon calls safe in a key,
    without the asterisk, which file systems and shells read as something else.
    """
    if (
        _PARTNER_NAME.fullmatch(partner_name)
        and ".." not in partner_name
        and len(partner_name) <= 255  # one folder's name on common file systems
    ):
        return
    problem = "is empty" if not partner_name else f"{partner_name[:40]!r} can't be a folder of the drop"
    raise FileNameError(
        f"the partner name {problem}",
        hint="use the company's name as AAM has it: ASCII letters, digits, blanks inside and ! _ . ' ( ) -, "
        "no slash, no leading dot, no '..' (meta.aam.partner_name of the exposure aam_drop)",
        rule="N1",
    )


def _check_dpid(dpid: str, rule: str) -> None:
    if not re.fullmatch(r"[1-9][0-9]*", dpid):
        raise FileNameError(
            f"{dpid!r} is no DPID",
            hint="a DPID is a whole number, written in digits, without leading zero",
            rule=rule,
        )


def _check_tail(timestamp: int, sync_mode: str, split_number: int | None, extension: str) -> None:
    if not 1_000_000_000 <= timestamp <= 9_999_999_999:
        raise FileNameError(
            f"{timestamp} is no timestamp of 10 digits",
            hint="give UTC Unix seconds, neither milliseconds nor a date",
            rule="N3",
        )
    if sync_mode not in SYNC_MODES:
        raise FileNameError(f"{sync_mode!r} is no sync mode", hint="use sync or overwrite", rule="N2")
    if split_number is not None and split_number < 1:
        raise FileNameError(
            f"split number {split_number} is below 1", hint="count the parts of a file from 1", rule="N7"
        )
    if extension not in EXTENSIONS:
        raise FileNameError(
            f"a name can't end in .{extension}",
            hint="compress with gzip (.gz), or encrypt (.pgp or .gpg) instead",
            rule="N8",
        )


def _spell(
    prefix: str,
    dpids: Sequence[str | None],
    timestamp: int,
    sync_mode: str,
    split_number: int | None,
    extension: str,
) -> str:
    numbers = "_".join(dpid for dpid in dpids if dpid is not None)
    split = "" if split_number is None else f".{split_number}"
    return f"{prefix}_{numbers}_{timestamp}.{sync_mode}{split}{extension and '.' + extension}"


def _read_tail(dotted: list[str], form_rule: str) -> tuple[str, int | None, str]:
    """What follows the first dot: sync mode, split number, extension."""
    if not dotted or dotted[0] not in SYNC_MODES:
        raise FileNameError(
            "the timestamp is not followed by .sync or .overwrite",
            hint="say how AAM takes the file: .sync adds, .overwrite replaces",
            rule=form_rule,
        )
    sync_mode, *rest = dotted
    split_number: int | None = None
    if rest and re.fullmatch(r"[0-9]{1,18}", rest[0]):
        if rest[0].startswith("0"):
            raise FileNameError(
                f"{rest[0]} is no split number",
                hint="count the parts of a file from 1, no leading zero",
                rule="N7",
            )
        split_number = int(rest.pop(0))
    if len(rest) == 2 and "gz" in rest and {"pgp", "gpg"} & set(rest):
        raise FileNameError(
            "the name says gzip and PGP",
            hint="PGP compresses by itself: .pgp or .gpg instead of .gz",
            rule="N8",
        )
    if len(rest) > 1 or (rest and rest[0] not in EXTENSIONS[1:]):
        raise FileNameError(
            f"the name can't end in .{'.'.join(rest)}",
            hint="only a split number and .gz, .pgp or .gpg may follow",
            rule="N8" if rest[-1].lower() in _PACKINGS else form_rule,
        )
    return sync_mode, split_number, rest[0] if rest else ""
