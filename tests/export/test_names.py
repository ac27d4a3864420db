from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aam_export.errors import FileNameError
from aam_export.files.names import (
    EXTENSIONS,
    GLOBAL_DATA_SOURCES,
    GLOBAL_DPIDS,
    SYNC_MODES,
    DataFileName,
    IdSyncFileName,
    PartnerFileName,
    object_key,
    parse_file_name,
    validate_partner_name,
)

DPIDS = st.integers(1, 10**10).map(str)
TIMESTAMPS = st.integers(1_000_000_000, 9_999_999_999)
SPLITS = st.none() | st.integers(1, 10_000)
OWN_DPIDS = DPIDS.filter(lambda dpid: dpid not in GLOBAL_DPIDS)
TAIL = (TIMESTAMPS, st.sampled_from(SYNC_MODES), SPLITS, st.sampled_from(EXTENSIONS))

DATA_NAMES = st.builds(DataFileName, OWN_DPIDS, st.none() | DPIDS, *TAIL) | st.builds(
    DataFileName, st.sampled_from(sorted(GLOBAL_DPIDS)), DPIDS, *TAIL
)
PARTNER_NAMES = st.builds(PartnerFileName, DPIDS, st.none() | DPIDS, *TAIL)
ADOBE_ID_NAMES = st.builds(
    IdSyncFileName,
    st.just("adobe_id"),
    st.lists(DPIDS | st.just("0"), min_size=2, max_size=5, unique=True).map(tuple),
    TIMESTAMPS,
    SPLITS,
    st.sampled_from(EXTENSIONS),
)
C2C_NAMES = st.builds(
    IdSyncFileName,
    st.just("c2c_id"),
    st.lists(DPIDS, min_size=2, max_size=2, unique=True).map(tuple),
    TIMESTAMPS,
    SPLITS,
    st.sampled_from(EXTENSIONS),
)


@given(DATA_NAMES | PARTNER_NAMES | ADOBE_ID_NAMES | C2C_NAMES)
def test_a_name_survives_spelling_and_reading(name: DataFileName | IdSyncFileName | PartnerFileName) -> None:
    assert parse_file_name(str(name)) == name


@given(st.text() | st.from_regex(r"(ftp_dpm(_odc)?|adobe_id|c2c_id)_[0-9_]{1,30}\.(sync|overwrite)[.a-z0-9]{0,8}"))
def test_reading_gives_a_name_that_spells_the_text_or_an_error(text: str) -> None:
    with suppress(FileNameError):
        assert str(parse_file_name(text)) == text


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ftp_dpm_478_1366545717.sync.1.gz", DataFileName("478", None, 1366545717, "sync", 1, "gz")),
        ("ftp_dpm_478_567_1366545717.sync.gz", DataFileName("478", "567", 1366545717, "sync", None, "gz")),
        ("ftp_dpm_478_1366545717.overwrite", DataFileName("478", None, 1366545717, "overwrite")),
        (
            "ftp_dpm_20914_567_1366545717.sync.pgp",
            DataFileName("20914", "567", 1366545717, "sync", None, "pgp"),
        ),
        # Ten digits also fit a DPID; the last number is the timestamp.
        (
            "ftp_dpm_478_1366545717_1366545718.sync",
            DataFileName("478", "1366545717", 1366545718, "sync"),
        ),
        ("adobe_id_0_12345_1476312152.sync", IdSyncFileName("adobe_id", ("0", "12345"), 1476312152)),
        (
            "adobe_id_20914_7_8_1476312152.sync.2.gz",
            IdSyncFileName("adobe_id", ("20914", "7", "8"), 1476312152, 2, "gz"),
        ),
        ("c2c_id_999999_987654_1560431657.sync", IdSyncFileName("c2c_id", ("999999", "987654"), 1560431657)),
        ("ftp_dpm_odc_12345_1556223815.sync", PartnerFileName("12345", None, 1556223815, "sync")),
    ],
)
def test_names_of_the_rules(text: str, name: DataFileName | IdSyncFileName | PartnerFileName) -> None:
    assert parse_file_name(text) == name
    assert str(name) == text


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "N2"),
        ("customers.csv", "N2"),
        (".ftp_dpm_478_1366545717.sync", "N2"),
        ("FTP_DPM_478_1366545717.sync", "N2"),
        ("ftp_dpm_1366545717.sync", "N2"),
        ("ftp_dpm__1366545717.sync", "N2"),
        ("ftp_dpm_0478_1366545717.sync", "N2"),
        ("ftp_dpm_0_1366545717.sync", "N2"),
        ("ftp_dpm_crm_1366545717.sync", "N2"),
        ("ftp_dpm_4٣_1366545717.sync", "N2"),
        ("ftp_dpm_1_2_3_1366545717.sync", "N2"),
        ("ftp_dpm_478_1366545717", "N2"),
        ("ftp_dpm_478_1366545717.SYNC", "N2"),
        ("ftp_dpm_478_1366545717.full.gz", "N2"),
        ("ftp_dpm_478_1366545717.sync.csv", "N2"),
        ("ftp_dpm_478_1366545717.1.sync.gz", "N2"),
        ("ftp_dpm_478_1366545717.sync\n", "N2"),
        ("ftp_dpm_478_136654571.sync", "N3"),
        ("ftp_dpm_478_1366545717000.sync", "N3"),
        ("ftp_dpm_478_0366545717.sync", "N3"),
        ("ftp_dpm_20914_1366545717.sync", "N4"),
        ("ftp_dpm_478_1366545717.sync.0", "N7"),
        ("ftp_dpm_478_1366545717.sync.01.gz", "N7"),
        ("ftp_dpm_478_1366545717.sync.zip", "N8"),
        ("ftp_dpm_478_1366545717.sync.GZ", "N8"),
        ("ftp_dpm_478_1366545717.sync.gz.pgp", "N8"),
        ("ftp_dpm_478_1366545717.sync.1.gpg.gz", "N8"),
        ("adobe_id_0_12345_1476312152.overwrite", "N10"),
        ("adobe_id_12345_1476312152.sync", "N10"),
        ("adobe_id_12345_12345_1476312152.sync", "N10"),
        ("c2c_id_1_2_3_1476312152.sync", "N10"),
        ("c2c_id_0_2_1476312152.sync", "N10"),
        ("ftp_dpm_odc_1556223815.sync", "N11"),
        ("ftp_dpm_odc_1_2_3_1556223815.sync", "N11"),
    ],
)
def test_a_wrong_name_is_refused_with_its_rule(text: str, rule: str) -> None:
    with pytest.raises(FileNameError) as caught:
        parse_file_name(text)
    assert caught.value.rule == rule
    assert caught.value.hint


