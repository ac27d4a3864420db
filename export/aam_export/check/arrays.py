"""Arrow and NumPy over the same memory. Arrow's own conversions from NumPy import pandas, where there is one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Positions = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_TYPES = {"int64": pa.int64(), "int32": pa.int32()}


def arrow(numbers: npt.NDArray[np.int64] | npt.NDArray[np.int32] | Mask) -> pa.Array:
    """Numbers, or truths, as an Arrow array."""
    if numbers.dtype == np.bool_:
        bits = np.packbits(numbers, bitorder="little")
        return pa.Array.from_buffers(pa.bool_(), len(numbers), [None, pa.py_buffer(bits)])
    held = np.ascontiguousarray(numbers)
    return pa.Array.from_buffers(_TYPES[str(numbers.dtype)], len(numbers), [None, pa.py_buffer(held)])


def texts(parts: Sequence[bytes]) -> pa.Array:
    """Some texts, as UTF-8, as an Arrow array of bytes."""
    ends = np.cumsum(np.fromiter(map(len, parts), np.int32, len(parts)), dtype=np.int32)
    offsets = np.concatenate((np.zeros(1, np.int32), ends))
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(parts))]
    return pa.Array.from_buffers(pa.binary(), len(parts), buffers)


def mask(truths: pa.Array) -> Mask:
    """An Arrow array of truths, none of them null, as NumPy has them."""
    bits = np.frombuffer(truths.buffers()[1], np.uint8)
    found: Mask = np.unpackbits(bits, count=truths.offset + len(truths), bitorder="little").view(np.bool_)
    return found[truths.offset :]


def matches(values: pa.Array, pattern: str) -> Mask:
    """Which texts an RE2 pattern matches, byte by byte."""
    return mask(pc.match_substring_regex(values, pattern)) if len(values) else np.zeros(0, np.bool_)


def first_bytes(values: pa.Array) -> npt.NDArray[np.uint8]:
    """The first byte of each text, none of which is empty."""
    _, offsets, data = values.buffers()
    starts = np.frombuffer(offsets, np.int32)[values.offset : values.offset + len(values)]
    return np.frombuffer(data, np.uint8)[starts] if len(values) else np.zeros(0, np.uint8)


def among(values: pa.Array, candidates: Mask, pattern: str) -> Mask:
    """Which of some texts a pattern matches, looking at `candidates` alone."""
    found: Mask = candidates.copy()
    positions = np.flatnonzero(candidates)
    if len(positions):
        found[positions] = matches(values.take(arrow(positions)), pattern)
    return found
