"""What the IDs of a data file look like, to find files that mix kinds of IDs (N5), or IDs that lost their form (L7)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from aam_export.check.arrays import Mask, Positions, among, first_bytes
from aam_export.check.ids import NUMBER_FIRST, NUMBER_FORM, SHAPES
from aam_export.check.report import WARNING, Tally

FEW_IDS = 64
_CASELESS_UUID = r"[0-9]{8}-[0-9-]{27}"  # fits both kinds of UUID, and so tells nothing about N5
DIGITS, NUMBERS = "digits", "numbers"


@dataclass
class IdForms:
    """How many IDs have one of SHAPES, are plain digits, or numbers in another form, and the first lines of each."""

    total: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    lines: dict[str, list[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, ids: pa.Array, numbers: Positions) -> IdForms:
        """Of IDs with a comma behind each, and the numbers of their lines."""
        forms = cls(len(ids))
        if len(ids) <= FEW_IDS:
            for text, number in zip(ids.to_pylist(), numbers.tolist(), strict=True):
                for form in _forms(text[:-1].decode()):
                    forms._add(form, [number], 1)
            return forms
        lengths = np.diff(np.frombuffer(ids.buffers()[1], np.int32)[ids.offset : ids.offset + len(ids) + 1]) - 1
        for shape, (length, pattern) in SHAPES.items():
            found = among(ids, lengths == length, rf"\A(?:{pattern}),\z")
            forms._count(shape, found & ~among(ids, found, rf"\A{_CASELESS_UUID},\z"), numbers)
        numeric = (lengths > 0) & (lengths < 38)
        numeric[numeric] = np.isin(first_bytes(ids)[numeric], NUMBER_FIRST)
        digits = among(ids, numeric, r"\A[0-9]+,\z")
        forms._count(DIGITS, digits, numbers)
        forms._count(NUMBERS, among(ids, numeric & ~digits, rf"\A(?:{NUMBER_FORM}),\z"), numbers)
        return forms

    def add(self, other: IdForms) -> None:
        """Take in those of lines further down."""
        self.total += other.total
        for form, count in other.counts.items():
            self._add(form, other.lines[form], count)

    def report(self, tally: Tally) -> None:
        present = sorted((shape for shape in SHAPES if shape in self.counts), key=lambda s: -self.counts[s])
        for shape in present[1:]:
            message = f"{shape} among {present[0]}: more than one kind of ID"
            tally.add("N5", message, count=self.counts[shape], lines=self.lines[shape][:1])
        lost = self.counts.get(NUMBERS, 0)
        if lost and self.counts.get(DIGITS, 0) * 2 >= self.total - lost:
            message = "an ID as a number of another form (12345.0, 1.2E+4), and the others are plain digits"
            tally.add("L7", message, severity=WARNING, count=lost, lines=self.lines[NUMBERS])

    def _count(self, form: str, found: Mask, numbers: Positions) -> None:
        if count := int(np.count_nonzero(found)):
            self._add(form, numbers[found][:100].tolist(), count)

    def _add(self, form: str, lines: list[int], count: int) -> None:
        self.counts[form] = self.counts.get(form, 0) + count
        kept = self.lines.setdefault(form, [])
        if len(kept) < 100:
            kept += lines


def _forms(text: str) -> list[str]:
    if not text:
        return []
    if text.isascii() and text.isdigit() and len(text) < 38:
        return [DIGITS]
    if len(text) < 38 and re.fullmatch(NUMBER_FORM, text):
        return [NUMBERS]
    for shape, (length, pattern) in SHAPES.items():
        if len(text) == length and re.fullmatch(pattern, text) and not re.fullmatch(_CASELESS_UUID, text):
            return [shape]
    return []
