"""Lines of the three kinds of files: data (L1 to L6), ID synchronisation (N10, I3, U6) and the partner format (N11).

A kind says twice what a line may be. Its first columns, which hold IDs, are `fine` where patterns match them, by the
thousand, and so are its signals. `problems` takes one line apart, in Python, and has the last word on those left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aam_export.check.arrays import Mask, among, first_bytes, mask, matches
from aam_export.check.ids import (
    AAM_UUID,
    DEVICE_SHAPE,
    DPUUID,
    ECID,
    HASHED_EMAIL,
    SUSPICIOUS,
    SUSPICIOUS_FIRST,
    fine_id,
    id_problem,
)
from aam_export.check.report import UNCOUNTED, WARNING, Problem
from aam_export.check.signals import Signals
from aam_export.files.names import AAM_UUID_DPID, GLOBAL_DATA_SOURCES, GLOBAL_DPIDS

DEVICE_TYPES = frozenset({AAM_UUID, ECID, *GLOBAL_DATA_SOURCES})
CUSTOMER_TYPES = frozenset({DPUUID, HASHED_EMAIL})


class Lines(Protocol):
    """A kind of file, with what its name and the seeds say about it."""

    @property
    def columns(self) -> int:
        """How many columns there are before the signals, or in all."""

    @property
    def id_column(self) -> int:
        """Which of them, from 0, holds the ID of whom the line is about."""

    @property
    def signals(self) -> Signals | None:
        """What follows the columns; None where nothing does."""

    def fine(self, columns: Sequence[pa.Array]) -> Mask:
        """In which rows the columns, each text with a comma behind it, are certainly fine."""

    def problems(self, text: str) -> Iterator[Problem]:
        """Everything that is wrong with a line (without its line end, not empty)."""


@dataclass(frozen=True)
class DataLines:
    """`<user ID><TAB><signal>,<signal>,…`."""

    id_type: str | None
    signals: Signals
    columns: int = 1
    id_column: int = 0

    def fine(self, columns: Sequence[pa.Array]) -> Mask:
        return _fine_ids(columns[0], fine_id(self.id_type))

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
            yield from self.signals.problems(signals.rpartition("\t")[2])


@dataclass(frozen=True)
class PartnerLines:
    """`<ID type><TAB><user ID><TAB><signal>,…` (N11)."""

    signals: Signals
    columns: int = 2
    id_column: int = 1

    def fine(self, columns: Sequence[pa.Array]) -> Mask:
        fine = np.zeros(len(columns[0]), np.bool_)
        for id_type in GLOBAL_DATA_SOURCES:
            of_type = mask(pc.equal(columns[0], f"{id_type},".encode()))
            if of_type.any():
                fine |= of_type & _fine_ids(columns[1], fine_id(id_type))
        return fine

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
        yield from self.signals.problems(columns[2])


@dataclass(frozen=True)
class IdSyncLines:
    """`<ID><TAB><ID>…`: a column for each DPID of the name (N10), of these types (None: not known)."""

    prefix: str
    id_types: tuple[str | None, ...]
    signals: Signals | None = None
    id_column: int = 0

    @property
    def columns(self) -> int:
        return len(self.id_types)

    def fine(self, columns: Sequence[pa.Array]) -> Mask:
        patterns = [fine_id(id_type) for id_type in self.id_types]
        if self._device_column_unknown:
            patterns[0] = f"(?:{DEVICE_SHAPE})"
        fine = np.ones(len(columns[0]), np.bool_)
        for column, pattern in zip(columns, patterns, strict=True):
            fine &= _fine_ids(column, pattern)
        return fine

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
    return id_type if id_type in DEVICE_TYPES or id_type in CUSTOMER_TYPES else None


def _fine_ids(ids: pa.Array, pattern: str) -> Mask:
    suspicious = np.isin(first_bytes(ids), SUSPICIOUS_FIRST)
    return matches(ids, rf"\A(?:{pattern}),\z") & ~among(ids, suspicious, SUSPICIOUS)
