"""The names of files and the folders they stand in (N1 to N4, N10), and how their lines are therefore to be read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
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
from aam_export.check.seeds import Account, Seeds
from aam_export.check.signals import Signals
from aam_export.check.sources import Source, Tree
from aam_export.errors import FileNameError
from aam_export.files.names import (
    AAM_UUID_DPID,
    IdSyncFileName,
    InboundFileName,
    parse_file_name,
    unprocessed,
    validate_partner_name,
)

DROP, FILES = "drop", "files"
_NO_SEEDS = Seeds({}, {}, {}, {}, {})
_INBOUND = re.compile(r"(ftp_dpm|adobe_id|c2c_id)_")
# As `drops` names a file until all of it is there.
_UNFINISHED = re.compile(r"\.(ftp_dpm|adobe_id|c2c_id)_.+\.part")
# A folder that says a day, or was meant to.
_DATE_FOLDER = re.compile(r"date=|(?:date|day|dt)[=_ -]?[0-9]|[A-Za-z_]+=[0-9]{4}", re.IGNORECASE)


@dataclass
class CheckedFile:
    """A file with what is known of it so far. `name` is None where the name is wrong."""

    number: int
    source: Source
    tally: Tally
    name: InboundFileName | None
    lines: Lines | None  # None: the content is not to be read
    whole_tree: bool
    removes: bool = False

    @property
    def overwrite(self) -> bool:
        return self.lines is not None and self.lines.signals is not None and self.lines.signals.overwrite

    @property
    def compressed(self) -> bool:
        """Whether the name says gzip."""
        return unprocessed(self.source.parts[-1]).endswith(".gz")


@dataclass(frozen=True)
class Layout:
    """Whether files stand in a drop, and why they were taken for it; under which partner's folder, if that is known."""

    kind: str
    why: str
    partner: str | None = None

    @classmethod
    def of(cls, tree: Tree, asked: str | None, partner: str | None) -> Layout:
        """What a tree is `asked` to be, or else what its folders say."""
        if asked:
            return cls(asked, f"--{asked} says so", partner)
        if any(_DATE_FOLDER.match(folder) for source in tree.sources for folder in source.parts[len(tree.root) : -1]):
            return cls(DROP, "it has folders for days", partner)
        if any(folder.startswith("date=") for source in tree.sources for folder in source.parts[:-1]):
            return cls(DROP, "it stands in the folder of a day", partner)
        if partner and any(partner in source.parts[len(tree.root) : -1] for source in tree.sources):
            return cls(DROP, f"it has the partner's folder {partner}", partner)
        return cls(FILES, "no folder is named date=<yyyy-mm-dd>")