@pytest.mark.parametrize(
    ("make", "rule"),
    [
        (lambda: DataFileName("", None, 1366545717, "sync"), "N2"),
        (lambda: DataFileName("4 8", None, 1366545717, "sync"), "N2"),
        (lambda: DataFileName("478", "", 1366545717, "sync"), "N2"),
        (lambda: DataFileName("478", None, 1366545717, "full"), "N2"),
        (lambda: DataFileName("478", None, 1366545717000, "sync"), "N3"),
        (lambda: DataFileName("20915", None, 1366545717, "sync"), "N4"),
        (lambda: DataFileName("478", None, 1366545717, "sync", 0), "N7"),
        (lambda: DataFileName("478", None, 1366545717, "sync", None, "zip"), "N8"),
        (lambda: IdSyncFileName("ftp_dpm", ("1", "2"), 1366545717), "N10"),
        (lambda: IdSyncFileName("adobe_id", ("0",), 1366545717), "N10"),
    ],
)
def test_a_wrong_name_is_never_made(make: Callable[[], object], rule: str) -> None:
    with pytest.raises(FileNameError) as caught:
        make()
    assert caught.value.rule == rule
    assert caught.value.exit_code == 2


def test_object_key() -> None:
    name = DataFileName("478", None, 1366545717, "sync", None, "gz")
    assert (
        object_key("acme_corp", date(2013, 4, 21), name) == "acme_corp/date=2013-04-21/ftp_dpm_478_1366545717.sync.gz"
    )
    with pytest.raises(FileNameError):
        object_key("acme/corp", date(2013, 4, 21), name)


@pytest.mark.parametrize("partner_name", ["acme", "Acme Corp.", "a", "3m", "acme_corp-eu", "O'Neill (UK)!"])
def test_partner_names_that_make_a_folder(partner_name: str) -> None:
    validate_partner_name(partner_name)


@pytest.mark.parametrize(
    "partner_name",
    [
        *(
            "",
            " ",
            " acme",
            "acme ",
            "a/b",
            "/acme",
            "acme/",
            "a\\b",
            "..",
            ".",
            ".acme",
            "a..b",
            "a\nb",
            "acme\n",
        ),
        *("a\tb", "a\x00b", "société", "*", "a?b", "a%20b", "a=b", "x" * 256),
    ],
)
def test_partner_names_that_would_not(partner_name: str) -> None:
    with pytest.raises(FileNameError) as caught:
        validate_partner_name(partner_name)
    assert caught.value.rule == "N1"


@pytest.mark.parametrize(
    ("id_type", "good", "bad"),
    [
        ("gaid", "38400000-8cf0-11bd-b23e-10b96e40000d", "38400000-8CF0-11BD-B23E-10B96E40000D"),
        ("idfa", "6D92078A-8246-4BA4-AE5B-76104861E7DC", "6d92078a-8246-4ba4-ae5b-76104861e7dc"),
        ("vizio_ifa", "7XCBNROQJQPYW", "7XCBNROQJQ_PYW"),
        ("maid", "1A2b-3C", "1A2b--3C"),
        ("tifa", "abc123", "abc123-"),
    ],
)
def test_formats_of_global_ids(id_type: str, good: str, bad: str) -> None:
    assert GLOBAL_DATA_SOURCES[id_type].pattern.fullmatch(good)
    assert not GLOBAL_DATA_SOURCES[id_type].pattern.fullmatch(bad)
