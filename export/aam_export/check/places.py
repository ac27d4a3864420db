"""The names of files and the folders they stand in (N1 to N4), and how their lines are therefore to be read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timezone

from aam_export.check.lines import (
    CUSTOMER_TYPES,
    DataLines,
    IdSyncLines,
    Lines,
    PartnerLines,
    data_id_type,
    id_sync_types,
)
from aam_export.check.report import WARNING, Tally
from aam_export.check.seeds import Seeds
from aam_export.check.sources import Source, Tree
from aam_export.errors import FileNameError
from aam_export.files.names import AAM_UUID_DPID, InboundFileName, parse_file_name, validate_partner_name

_NO_SEEDS = Seeds({}, {}, {}, {}, {})


@dataclass
class CheckedFile:
    """A file with what is known of it so far. `name` is None where the name is wrong."""

    number: int
    source: Source
    tally: Tally
    name: InboundFileName | None
    lines: Lines | None  # None: the content is not to be read
    whole_tree: bool


def place(number: int, source: Source, tally: Tally, tree: Tree, in_drop: bool, seeds: Seeds | None) -> CheckedFile:
    """Check a file's name and folder, and say how its lines are to be read."""
    *folders, text = source.parts
    name: InboundFileName | None = None
    reading = text
    try:
        name = parse_file_name(text)
    except FileNameError as error:
        inbound = re.match(r"(ftp_dpm|adobe_id|c2c_id)_", text)
        if not inbound and tree.whole and not in_drop:
            tally.add("N2", "not the name of an inbound file: passed over", severity=WARNING)
            tally.summary.readable = False
            return CheckedFile(number, source, tally, None, None, tree.whole)
        tally.add(error.rule, f"{error.message}: {error.hint}")
        reading = text if inbound else ""
    if in_drop:
        _check_folder(folders, name, tally)
    lines = _line_kind(name, reading, tally, seeds) if reading else None
    extension = text.rpartition(".")[2]
    if extension in ("pgp", "gpg"):
        tally.add("N8", "encrypted: only its name and place were checked", severity=WARNING)
        lines = None
    if source.size == 0:
        tally.add("S3", "the file is empty")
        lines = None
    tally.summary.readable = lines is not None
    return CheckedFile(number, source, tally, name, lines, tree.whole)


def date_folders(parts: tuple[str, ...]) -> list[str]:
    """The folders of a path that say a day; one of them makes it a drop's."""
    return [folder for folder in parts[:-1] if folder.startswith("date=")]


def _check_folder(folders: list[str], name: InboundFileName | None, tally: Tally) -> None:
    folder = folders[-1] if folders else ""
    match = re.fullmatch(r"date=([0-9]{4}-[0-9]{2}-[0-9]{2})", folder)
    try:
        day = date.fromisoformat(match[1]) if match else None
    except ValueError:
        day = None
    if day is None:
        tally.add("N1", "the file does not stand in a folder date=<yyyy-mm-dd>")
        return
    if len(folders) > 1:
        try:
            validate_partner_name(folders[-2])
        except FileNameError as error:
            tally.add("N1", error.message)
    if name is not None and day < datetime.fromtimestamp(name.timestamp, timezone.utc).date():
        tally.add("N1", "the folder's day lies before the UTC day of the name's timestamp", severity=WARNING)


def _line_kind(name: InboundFileName | None, text: str, tally: Tally, seeds: Seeds | None) -> Lines:
    """How to read a file's lines: by its name, or by as much of a wrong name as can be made out."""
    known = seeds or _NO_SEEDS
    stem, _, tail = text.partition(".")
    numbers = re.findall(r"(?<=_)[0-9]+(?=_|\Z)", stem)
    dpids = tuple(numbers[:-1]) if len(numbers) > 1 else tuple(numbers)
    overwrite = tail.startswith("overwrite")
    if stem.startswith(("adobe_id_", "c2c_id_")):
        prefix = "c2c_id" if stem.startswith("c2c_id_") else "adobe_id"
        id_types = id_sync_types(prefix, dpids or (AAM_UUID_DPID,), known.id_types)
        if prefix == "adobe_id" and id_types[0] in CUSTOMER_TYPES:
            tally.add("U6", f"the first column is of data source {dpids[0]}, whose IDs are no device IDs")
        return IdSyncLines(prefix, id_types)
    account = None
    if seeds is not None and dpids:
        account = seeds.account(dpids[0], dpids[1] if len(dpids) > 1 else None)
        if account is None:
            tally.add(
                "L3",
                "the seeds have no such data source and owner: traits, keys and codes were not checked",
                severity=WARNING,
            )
    tally.summary.traits_checked = account is not None
    if stem.startswith("ftp_dpm_odc_"):
        return PartnerLines(overwrite, account)
    return DataLines(data_id_type(dpids[0], known.id_types) if dpids else None, overwrite, account)
