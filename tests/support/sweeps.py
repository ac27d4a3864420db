"""How much of a sweep is run: the hundreds of places at which a run can be killed take minutes of processor.

A call of pytest tries them all. With AAM_TEST_EVERY=n it tries the first place of each kind and of the rest every n-th,
beginning with place AAM_TEST_FROM, so that n calls with 0 … n-1 try them all.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

EVERY = int(os.environ.get("AAM_TEST_EVERY", "1"))
FROM = int(os.environ.get("AAM_TEST_FROM", "0"))

Point = TypeVar("Point")


def share(
    points: Sequence[Point], kind: Callable[[Point], Hashable], every: int = EVERY, begin: int = FROM
) -> list[Point]:
    """The points of a sweep to be tried, in their order; none is left out where `every` is 1."""
    known: set[Hashable] = set()
    chosen = []
    for number, point in enumerate(points):
        if kind(point) not in known or number % every == begin % every:
            chosen.append(point)
        known.add(kind(point))
    return chosen
