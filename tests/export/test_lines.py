"""Lines are checked as whole buffers, and cut where users end, however the warehouse batches them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aam_export.errors import RecordError
from aam_export.files.lines import MAX_LINE_BYTES, Block, cut_blocks

SOURCE = "inbound_records, data source crm"
ID = st.text(st.characters(min_codepoint=33, exclude_categories=["Cs"]), min_size=1, max_size=300)
SIGNALS = st.text(st.characters(min_codepoint=33, exclude_categories=["Cs"]), min_size=1, max_size=60)
USERS = st.lists(st.tuples(ID, st.lists(SIGNALS, min_size=1, max_size=5)), max_size=12, unique_by=lambda user: user[0])


def lines_of(users: Sequence[tuple[str, Sequence[str]]]) -> list[str]:
    return [f"{user}\t{signals}\n" for user, lines in users for signals in lines]


def blocks_of(arrays: Sequence[pa.Array], *, long_users: bool = True, block_bytes: int = 64) -> list[Block]:
    return list(cut_blocks(arrays, source=SOURCE, long_users=long_users, block_bytes=block_bytes))


def users_in(data: bytes) -> list[bytes]:
    return [line.split(b"\t")[0] for line in data.split(b"\n")[:-1]]


@st.composite
def arrays_of(draw: st.DrawFn, lines: list[str]) -> list[pa.Array]:
    """`lines` cut at random places: plain, large or sliced arrays, and empty ones between."""
    cuts = sorted(draw(st.lists(st.integers(0, len(lines)), max_size=6)))
    arrays = []
    for start, end in zip([0, *cuts], [*cuts, len(lines)], strict=True):
        kind = draw(st.sampled_from([pa.string(), pa.large_string()]))
        if draw(st.booleans()):
            arrays.append(pa.array(["before\tx\n", *lines[start:end], "not a line"], kind).slice(1, end - start))
        else:
            arrays.append(pa.array(lines[start:end], kind))
    return arrays


@given(st.data(), USERS, st.integers(1, 400))
def test_blocks_depend_on_the_lines_alone(
    data: st.DataObject, users: list[tuple[str, list[str]]], block_bytes: int
) -> None:
    lines = lines_of(users)
    whole = blocks_of([pa.array(lines, pa.string())], block_bytes=block_bytes)
    cut = blocks_of(data.draw(arrays_of(lines)), block_bytes=block_bytes)
    assert [bytes(block.data) for block in cut] == [bytes(block.data) for block in whole]
    assert [(block.lines, block.users, block.signals) for block in cut] == [
        (block.lines, block.users, block.signals) for block in whole
    ]


@given(USERS, st.integers(1, 400))
def test_blocks_hold_all_lines_in_order_and_whole_users(users: list[tuple[str, list[str]]], block_bytes: int) -> None:
    lines = lines_of(users)
    blocks = blocks_of([pa.array(lines, pa.string())], block_bytes=block_bytes)
    assert b"".join(bytes(block.data) for block in blocks) == "".join(lines).encode()
    seen: set[bytes] = set()
    for block in blocks:
        content = bytes(block.data)
        own = users_in(content)
        assert not seen.intersection(own), "a user spans two blocks"
        seen.update(own)
        assert (block.lines, block.users) == (len(own), len(set(own)))
        assert len(content) <= block_bytes or block.users == 1


@given(st.lists(st.tuples(ID, SIGNALS), max_size=12, unique_by=lambda user: user[0]), st.integers(1, 400))
def test_users_of_one_line_are_counted_as_lines(users: list[tuple[str, str]], block_bytes: int) -> None:
    lines = lines_of([(user, [signals]) for user, signals in users])
    one = blocks_of([pa.array(lines, pa.string())], long_users=False, block_bytes=block_bytes)
    assert one == blocks_of([pa.array(lines, pa.string())], long_users=True, block_bytes=block_bytes)


VALUE = st.text(st.sampled_from("ab,=é"), min_size=1, max_size=6)
SIGNAL = st.one_of(st.sampled_from(["d_sid=1", "d_unsid=2", "ic=a.b"]), VALUE.map(lambda value: f'"key"="{value}"'))
AWKWARD_ID = st.text(st.sampled_from('a,="é'), min_size=1, max_size=6)


@given(st.lists(st.tuples(AWKWARD_ID, st.lists(SIGNAL, min_size=1, max_size=5)), min_size=1, max_size=9))
def test_signals_are_counted_whatever_stands_in_ids_and_values(users: list[tuple[str, list[str]]]) -> None:
    text = "".join(lines_of([(user, [",".join(signals)]) for user, signals in users]))
    [block] = blocks_of([pa.array(text.splitlines(keepends=True))], long_users=False, block_bytes=10_000)
    signals = sum(len(signals) for _, signals in users)
    commas = text.count(",") + len(users)
    assert block.signals == (commas if commas == text.count("=") else signals), "as _signals says"


def test_blocks_are_filled() -> None:
    """Small blocks would compress badly: each takes all users that fit."""
    blocks = blocks_of([pa.array(["u1\ta\n", "u2\ta\n", "u3\ta\n", "u4\ta\n", "u5\ta\n"])], block_bytes=10)
    assert [block.lines for block in blocks] == [2, 2, 1]


def test_a_user_longer_than_a_block_stands_alone() -> None:
    lines = ["small\tx\n", *[f"large\t{number:060}\n" for number in range(5)], "small2\tx\n", "small3\tx\n"]
    for cut in range(len(lines) + 1):
        blocks = blocks_of([pa.array(lines[:cut], pa.string()), pa.array(lines[cut:], pa.string())], block_bytes=100)
        assert [(block.users, block.lines) for block in blocks] == [(1, 1), (1, 5), (2, 2)]


def test_a_user_id_that_begins_as_another_is_another() -> None:
    lines = ["ab\tx\n", "a\tx\n", "abc\tx\n", "A\tx\n"]
    assert [block.users for block in blocks_of([pa.array(lines)], block_bytes=1)] == [1, 1, 1, 1]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_nothing_gives_no_blocks(kind: pa.DataType) -> None:
    assert blocks_of([]) == []
    assert blocks_of([pa.array([], kind), pa.array(["a\tx\n"], kind).slice(1), pa.nulls(0, kind)]) == []


GOOD = "Zoe1\td_sid=1\n"
LONGEST = f"Zoe1\t{'x' * (MAX_LINE_BYTES - 6)}\n"
BAD: dict[str, tuple[str | None, str, str]] = {
    "newline inside": ("Zo\ne\td_sid=1\n", "newline", "S6"),
    "newline among signals": ("Zoe1\td_sid=1\nZoe2\td_sid=1\n", "newline", "S6"),
    "newline too many": ("Zoe1\td_sid=1\n\n", "newline", "S6"),
    "tab too many": ("Zoe1\td_sid=1\tx\n", "tab too many", "L1"),
    "ends with a tab": ("Zoe1\td_sid=1\t\n", "tab too many", "L1"),
    "no tab": ("Zoe1 d_sid=1\n", "no tab", "L1"),
    "nothing": ("\n", "no tab", "L1"),
    "empty": ("", "no tab", "L1"),
    "no user": ("\td_sid=1\n", "no user ID", "L1"),
    "no signals": ("Zoe1\t\n", "no signals", "L6"),
    "ends with a blank": ("Zoe1\td_sid=1 \n", "ends with a blank", "L6"),
    "only a blank": ("Zoe1\t \n", "ends with a blank", "L6"),
    "control character in the ID": ("Zo\x01e\td_sid=1\n", "control character", "U5"),
    "NUL in the ID": ("Zo\x00e\td_sid=1\n", "control character", "U5"),
    "control character in a value": ("Zoe1\tic=\x1fa\n", "control character", "L5"),
    "carriage return": ("Zoe1\td_sid=1\r\n", "control character", "L5"),
    "too long": (LONGEST[:-1] + "x\n", "102,401 bytes", "S4"),
    "too long in bytes, not in characters": (LONGEST[:-2] + "é\n", "102,401 bytes", "S4"),
    "NULL": (None, "NULL", "S6"),
}


@pytest.mark.parametrize("position", [1, 3, 5])
@pytest.mark.parametrize(("line", "words", "rule"), BAD.values(), ids=BAD)
def test_a_bad_line_is_named_by_row_and_rule(line: str | None, words: str, rule: str, position: int) -> None:
    lines: list[str | None] = [GOOD] * 5
    lines[position - 1] = line
    # The first batch is good: the row is counted over all batches, and slices.
    arrays = [pa.array([GOOD] * 7), pa.array([GOOD, *lines, GOOD]).slice(1, 5)]
    with pytest.raises(RecordError) as caught:
        blocks_of(arrays)
    message = str(caught.value)
    assert f"row {7 + position} " in message
    assert words in message
    assert SOURCE in message
    assert caught.value.rule == rule
    assert caught.value.exit_code == 1
    if line is not None:
        record = line.encode().removesuffix(b"\n")
        assert hashlib.sha256(record).hexdigest() in message, "it can be found in the view by its hash"
        assert "Zo" not in message + caught.value.hint, "a bad line may hold personal data"
        assert "d_sid=1" not in message + caught.value.hint


def test_an_error_ends_the_query() -> None:
    """An open one keeps DuckDB from doing anything else, such as writing down what became of the batch."""
    ended: list[bool] = []

    def query() -> Iterator[pa.Array]:
        try:
            yield pa.array([GOOD])
            yield pa.array(["\tx\n"])
        finally:
            ended.append(True)

    with pytest.raises(RecordError) as caught:
        list(cut_blocks(query(), source=SOURCE))
    assert ended, caught.traceback


def test_the_first_of_several_bad_lines_is_named() -> None:
    with pytest.raises(RecordError, match=r"row 2 has no user ID"):
        blocks_of([pa.array([GOOD, "\tx\n", "user\t\n"])])


def test_two_mistakes_that_level_out_are_seen() -> None:
    """A tab too many here and one too few there: the counts are right, the places are not."""
    with pytest.raises(RecordError, match=r"row 1 has a tab too many"):
        blocks_of([pa.array(["a\tb\tc\n", "ab\n"])])
    with pytest.raises(RecordError, match=r"row 1 has a newline inside"):
        blocks_of([pa.array(["a\nb\tc\n", "d\te\n"])])


def test_the_longest_line_passes() -> None:
    assert len(LONGEST.encode()) == 102_400
    [block] = blocks_of([pa.array([LONGEST])], block_bytes=1)
    assert bytes(block.data) == LONGEST.encode()
