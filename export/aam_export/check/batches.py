"""What files are together: parts of one file (N3, N7), and one user's lines, or one person's IDs, in all of them."""

from __future__ import annotations

from dataclasses import replace

from aam_export.check.lines import DataLines, PartnerLines
from aam_export.check.places import CheckedFile
from aam_export.check.report import WARNING
from aam_export.check.users import (
    MAX_CUSTOMERS_A_DEVICE,
    MAX_DEVICES_A_CUSTOMER,
    MAX_EMAILS_A_CUSTOMER,
    MAX_LINES_A_USER,
    UserIndex,
)
from aam_export.files.names import GLOBAL_DPIDS, IdSyncFileName, InboundFileName


def check_batches(files: list[CheckedFile], users: UserIndex) -> None:
    """Parts of one split set, the two modes of one timestamp, and one user's lines in all of them."""
    sets: dict[str, list[CheckedFile]] = {}
    batches: dict[InboundFileName, list[CheckedFile]] = {}
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


def _check_users(file: CheckedFile, lines: DataLines | PartnerLines, users: UserIndex) -> None:
    for found in users.over_limit(file.number, MAX_LINES_A_USER):
        message = f"a user with more than {MAX_LINES_A_USER} lines"
        file.tally.add("S5", message, count=found.count, lines=found.lines)
    if lines.overwrite:
        for found in users.over_limit(file.number, 1):
            message = "a user with more than one line in an .overwrite file"
            file.tally.add("S8", message, count=found.count, lines=found.lines)


def _check_numbers(parts: list[CheckedFile]) -> None:
    """Parts are numbered without gaps (N7), and a name is there once (N3)."""
    numbered: dict[int | None, CheckedFile] = {}
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


def _check_mappings(name: IdSyncFileName, parts: list[CheckedFile], files: list[CheckedFile], users: UserIndex) -> None:
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
