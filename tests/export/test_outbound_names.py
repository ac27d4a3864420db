"""Names of outbound files, by template: what was put in comes out (O8 to O13), and nothing else is read."""

from __future__ import annotations

import re
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aam_export.errors import ConfigurationError
from aam_export.feedback.names import name_template, read_name

SECONDS = st.integers(min_value=1_000_000_000, max_value=9_999_999_999 // 3)
ELEMENTS = {
    "SYNC_TYPE": st.sampled_from(["s3", "S3", "ftp", "http", ""]),
    "DPID": st.from_regex("[0-9]{0,7}", fullmatch=True),
    "MASTER_DPID": st.from_regex("[0-9]{0,7}", fullmatch=True),
    "PID_ALIAS": st.from_regex("[A-Za-z][A-Za-z0-9]{0,8}|", fullmatch=True),
}


@st.composite
def named(draw: st.DrawFn) -> tuple[str, str, str, int, str]:
    """A template, a name of it, and what was put in: mode, seconds, part."""
    mode, seconds = draw(st.sampled_from(["full", "iter"])), draw(SECONDS)
    form = draw(st.sampled_from(["seconds", "milliseconds", "seconds and part", "milliseconds and part", "hyphen"]))
    part = draw(st.integers(min_value=1, max_value=999))
    glued = {
        "seconds": (str(seconds), ""),
        "milliseconds": (f"{seconds}000", "000"),
        "seconds and part": (f"{seconds}{part:03}", f"{part:03}"),
        "milliseconds and part": (f"{seconds}123{part:03}", f"{part:03}"),
        "hyphen": (f"{seconds}000-{part}", str(part)),
    }
    elements = draw(st.permutations(sorted(ELEMENTS)).map(lambda names: names[: draw(st.integers(0, 4))]))
    before, after = ["<ORDER_ID>"], ["1234"]
    for element in elements:
        before.append(f"<{element}>")
        after.append(draw(ELEMENTS[element]))
    text = draw(st.sampled_from(["", "_admin"]))
    ending = draw(st.sampled_from([".sync", ".csv", ""]))
    template = f"{'_'.join(before)}_<SYNC_MODE>_<TIMESTAMP>SPLITNUM{text}{ending}"
    packing = draw(st.sampled_from(["", ".gz", ".zip"]))
    name = f"{'_'.join(after)}_{mode}_{glued[form][0]}{text}{ending}{packing}"
    return template, name, mode, seconds, glued[form][1]


@given(named())
def test_a_name_tells_what_was_put_in(case: tuple[str, str, str, int, str]) -> None:
    template, name, mode, seconds, part = case
    found = read_name(name, [name_template("1234", template)])
    assert found is not None
    assert (found.mode, found.part) == (mode, part)
    assert found.at == datetime.fromtimestamp(seconds, timezone.utc)
    assert str(seconds) in found.delivery and not found.delivery.endswith((".gz", ".zip"))
    assert name_template("99", template).read(name) is None


@given(named(), named())
def test_parts_of_one_delivery_share_its_name_and_others_do_not(
    one: tuple[str, str, str, int, str], other: tuple[str, str, str, int, str]
) -> None:
    """O12."""
    template, name, _, seconds, _ = one
    known = name_template("1234", template)
    first = known.read(name)
    assert first is not None
    again = known.read(re.sub(rf"{seconds}[0-9]*(-[0-9]+)?", f"{seconds}007", name))
    assert again is not None and again.delivery == first.delivery
    later = known.read(name.replace(str(seconds), str(seconds + 1)))
    assert later is not None and later.delivery != first.delivery


@given(st.text(alphabet="S3_1234fuliter.sync0123456789-", max_size=60))
def test_other_names_are_not_read(name: str) -> None:
    found = read_name(name, [name_template("1234", None)])
    if found:
        assert re.search(r"_1234_(.*_)?(full|iter)_[0-9]{10,}(-[0-9]+)?\.sync$", name)


@pytest.mark.parametrize(
    ("name", "delivery"),
    [
        ("S3_1234_20914_XYZCustomer_iter_1486140844000.sync.gz", "S3_1234_20914_XYZCustomer_iter_1486140844.sync"),
        ("s3_1234_20914_full_1486140844.sync", "s3_1234_20914_full_1486140844.sync"),
        ("ftp_1234__iter_1486140844000002.SYNC.GZ", "ftp_1234__iter_1486140844.SYNC"),
        ("_1234_full_1486140844000.sync", "_1234_full_1486140844.sync"),
    ],
)
def test_the_usual_names(name: str, delivery: str) -> None:
    """O8, without regard to case; an element may be missing, or be empty."""
    found = read_name(name, [name_template("1234", None), name_template("20914", None)])
    assert found is not None and found.delivery == delivery and found.destination_id == "1234"


def test_a_formatted_date_is_no_time() -> None:
    """O10, O12: in Java YYYY, DD and hh are other than they look."""
    template = name_template(
        "1234", '<SYNC_TYPE>_<ORDER_ID>_<SYNC_MODE>_<TIMESTAMP; format="YYYY-MM-DD_hhmmss">SPLITNUM.sync'
    )
    found = template.read("s3_1234_full_2018-01-01_030000-2.sync.gz")
    assert found is not None
    assert (found.at, found.part, found.delivery) == (None, "2", "s3_1234_full_2018-01-01_030000.sync")
    assert template.read("s3_1234_full_20180101030000.sync") is None


def test_a_macro_of_no_name_is_refused() -> None:
    """O9."""
    with pytest.raises(ConfigurationError, match="SEGMENT_LIST"):
        name_template("1234", "<SEGMENT_LIST>_<TIMESTAMP>.sync")
