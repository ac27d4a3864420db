"""A share of a sweep leaves out no kind of place, and all shares together leave out no place."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from sweeps import share


@given(points=st.lists(st.sampled_from("abc")), every=st.integers(1, 9), begin=st.integers(0, 20))
def test_shares_of_a_sweep(points: list[str], every: int, begin: int) -> None:
    places = list(enumerate(points))
    chosen = share(places, lambda place: place[1], every, begin)
    assert {kind for _, kind in chosen} == set(points)
    assert chosen == sorted(chosen) and len(set(chosen)) == len(chosen)
    assert len(chosen) <= -(-len(points) // every) + len(set(points))
    assert {place for start in range(every) for place in share(places, lambda place: place[1], every, start)} == set(
        places
    )
