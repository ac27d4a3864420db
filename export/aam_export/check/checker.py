"""Check files and what they are together: names and places (N1 to N4, N7), then each file's content, then batches.

The three stand in one file because they hand one list of files on to each other, and nothing else uses them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timezone
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from aam_export.check.content import MAX_LINE_BYTES, Block, UnreadableError, clean_utf8, read_lines
from aam_export.check.ids import SHAPES, SUSPICIOUS
from aam_export.check.lines import (
    CUSTOMER_TYPES,
    DataLines,
    IdSyncLines,
    Lines,
    PartnerLines,
    data_id_type,
    id_sync_types,
)
from aam_export.check.report import WARNING, CheckReport, Tally
from aam_export.check.seeds import Seeds
from aam_export.check.sources import Source, Tree, local_trees
from aam_export.check.users import (
    MAX_CUSTOMERS_A_DEVICE,
    MAX_DEVICES_A_CUSTOMER,
    MAX_EMAILS_A_CUSTOMER,
    MAX_LINES_A_USER,
    UserIndex,
)
from aam_export.errors import ConfigurationError, FileNameError
from aam_export.files.names import (
    AAM_UUID_DPID,
    GLOBAL_DPIDS,
    IdSyncFileName,
    InboundFileName,
    parse_file_name,
    validate_partner_name,
)

MB, GB = 10**6, 10**9
_NO_SEEDS = Seeds({}, {}, {}, {}, {})
_TAB, _NEWLINE, _RETURN = 9, 10, 13
_CASELESS_UUID = r"\A[0-9]{8}-[0-9-]{27}\t"  # fits both kinds of UUID, and so tells nothing about N5


@dataclass
class _File:
    """A file with what is known of it so far. `name` is None where the name is wrong."""

    number: int
    source: Source
    tally: Tally
    name: InboundFileName | None
    lines: Lines | None  # None: the content is not to be read
    whole_tree: bool


def check_paths(
    paths: Iterable[Path],
    seeds: Seeds | None = None,
    *,
    max_examples: int = 5,
    on_bytes: Callable[[int], None] = lambda size: None,
) -> CheckReport:
    """Check local files and folders against the rules; `seeds` adds what only the AAM account knows (L3, L5, U).

    `max_examples` is how many lines are kept for each kind of violation, `on_bytes` is told of progress in bytes read.
    Raises ConfigurationError for a path that does not exist or can't be read.
    """
    return check_trees(local_trees(paths), seeds, max_examples=max_examples, on_bytes=on_bytes)


def check_trees(
    trees: Iterable[Tree],
    seeds: Seeds | None = None,
    *,
    max_examples: int = 5,
    on_bytes: Callable[[int], None] = lambda size: None,
) -> CheckReport:
    """The same for files from any kind of drop."""
    files: list[_File] = []
    taken: set[tuple[str, ...]] = set()
    for tree in trees:
        in_drop = any(_date_folders(source.parts) for source in tree.sources)
        for source in tree.sources:
            if source.parts in taken:
                continue
            taken.add(source.parts)
            tally = Tally(source.label, source.size, max_examples)
            files.append(_place(len(files), source, tally, tree, in_drop, seeds))
    with UserIndex(max_examples) as users:
        for file in files:
            if file.lines is not None:
                _check_content(file, file.lines, users, on_bytes)
        _check_batches(files, users)
    return CheckReport(
        tuple(file.tally.summary for file in files),
        tuple(violation for file in files for violation in file.tally.violations()),
    )


# Names and places


def _place(number: int, source: Source, tally: Tally, tree: Tree, in_drop: bool, seeds: Seeds | None) -> _File:
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
            return _File(number, source, tally, None, None, tree.whole)
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
    return _File(number, source, tally, name, lines, tree.whole)


def _date_folders(parts: tuple[str, ...]) -> list[str]:
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


# Content


def _check_content(file: _File, lines: Lines, users: UserIndex, on_bytes: Callable[[int], None]) -> None:
    tally, summary = file.tally, file.tally.summary
    shapes = _Shapes() if isinstance(lines, DataLines) else None
    fine = rf"\A(?:{lines.fine})\r?\n\z"
    number = 1
    try:
        with file.source.open() as stream:
            compressed = file.source.parts[-1].endswith(".gz")
            for block in read_lines(stream, compressed, tally.add, on_bytes):
                summary.uncompressed_bytes += len(block.data)
                if block.cut:
                    _too_long(tally, number)
                    number += 1
                    continue
                number += _check_block(file, lines, block, fine, number, users, shapes)
    except UnreadableError as error:
        tally.add("N8", f"{error}; read up to line {number - 1}")
        summary.readable = False
    except OSError as error:
        raise ConfigurationError(
            f"{file.source.label} can't be read: {error.strerror or error}", hint="see to its permissions"
        ) from error
    if number == 1 and summary.readable:
        tally.add("S3", "the file has no lines")
    if shapes is not None:
        shapes.report(tally)
    _check_size(tally)


def _check_block(
    file: _File,
    lines: Lines,
    block: Block,
    fine: str,
    first_number: int,
    users: UserIndex,
    shapes: _Shapes | None,
) -> int:
    """Check some lines, of which the first has the number `first_number`; the number of lines."""
    tally = file.tally
    data, broken = clean_utf8(block.data)
    view = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(view == _NEWLINE) + 1
    starts = np.concatenate((np.zeros(1, np.int64), ends[:-1]))
    lengths = ends - starts
    returns = (lengths > 1) & (view[np.maximum(ends - 2, 0)] == _RETURN)
    blank = lengths - returns == 1
    too_long = lengths > MAX_LINE_BYTES
    numbers = np.arange(first_number, first_number + len(ends), dtype=np.int64)

    def add(rule: str, message: str, where: npt.NDArray[np.bool_]) -> None:
        if count := int(np.count_nonzero(where)):
            some = numbers[where][: tally.max_examples].tolist()
            tally.add(rule, message, count=count, lines=some)

    add("S6", "a carriage return before the newline", returns)
    add("S6", "a blank line", blank)
    undecodable = np.zeros(len(ends), np.bool_)
    undecodable[np.searchsorted(ends, broken, side="right")] = True
    add("S6", "bytes that are not UTF-8", undecodable)
    add("S4", _TOO_LONG, too_long)
    tally.summary.format_errors += int(np.count_nonzero(undecodable | too_long))

    offsets = np.concatenate((starts, ends[-1:])).astype(np.int32)
    buffers = pa.py_buffer(offsets), pa.py_buffer(data)
    raw = pa.Array.from_buffers(pa.binary(), len(ends), [None, *buffers])
    look = ~_matches(raw, fine) | _matches(raw, SUSPICIOUS)
    if suspects := lines.suspects(data):
        look |= _matches(raw, suspects)
    for index in np.flatnonzero(look & ~blank & ~undecodable & ~too_long).tolist():
        end = int(ends[index]) - 1 - int(returns[index])
        text = data[int(starts[index]) : end].decode()
        tally.add_line(list(lines.problems(text)), first_number + index)

    tally.summary.records_received += int(np.count_nonzero(~blank))
    text_lines = pa.Array.from_buffers(pa.string(), len(ends), [None, *buffers])
    if blank.any():
        keep = ~blank
        text_lines, numbers = text_lines.filter(pa.array(keep)), numbers[keep]
    if isinstance(lines, IdSyncLines):
        if lines.has_limits:
            users.add_pairs(file.number, text_lines, numbers, len(lines.id_types))
    else:
        users.add_lines(file.number, text_lines, numbers, 2 if isinstance(lines, PartnerLines) else 1)
    if shapes is not None:
        shapes.add(view, starts, ends, raw, first_number)
    return len(ends)


_TOO_LONG = f"a line of more than {MAX_LINE_BYTES:,} bytes"


def _too_long(tally: Tally, number: int) -> None:
    tally.add("S4", _TOO_LONG, number)
    tally.summary.records_received += 1
    tally.summary.format_errors += 1


def _matches(lines: pa.Array, pattern: str) -> npt.NDArray[np.bool_]:
    """Which lines an RE2 pattern matches, byte by byte."""
    found: npt.NDArray[np.bool_] = pc.match_substring_regex(lines, pattern).to_numpy(zero_copy_only=False)
    return found


class _Shapes:
    """Counts what the IDs of a data file look like, to find files that mix kinds of IDs (N5)."""

    def __init__(self) -> None:
        self._counts = dict.fromkeys(SHAPES, 0)
        self._first = dict.fromkeys(SHAPES, 0)

    def add(
        self,
        view: npt.NDArray[np.uint8],
        starts: npt.NDArray[np.int64],
        ends: npt.NDArray[np.int64],
        lines: pa.Array,
        first_number: int,
    ) -> None:
        tabs = np.append(np.flatnonzero(view == _TAB), len(view))
        first_tabs = tabs[np.searchsorted(tabs, starts)]
        lengths = np.where(first_tabs < ends, first_tabs - starts, 0)
        for shape, (length, pattern) in SHAPES.items():
            of_length = np.flatnonzero(lengths == length)
            if not len(of_length):
                continue
            candidates = lines.take(pa.array(of_length))
            alike = of_length[_matches(candidates, rf"\A{pattern}\t") & ~_matches(candidates, _CASELESS_UUID)]
            if len(alike):
                self._first[shape] = self._first[shape] or first_number + int(alike[0])
                self._counts[shape] += len(alike)

    def report(self, tally: Tally) -> None:
        present = sorted((shape for shape in SHAPES if self._counts[shape]), key=lambda s: -self._counts[s])
        for shape in present[1:]:
            tally.add(
                "N5",
                f"{shape} among {present[0]}: more than one kind of ID",
                count=self._counts[shape],
                lines=[self._first[shape]],
            )


def _check_size(tally: Tally) -> None:
    packed, unpacked = tally.summary.compressed_bytes, tally.summary.uncompressed_bytes
    if unpacked > 5 * GB:
        tally.add("S2", f"{unpacked / GB:.1f} GB uncompressed, the limit is 5 GB")
    elif unpacked > GB:
        tally.add("S1", f"{unpacked / GB:.1f} GB uncompressed: split at 1 GB", severity=WARNING)
    if packed < unpacked and packed > GB:
        tally.add("S2", f"{packed / GB:.1f} GB compressed, the limit is 1 GB")
    elif packed < unpacked and packed > 300 * MB:
        tally.add("S1", f"{packed / MB:.0f} MB compressed: split at 200-300 MB", severity=WARNING)


# Batches


def _check_batches(files: list[_File], users: UserIndex) -> None:
    """Parts of one split set, the two modes of one timestamp, and one user's lines in all of them."""
    sets: dict[str, list[_File]] = {}
    batches: dict[InboundFileName, list[_File]] = {}
    for file in files:
        if isinstance(file.lines, DataLines | PartnerLines):
            _check_users(file, file.lines, users)
        if file.name is not None:
            whole = replace(file.name, split_number=None, extension="")
            sets.setdefault(str(whole), []).append(file)
            if not isinstance(whole, IdSyncFileName):
                batches.setdefault(replace(whole, sync_mode="sync"), []).append(file)
    for parts in sets.values():
        _check_numbers(parts)
        if isinstance(parts[0].name, IdSyncFileName):
            _check_mappings(parts[0].name, parts, files, users)
        else:
            for found in users.shared([[part.number] for part in parts]):
                message = "a user with lines in another part of the same file"
                files[found.file].tally.add("S8", message, count=found.count, lines=found.lines)
    for batch in batches.values():
        groups = [[f.number for f in batch if ".overwrite" in str(f.name)], []]
        groups[1] = [f.number for f in batch if f.number not in groups[0]]
        for found in users.shared([group for group in groups if group]):
            message = "a user who is in the .overwrite file of the same timestamp, too"
            files[found.file].tally.add("S8", message, count=found.count, lines=found.lines)


