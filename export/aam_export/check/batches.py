"""What files are together: parts of one file (N3, N7), and one user's lines, or one person's IDs, in all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from aam_export.check.blocks import Reader
from aam_export.check.lines import DataLines, PartnerLines
from aam_export.check.places import CheckedFile
from aam_export.check.report import VIOLATION, WARNING
from aam_export.check.users import (
    MAX_CUSTOMERS_A_DEVICE,
    MAX_DEVICES_A_CUSTOMER,
    MAX_EMAILS_A_CUSTOMER,
    MAX_LINES_A_USER,
    UserIndex,
    Users,
)
from aam_export.files.names import GLOBAL_DPIDS, IdSyncFileName, InboundFileName


def check_batches(files: list[CheckedFile], reader: Reader) -> None:
    """Parts of one split set, the two modes of one timestamp, and one user's lines in all of them."""
    users = reader.users
    sets: dict[str, list[CheckedFile]] = {}
    batches: dict[InboundFileName, list[CheckedFile]] = {}
    for file in files:
        if file.name is not None:
            whole = replace(file.name, split_number=None, extension="")
            sets.setdefault(str(whole), []).append(file)
            if not isinstance(whole, IdSyncFileName):
                batches.setdefault(replace(whole, sync_mode="sync"), []).append(file)
    for parts in sets.values():
        _check_numbers(parts)
        if isinstance(parts[0].name, IdSyncFileName):
            _check_mappings(parts[0].name, parts, files, users)
    if any(isinstance(file.lines, DataLines | PartnerLines) for file in files):
        _check_users(files, users)
        _check_parts(files, sets, users)
        _check_modes(files, list(batches.values()), users)
        _check_operations(files, list(batches.values()), reader)


def _check_users(files: list[CheckedFile], users: UserIndex) -> None:
    for found in users.over_limit(None, MAX_LINES_A_USER):
        _add(files, found, "S5", f"a user with more than {MAX_LINES_A_USER} lines")
    if overwrites := [file.number for file in files if file.overwrite]:
        for found in users.over_limit(overwrites, 1):
            _add(files, found, "S8", "a user with more than one line in an .overwrite file")


def _check_parts(files: list[CheckedFile], sets: dict[str, list[CheckedFile]], users: UserIndex) -> None:
    split = [parts for parts in sets.values() if len(parts) > 1 and not isinstance(parts[0].name, IdSyncFileName)]
    placed = [(part.number, place, at) for at, parts in enumerate(split) for place, part in enumerate(parts)]
    if placed:
        for found in users.shared(placed):
            _add(files, found, "S8", "a user with lines in another part of the same file")


def _check_modes(files: list[CheckedFile], batches: list[list[CheckedFile]], users: UserIndex) -> None:
    placed = [
        (file.number, 0 if file.overwrite else 1, at)
        for at, batch in enumerate(batches)
        if len({file.overwrite for file in batch}) > 1
        for file in batch
    ]
    if placed:
        for found in users.shared(placed):
            _add(files, found, "V6", "a user who is in the .overwrite file of the same timestamp, too")


def _check_operations(files: list[CheckedFile], batches: list[list[CheckedFile]], reader: Reader) -> None:
    """A trait that one line of a user adds and another takes away. Only those who may have one are read again."""
    placed = [
        (file.number, 0, at)
        for at, batch in enumerate(batches)
        if any(file.removes for file in batch)
        for file in batch
        if not file.overwrite
    ]
    if not placed:
        return
    batch_of = {number: at for number, _, at in placed}
    suspects = reader.users.suspects(placed)
    for number in suspects:
        file, line = files[number], 1
        assert isinstance(file.lines, DataLines | PartnerLines)
        for data in reader.again(file):
            line += reader.users.add_operations(number, batch_of[number], file.lines.id_column, data, line)
    if suspects:
        for found in reader.users.contradictory():
            _add(files, found, "V6", "a trait that another line of the same user adds, or takes away")


def _add(files: list[CheckedFile], found: Users, rule: str, message: str) -> None:
    files[found.file].tally.add(rule, message, count=found.count, lines=found.lines)


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
    for limit, column, reverse, rule, message in _limits(name):
        for found in users.over_mapped(numbers, limit, column, reverse=reverse):
            severity = WARNING if rule == "M8" else VIOLATION
            files[found.file].tally.add(rule, message, severity=severity, count=found.count, lines=found.lines)


def _limits(name: IdSyncFileName) -> Iterator[tuple[int, int, bool, str, str]]:
    """How many IDs may map to one: limit, column, whether the first column's are counted, rule, and words."""
    if name.prefix == "c2c_id":
        words = f"a customer ID with more than {MAX_EMAILS_A_CUSTOMER} hashed e-mail addresses"
        yield MAX_EMAILS_A_CUSTOMER, 2, False, "S7", words
    elif name.dpids[0] in GLOBAL_DPIDS:
        for column, dpid in enumerate(name.dpids[1:], start=2):
            words = f"a device ID with more than {MAX_CUSTOMERS_A_DEVICE} customer IDs of {dpid}"
            yield MAX_CUSTOMERS_A_DEVICE, column, False, "M8", words
            words = f"a customer ID with more than {MAX_DEVICES_A_CUSTOMER} device IDs, of {dpid}"
            yield MAX_DEVICES_A_CUSTOMER, column, True, "M8", words