@dataclass
class Places:
    """How files are to be read by their names, and by the `seeds`, where there are any."""

    seeds: Seeds | None
    _kinds: dict[tuple[object, ...], Lines] = field(default_factory=dict)
    _accounts: dict[tuple[str, str | None], Account | None] = field(default_factory=dict)

    def place(self, number: int, source: Source, tally: Tally, tree: Tree, layout: Layout) -> CheckedFile:
        """Check a file's name and folder, and say how its lines are to be read."""
        *folders, found = source.parts
        text = unprocessed(found)
        tally.summary.processed = text != found
        name: InboundFileName | None = None
        reading = text
        in_drop = layout.kind == DROP
        if _UNFINISHED.fullmatch(text):
            tally.add(
                "V3",
                "a temporary file of an upload that was not finished, not checked: "
                "run `aam-export run` again, which finishes the upload and removes it",
                severity=WARNING,
            )
            tally.summary.readable = False
            return CheckedFile(number, source, tally, None, None, tree.whole)
        try:
            name = parse_file_name(text)
        except FileNameError as error:
            inbound = _INBOUND.match(text)
            if not inbound and tree.whole and not in_drop:
                tally.add("N2", "not the name of an inbound file: passed over", severity=WARNING)
                tally.summary.readable = False
                return CheckedFile(number, source, tally, None, None, tree.whole)
            tally.add(error.rule, f"{error.message}: {error.hint}")
            reading = text if inbound else ""
        if in_drop:
            _check_folder(folders, name, layout.partner, tally)
        if name is not None and self.seeds is not None:
            self._check_account(name, self.seeds, tally)
        lines = self._line_kind(name, reading, tally) if reading else None
        if text.rpartition(".")[2] in ("pgp", "gpg"):
            tally.add("N8", "encrypted: only its name and place were checked", severity=WARNING)
            if source.size == 0 and not tally.summary.processed:
                tally.add("S3", "the file is empty")
            lines = None
        tally.summary.readable = lines is not None
        return CheckedFile(number, source, tally, name, lines, tree.whole)

    def _check_account(self, name: InboundFileName, seeds: Seeds, tally: Tally) -> None:
        """Whether the account has the name's data sources (N2, N10), and these the target data owner (N4)."""
        if isinstance(name, IdSyncFileName):
            for dpid in name.dpids:
                if dpid != AAM_UUID_DPID and dpid not in seeds.id_types:
                    tally.add("N10", f"DPID {dpid} is not in aam_data_sources")
            return
        owners, owner = seeds.owners(name.dpid), name.target_data_owner_dpid or ""
        if not owners:
            tally.add(
                name.RULE, f"DPID {name.dpid} is not in aam_data_sources: traits, keys and codes were not checked"
            )
        elif owner not in owners:
            said = f"target data owner {owner}" if owner else "no target data owner"
            meant = " or ".join(known or "none" for known in owners)
            tally.add("N4", f"the name says {said}, aam_data_sources {meant}: traits, keys and codes were not checked")

    def _line_kind(self, name: InboundFileName | None, text: str, tally: Tally) -> Lines:
        """How to read a file's lines: by its name, or by as much of a wrong name as can be made out."""
        known = self.seeds or _NO_SEEDS
        stem, _, tail = text.partition(".")
        numbers = re.findall(r"(?<=_)[0-9]+(?=_|\Z)", stem)
        dpids = tuple(numbers[:-1]) if len(numbers) > 1 else tuple(numbers)
        if stem.startswith(("adobe_id_", "c2c_id_")):
            prefix = "c2c_id" if stem.startswith("c2c_id_") else "adobe_id"
            id_types = id_sync_types(prefix, dpids or (AAM_UUID_DPID,), known.id_types)
            if prefix == "adobe_id" and id_types[0] in CUSTOMER_TYPES:
                tally.add("U6", f"the first column is of data source {dpids[0]}, whose IDs are no device IDs")
            return self._kinds.setdefault((prefix, id_types), IdSyncLines(prefix, id_types))
        account = self._account(dpids)
        if name is None and self.seeds is not None and account is None:
            message = "the seeds have no such data source and owner: traits, keys and codes were not checked"
            tally.add("L3", message, severity=WARNING)
        tally.summary.traits_checked = account is not None
        partner = stem.startswith("ftp_dpm_odc_")
        id_type = data_id_type(dpids[0], known.id_types) if dpids and not partner else None
        key = (partner, id_type, tail.startswith("overwrite"), account)
        if key not in self._kinds:
            signals = Signals(tail.startswith("overwrite"), account)
            self._kinds[key] = PartnerLines(signals) if partner else DataLines(id_type, signals)
        return self._kinds[key]

    def _account(self, dpids: tuple[str, ...]) -> Account | None:
        """One object for the same data source and owner, so that what was learnt of it is kept."""
        if self.seeds is None or not dpids:
            return None
        key = (dpids[0], dpids[1] if len(dpids) > 1 else None)
        if key not in self._accounts:
            self._accounts[key] = self.seeds.account(*key)
        return self._accounts[key]


def _check_folder(folders: list[str], name: InboundFileName | None, partner: str | None, tally: Tally) -> None:
    folder = folders[-1] if folders else ""
    match = re.fullmatch(r"date=([0-9]{4}-[0-9]{2}-[0-9]{2})", folder)
    try:
        day = date.fromisoformat(match[1]) if match else None
    except ValueError:
        day = None
    if day is None:
        tally.add("N1", "the file does not stand in a folder date=<yyyy-mm-dd>")
        return
    above = folders[-2] if len(folders) > 1 else ""
    if any(other.startswith("date=") for other in folders[:-1]):
        tally.add("N1", "the file stands deeper than <partner>/date=<yyyy-mm-dd>/")
    elif partner is not None and above != partner:
        tally.add("N1", f"the partner's folder is not {partner}, the partner_name of the exposure")
    elif above:
        try:
            validate_partner_name(above)
        except FileNameError as error:
            tally.add("N1", error.message)
    if name is not None and day < datetime.fromtimestamp(name.timestamp, timezone.utc).date():
        tally.add("N1", "the folder's day lies before the UTC day of the name's timestamp", severity=WARNING)