def _check_users(file: _File, lines: DataLines | PartnerLines, users: UserIndex) -> None:
    for found in users.over_limit(file.number, MAX_LINES_A_USER):
        message = f"a user with more than {MAX_LINES_A_USER} lines"
        file.tally.add("S5", message, count=found.count, lines=found.lines)
    if lines.overwrite:
        for found in users.over_limit(file.number, 1):
            message = "a user with more than one line in an .overwrite file"
            file.tally.add("S8", message, count=found.count, lines=found.lines)


def _check_numbers(parts: list[_File]) -> None:
    """Parts are numbered without gaps (N7), and a name is there once (N3)."""
    numbered: dict[int | None, _File] = {}
    for part in parts:
        number = part.name.split_number if part.name is not None else None
        if number in numbered:
            part.tally.add("N3", f"the same name as {numbered[number].source.label}")
        numbered[number] = part
    # Of files that were named one by one, the others may well be somewhere.
    if not all(part.whole_tree for part in parts):
        return
    numbers = sorted(number for number in numbered if number is not None)
    if not numbers:
        return
    last = numbered[numbers[-1]].tally
    if None in numbered:
        last.add("N7", "a numbered part, and the whole file without a number beside it")
    if len(numbers) < numbers[-1]:
        missing = next(number for number in range(1, numbers[-1]) if number not in numbered)
        last.add("N7", f"part {numbers[-1]} is here, part {missing} is not")
    elif numbers == [1] and None not in numbered:
        last.add("N7", "the only part has a number", severity=WARNING)


def _check_mappings(name: IdSyncFileName, parts: list[_File], files: list[_File], users: UserIndex) -> None:
    numbers = [part.number for part in parts]
    if name.prefix == "c2c_id":
        for found in users.over_mapped(numbers, MAX_EMAILS_A_CUSTOMER, 2):
            message = f"a customer ID with more than {MAX_EMAILS_A_CUSTOMER} hashed e-mail addresses"
            files[found.file].tally.add("S7", message, count=found.count, lines=found.lines)
    elif name.dpids[0] in GLOBAL_DPIDS:
        for column, dpid in enumerate(name.dpids[1:], start=2):
            for limit, reverse, message in (
                (MAX_CUSTOMERS_A_DEVICE, False, "a device ID with more than {} customer IDs of {}"),
                (MAX_DEVICES_A_CUSTOMER, True, "a customer ID with more than {} device IDs, of {}"),
            ):
                for found in users.over_mapped(numbers, limit, column, reverse=reverse):
                    files[found.file].tally.add(
                        "M8",
                        message.format(limit, dpid),
                        severity=WARNING,
                        count=found.count,
                        lines=found.lines,
                    )
