from __future__ import annotations

import gzip
import hashlib
import json
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from isal import igzip

from aam_export.check import CheckReport, Seeds, check_paths, load_seeds
from aam_export.check.blocks import MB
from aam_export.check.ids import PLACEHOLDERS, fine_id, id_problem
from aam_export.check.lines import DataLines
from aam_export.check.look import FEW_LINES, FEW_SIGNALS
from aam_export.check.report import VIOLATION, WARNING, Tally
from aam_export.check.signals import Signals
from aam_export.cli.check import check
from aam_export.errors import ConfigurationError
from aam_export.files.names import GLOBAL_DATA_SOURCES
from aam_export.rules import rules

SAMPLES = Path(__file__).parent / "fixtures" / "check" / "samples"
PUBLISHED = Path(__file__).parents[3] / "shared" / "samples"

DATA = "ftp_dpm_4711_1600000000.sync"
OVERWRITE = "ftp_dpm_4711_1600000000.overwrite"
UUID = "38400000-8cf0-11bd-b23e-10b96e40000d"
AAM = "12345678901234567890123456789012345678"
SHA = hashlib.sha256(b"someone@example.com").hexdigest()
GOOD = b"crm-1\td_sid=1\n"

Found = set[tuple[str, str, int | None]]


def found(report: CheckReport) -> Found:
    return {(v.rule, v.severity, v.line) for v in report.violations}


def check_bytes(folder: Path, name: str, content: bytes, seeds: Seeds | None = None) -> CheckReport:
    path = folder / name
    path.write_bytes(content)
    return check_paths([path], seeds)


@pytest.fixture
def seeds(tmp_path: Path) -> Seeds:
    folder = tmp_path / "seeds"
    folder.mkdir()
    (folder / "aam_data_sources.csv").write_text(
        "data_source,dpid,id_type,target_data_owner_dpid,refresh_mode\n"
        "crm,4711,dpuuid,,sync\nandroid,20914,gaid,4711,sync\nuuids,4712,aam_uuid,,sync\n"
        "mails,4713,hashed_email,,sync\n"
    )
    (folder / "aam_traits.csv").write_text(
        "trait_id,dpid,trait_name,trait_type,ttl_days,signal_key,signal_value\n"
        "1,4711,One,onboarded,120,,\n2,4711,Two,rule_based,120,,\n3,4712,Three,onboarded,120,,\n"
        "4,4711,Four,onboarded,120,ic,gold\n"
    )
    (folder / "aam_signal_keys.csv").write_text("data_source,signal_key,value_type,accepts\ncrm,tier,enum,a|b\n")
    return load_seeds(folder)


CLEAN = {
    DATA: b'crm-1\td_sid=1,d_unsid=2,ic=a.b-c,"tier"="gold and silver","n"="-1.5"\n'
    b"A,B\td_sid=1\n"
    b'quote"d\td_sid=1\n'
    b"k\xc3\xa4the-1\td_sid=1\n"
    b'u1\tkey=value,"key"=value2,key="value3",code,1:0,2:-1,42,a=b=c,D_SID=7,"city"="K\xc3\xb6ln"\n',
    OVERWRITE: b"crm-1\td_sid=1\ncrm-2\td_sid=1\n",
    "ftp_dpm_20914_4711_1600000000.sync": f"{UUID}\td_sid=1\n".encode(),
    "ftp_dpm_20915_4711_1600000000.sync": f"{UUID.upper()}\td_sid=1\n".encode(),
    "ftp_dpm_1171489_4711_1600000000.sync": b"7XCBNROQJQPYW\td_sid=1\nab-1\td_sid=1\n",
    "adobe_id_0_4711_1600000000.sync": f"{AAM}\tcrm-1\n".encode(),
    "adobe_id_20914_4711_4712_1600000000.sync": f"{UUID}\tcrm-1\tother-1\n".encode(),
    "c2c_id_4711_4713_1600000000.sync": f"crm-1\t{SHA}\n".encode(),
    "ftp_dpm_odc_4711_1600000000.sync": f"gaid\t{UUID}\t42,d_sid=1\n".encode(),
}


@pytest.mark.parametrize("name", CLEAN)
@pytest.mark.parametrize("packed", [False, True])
def test_a_clean_file_has_no_violation(tmp_path: Path, name: str, packed: bool) -> None:
    content = gzip.compress(CLEAN[name], mtime=0) if packed else CLEAN[name]
    report = check_bytes(tmp_path, name + ".gz" * packed, content)
    assert found(report) == set()
    assert report.received()["Records received"] == CLEAN[name].count(b"\n")


class Case(NamedTuple):
    rule: str
    name: str
    content: bytes
    line: int | None
    severity: str = VIOLATION


def line(text: str | bytes, name: str = DATA) -> tuple[str, bytes, int]:
    """A file whose second line alone is wrong."""
    raw = text.encode() if isinstance(text, str) else text
    return name, GOOD + raw + b"\nlast-1\td_sid=1\n", 2


def id_line(user_id: str | bytes) -> tuple[str, bytes, int]:
    raw = user_id.encode() if isinstance(user_id, str) else user_id
    return line(raw + b"\td_sid=1")


GAIDS = "ftp_dpm_20914_4711_1600000000.sync"
PACKED = gzip.compress(GOOD, mtime=0)
CASES = [
    Case("N2", "ftp_dpm_x_1600000000.sync", GOOD, None),
    Case("N2", "customers.csv", GOOD, None),
    Case("N3", "ftp_dpm_4711_16000000001.sync", GOOD, None),
    Case("N4", "ftp_dpm_20914_1600000000.sync", f"{UUID}\td_sid=1\n".encode(), None),
    Case("N5", DATA, f"{UUID}\td_sid=1\n{UUID[:-1]}a\td_sid=1\n{UUID.upper()}\td_sid=1\n".encode(), 3),
    Case("N4", "ftp_dpm_4711_20914_1600000000.sync", GOOD, None),
    Case("N4", "ftp_dpm_odc_4711_20915_1600000000.sync", f"gaid\t{UUID}\t42\n".encode(), None),
    Case("N7", DATA + ".01", GOOD, None),
    Case("N8", DATA + ".zip", GOOD, None),
    Case("N8", DATA + ".gz", GOOD, None),
    Case("N8", DATA, PACKED, None),
    Case("N8", DATA + ".gz", PACKED[:-4], None),
    Case("N8", DATA + ".gz", PACKED[:-8] + b"\0\0\0\0" + PACKED[-4:], None),
    Case("N8", DATA + ".gz", PACKED + b"\0\0", None),
    Case("N8", DATA + ".pgp", b"\x85\x02", None, WARNING),
    Case("N10", "adobe_id_0_4711_1600000000.overwrite", f"{AAM}\tcrm-1\n".encode(), None),
    Case("N10", "adobe_id_0_4711_1600000000.sync", f"{AAM}\tcrm-1\n{AAM}\tcrm-1\tcrm-2\n".encode(), 2),
    Case("N10", "adobe_id_0_4711_1600000000.sync", f"{AAM}\tcrm-1\n{AAM}\n".encode(), 2),
    Case("N11", "ftp_dpm_odc_4711_1600000000.sync", f"gaid\t{UUID}\t42\n{UUID}\t42\n".encode(), 2),
    Case("S3", DATA, b"", None),
    Case("S3", DATA + ".gz", gzip.compress(b"", mtime=0), None),
    Case("S4", *line("x-1\td_sid=1," + "ic=a," * 20_478 + "ic=bcd")),
    Case("S4", *line(b"x-1\t" + b"ic=a," * 2_000_000)),
    Case("S5", DATA, b"crm-1\td_sid=1\n" * 201, 201),
    Case("S6", DATA, b"\xef\xbb\xbf" + GOOD, 1),
    Case("S6", *line("crm-2\td_sid=1\r")),
    Case("S6", *line("")),
    Case("S6", *line(b"crm-\xff2\td_sid=1")),
    Case("S6", DATA, GOOD.decode().encode("utf-16"), None),
    Case("S6", DATA, GOOD.decode().encode("utf-16-be"), None),
    Case("S6", DATA, GOOD.decode().encode("utf-32"), None),
    Case("S6", DATA + ".gz", gzip.compress(GOOD.decode().encode("utf-16-le"), mtime=0), None),
    Case("S6", DATA, GOOD + b"crm-2\td_sid=1", 2),
    Case("S8", OVERWRITE, b"crm-1\td_sid=1\ncrm-2\td_sid=1\ncrm-1\td_sid=2\n", 3),
    Case("S9", DATA + ".gz", gzip.compress(GOOD, mtime=1), None, WARNING),
    Case("S9", DATA + ".gz", PACKED[:3] + b"\x04" + PACKED[4:10] + b"\x02\0ab" + PACKED[10:], None, WARNING),
    Case("S9", DATA + ".gz", PACKED[:3] + b"\x10" + PACKED[4:10] + b"ours\0" + PACKED[10:], None, WARNING),
    Case("S9", DATA + ".gz", PACKED + gzip.compress(b"crm-2\td_sid=1\n", mtime=0), None),
    Case("L1", *line("crm-2 d_sid=1")),
    Case("L1", *line("crm-2\td_sid=1\td_sid=2")),
    Case("L2", *line("crm-2\td_sid=1,,d_sid=2")),
    Case("L2", *line("crm-2\td_sid=1,")),
    Case("L2", *line("crm-2\td_sid=1, d_sid=2")),
    Case("L2", *line('crm-2\t"k"="v')),
    Case("L2", *line('crm-2\t""k""=""v""')),
    Case("L2", *line("crm-2\td_sid")),
    Case("L2", *line("crm-2\tspring sale")),
    Case("L2", *line("crm-2\td_unsid=2", OVERWRITE)),
    Case("L2", *line("crm-2\t2:-1", OVERWRITE)),
    Case("L3", *line("crm-2\td_sid=12a")),
    Case("L3", *line("crm-2\td_unsid=x")),
    Case("L2", *line('crm-2\t"d_sid"="24"')),
    Case("L2", *line('crm-2\t"d_unsid"=24')),
    Case("L2", *line('crm-2\t"ic"="gold"')),
    Case("V6", *line("crm-2\td_sid=1,ic=a,d_sid=1")),
    Case("V6", *line('crm-2\tk=v,"k"="v"')),
    Case("V6", *line("crm-2\tgold,ic=gold")),
    Case("V6", *line("crm-2\td_sid=1,d_unsid=1")),
    Case("V6", *line("crm-2\td_sid=1,1:-1")),
    Case("L3", *line("crm-2\td_sid=")),
    Case("L4", *line('crm-2\t"-k"="v"')),
    Case("L5", *line('crm-2\t"first name"="v"')),
    Case("L5", *line('crm-2\t"k"=""')),
    Case("L5", *line('crm-2\t"k"=" v"')),
    Case("L5", *line('crm-2\t"k"="v\x07"')),
    Case("L5", *line("crm-2\tic=spring sale")),
    Case("L5", *line('crm-2\t"k"="a,b"'), WARNING),
    Case("L6", *line("crm-2\td_sid=1 ")),
    Case("L6", *line("crm-2\td_sid=1\t")),
    Case("U1", "adobe_id_0_4711_1600000000.sync", f"{AAM}\tcrm-1\n{AAM[1:]}\tcrm-2\n".encode(), 2),
    Case("U2", *id_line("crm:2")),
    Case("U2", *id_line("crm%3a2")),
    Case("U3", GAIDS, f"{UUID}\td_sid=1\n{UUID.upper()[:-1]}_\td_sid=1\n".encode(), 2),
    Case("U4", *id_line("crm%202")),
    Case("U5", *id_line("")),
    Case("U5", *id_line(" crm2")),
    Case("U5", *id_line("crm2\u00a0")),
    Case("U5", *id_line("crm\u200b2")),
    Case("U5", *id_line("crm\u2028x2")),
    Case("U5", *id_line("crm\x002")),
    Case("U6", "adobe_id_4711_4712_1600000000.sync", f"{AAM}\tcrm-1\ncrm-2\tcrm-1\n".encode(), 2, WARNING),
    Case("U7", "c2c_id_4711_4713_1600000000.sync", f"crm-1\t{SHA}\ncrm-2\t{SHA.upper()}\n".encode(), 2),
    Case("U8", GAIDS, f"{UUID}\td_sid=1\n00000000-0000-0000-0000-000000000000\td_sid=1\n".encode(), 2),
    Case("U8", "ftp_dpm_963906_1_1600000000.sync", b"abc1234567\td_sid=1\n0000\td_sid=1\n", 2),
    Case("U8", "adobe_id_0_4711_1600000000.sync", f"{AAM}\tcrm-1\n{'0' * 38}\tcrm-2\n".encode(), 2),
    Case("U8", *id_line("Anonymous")),
    Case("U8", *id_line(hashlib.sha256(b"").hexdigest())),
    Case("P1", *id_line("someone@example.com")),
    Case("P1", *line('crm-2\t"k"="someone@example.com"')),
    Case("I3", "adobe_id_0_4711_1600000000.sync", f"{AAM}\tcrm-1\n{AAM[::-1]}\tcrm-2 \n".encode(), 2),
    Case(
        "S7",
        "c2c_id_4711_4713_1600000000.sync",
        "".join(f"crm-1\t{hashlib.sha256(bytes([i])).hexdigest()}\n" for i in range(11)).encode(),
        11,
    ),
    Case(
        "M8",
        "adobe_id_20914_4711_1600000000.sync",
        "".join(f"{UUID}\tcrm-{i}\n" for i in range(1, 12)).encode(),
        11,
        WARNING,
    ),
    Case(
        "M8",
        "adobe_id_20914_4711_1600000000.sync",
        "".join(f"{UUID[:-3]}{i:03}\tcrm-1\n" for i in range(101)).encode(),
        101,
        WARNING,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[f"{i}-{case.rule}" for i, case in enumerate(CASES)])
def test_each_defect_is_named_by_rule_and_line(tmp_path: Path, case: Case) -> None:
    report = check_bytes(tmp_path, case.name, case.content)
    assert found(report) == {(case.rule, case.severity, case.line)}
    assert report.failed == (case.severity == VIOLATION)


@pytest.mark.parametrize("name", ["adobe_id_20914_4711_1600000000.sync", "c2c_id_4711_4713_1600000000.sync"])
def test_as_many_mappings_as_allowed(tmp_path: Path, name: str) -> None:
    digests = [hashlib.sha256(bytes([i])).hexdigest() for i in range(10)]
    rows = [f"crm-1\t{d}" for d in digests] if "c2c" in name else [f"{UUID}\tcrm-{i}" for i in range(1, 11)]
    # A pair that stands twice is one pair.
    assert found(check_bytes(tmp_path, name, "".join(f"{row}\n" for row in rows * 2).encode())) == set()


def test_200_lines_of_a_user_are_allowed(tmp_path: Path) -> None:
    assert found(check_bytes(tmp_path, DATA, b"crm-1\td_sid=1\n" * 200)) == set()


@pytest.mark.parametrize(("length", "rules"), [(102_400, set()), (102_401, {"S4"})])
def test_the_longest_line_counts_its_newline(tmp_path: Path, length: int, rules: set[str]) -> None:
    text = b"crm-1\tic=" + b"a" * (length - 10) + b"\n"
    assert len(text) == length
    assert {v.rule for v in check_bytes(tmp_path, DATA, text).violations} == rules


def test_a_line_longer_than_memory_should_hold_is_passed_over(tmp_path: Path) -> None:
    """Neither its beginning nor its end is taken for lines of their own, and what follows has its number."""
    path = tmp_path / (DATA + ".gz")
    with igzip.open(path, "wb") as file:
        file.write(GOOD)
        for _ in range(40):
            file.write(b"x" * MB)
        file.write(b"\n\ncrm-2\td_sid=1")
    report = check_paths([path])
    assert [v.line for v in report.violations if v.rule == "S4"] == [2]
    assert {(v.message, v.line) for v in report.violations if v.rule == "S6"} == {
        ("a blank line", 3),
        ("no newline after the last line", 4),
    }
    assert report.received()["Records received"] == 3


def test_what_a_truncated_file_still_holds_is_checked(tmp_path: Path) -> None:
    lines = b"".join(
        b"crm-%d\td_sid=%s\n" % (i, hashlib.sha256(b"%d" % i).hexdigest().encode()) for i in range(1, 50_000)
    )
    packed = gzip.compress(lines, mtime=0)
    report = check_bytes(tmp_path, DATA + ".gz", packed[: len(packed) // 2])
    assert {v.rule for v in report.violations} == {"N8", "L3"}
    [broken] = [v for v in report.violations if v.rule == "N8"]
    assert "ends too soon" in broken.message
    assert not report.files[0].readable


@pytest.mark.parametrize("archive", ["zip", "an empty zip", "bz2"])
def test_another_archive_under_gz(tmp_path: Path, archive: str) -> None:
    path = tmp_path / (DATA + ".gz")
    if archive.endswith("zip"):
        with zipfile.ZipFile(path, "w") as file:
            if archive == "zip":
                file.writestr("lines", GOOD)
    else:
        path.write_bytes(b"BZh91AY&SY")
    assert found(check_paths([path])) == {("N8", VIOLATION, None)}


def test_lines_keep_their_numbers_over_blocks(tmp_path: Path) -> None:
    """The file is several blocks long: one bad line in each, an umlaut and a bad byte between."""
    rows = [b"crm-%d\td_sid=1,ic=%s" % (i, b"a" * 90) for i in range(1, 300_001)]
    for number in (1, 99_999, 200_000, 300_000):
        rows[number - 1] += b" "
    rows[150_000] = b"k\xc3\xa4the-1\td_sid=1"
    rows[250_000] = b"k\xe4the-1\td_sid=1"
    report = check_bytes(tmp_path, DATA, b"\n".join(rows) + b"\n")
    assert {v.rule: v.lines for v in report.violations} == {
        "L6": (1, 99_999, 200_000, 300_000),
        "S6": (250_001,),
    }
    assert report.received()["Records received"] == 300_000
    assert report.received()["Format Errors"] == 5


# With the seeds


def test_what_only_the_seeds_know(tmp_path: Path, seeds: Seeds) -> None:
    content = (
        b'crm-1\td_sid=1,d_sid=4,ic=gold,"tier"="a"\n'
        b"crm-2\td_sid=2\n"
        b"crm-3\td_sid=3\n"
        b"crm-4\td_sid=1,d_unsid=5\n"
        b"crm-5\tic=silver\n"
        b'crm-6\t"level"="a"\n'
        b"crm-7\td_sid=1,D_SID=6\n"
    )
    report = check_bytes(tmp_path, DATA, content, seeds)
    assert {(v.rule, v.line, v.message) for v in report.violations} == {
        ("L3", 2, "trait 2 is not an onboarded trait"),
        ("L3", 3, "trait 3 belongs to data source 4712, not to 4711"),
        ("L3", 4, "trait 5 is not in aam_traits"),
        ("L5", 5, "an ic code that no trait of aam_traits names"),
        ("L5", 6, "key level is not declared in aam_signal_keys"),
        ("L3", 7, "trait 6 is not in aam_traits"),
    }
    assert report.received()["Total traits failed validation"] == 4
    assert check_bytes(tmp_path, DATA, content).violations == ()


def test_traits_belong_to_the_target_data_owner(tmp_path: Path, seeds: Seeds) -> None:
    content = f"{UUID}\td_sid=1\n{UUID[:-1]}e\td_sid=3\n".encode()
    assert found(check_bytes(tmp_path, GAIDS, content, seeds)) == {("L3", VIOLATION, 2)}


def test_a_great_many_unknown_traits_are_counted_in_bounded_space(tmp_path: Path, seeds: Seeds) -> None:
    content = "".join(f"crm-{i}\td_sid={i}\n" for i in range(1000, 2000)).encode()
    report = check_bytes(tmp_path, DATA, content, seeds)
    assert sum(v.count for v in report.violations) == 1000
    assert len(report.violations) == 51


def test_a_data_source_that_the_seeds_lack(tmp_path: Path, seeds: Seeds) -> None:
    assert found(check_bytes(tmp_path, "ftp_dpm_9_1600000000.sync", GOOD, seeds)) == {("N2", VIOLATION, None)}


def test_the_id_type_of_a_data_source_is_in_the_seeds(tmp_path: Path, seeds: Seeds) -> None:
    name = "ftp_dpm_4712_1600000000.sync"
    content = f"{AAM}\td_sid=3\ncrm-1\td_sid=3\n".encode()
    report = check_bytes(tmp_path, name, content, seeds)
    assert found(report) == {("U1", VIOLATION, 2)}
    assert report.received()["Invalid AAM ID"] == 1
    assert check_bytes(tmp_path, name, content).violations == ()


def test_customer_ids_before_device_ids(tmp_path: Path, seeds: Seeds) -> None:
    name = "adobe_id_4711_4712_1600000000.sync"
    report = check_bytes(tmp_path, name, f"crm-1\t{AAM}\n".encode(), seeds)
    assert found(report) == {("U6", VIOLATION, None)}


def test_seeds_that_can_not_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"there is no aam_data_sources\.csv in"):
        load_seeds(tmp_path)
    (tmp_path / "aam_data_sources.csv").write_text("data_source,dpid\n")
    with pytest.raises(ConfigurationError, match="lacks id_type, target_data_owner_dpid"):
        load_seeds(tmp_path)


# Places and batches


def drop(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        path = folder / "drop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder / "drop"


DAY = "acme/date=2020-09-13"
OTHER = b"crm-2\td_sid=1\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({f"{DAY}/{DATA}": GOOD}, {}),
        ({"acme/date=2020-09-14/" + DATA: GOOD}, {}),
        ({"acme/date=2020-09-12/" + DATA: GOOD}, {("N1", WARNING, None)}),
        ({"acme/date=2020-9-13/" + DATA: GOOD}, {("N1", VIOLATION, None)}),
        ({"acme/date=2020-02-30/" + DATA: GOOD}, {("N1", VIOLATION, None)}),
        ({f"{DAY}/more/{DATA}": GOOD}, {("N1", VIOLATION, None)}),
        ({f"{DAY}/{DATA}": GOOD, "acme/" + OVERWRITE: OTHER}, {("N1", VIOLATION, None)}),
        ({"acme%20corp/date=2020-09-13/" + DATA: GOOD}, {("N1", VIOLATION, None)}),
        ({f"{DAY}/notes.txt": GOOD}, {("N2", VIOLATION, None)}),
        ({"notes.txt": GOOD}, {("N2", WARNING, None)}),
        ({f"{DAY}/{DATA}.1": GOOD, f"{DAY}/{DATA}.2": OTHER}, {}),
        ({f"{DAY}/{DATA}.1": GOOD, f"{DAY}/{DATA}.3": OTHER}, {("N7", VIOLATION, None)}),
        ({f"{DAY}/{DATA}.2": GOOD}, {("N7", VIOLATION, None)}),
        ({f"{DAY}/{DATA}.1": GOOD}, {("N7", WARNING, None)}),
        ({f"{DAY}/{DATA}": GOOD, f"{DAY}/{DATA}.1": OTHER}, {("N7", VIOLATION, None)}),
        ({f"{DAY}/{DATA}": GOOD, f"acme/date=2020-09-14/{DATA}": OTHER}, {("N3", VIOLATION, None)}),
        ({f"{DAY}/{DATA}.1": OTHER, f"{DAY}/{DATA}.2": GOOD + OTHER}, {("S8", VIOLATION, 2)}),
        ({f"{DAY}/{OVERWRITE}": OTHER, f"{DAY}/{DATA}": GOOD + OTHER}, {("V6", VIOLATION, 2)}),
        # Another batch may well have the same user.
        ({f"{DAY}/{DATA}": GOOD, f"{DAY}/ftp_dpm_4711_1600000001.overwrite": GOOD}, {}),
    ],
)
def test_files_of_a_drop(tmp_path: Path, files: dict[str, bytes], expected: Found) -> None:
    assert found(check_paths([drop(tmp_path, files)])) == set(expected)


def test_a_user_in_both_modes_is_found_over_all_parts(tmp_path: Path) -> None:
    users = [b"crm-%d\td_sid=1\n" % i for i in range(1, 9)]
    files = {
        f"{DAY}/{OVERWRITE}.1": users[0] + users[1],
        f"{DAY}/{OVERWRITE}.2": users[2],
        f"{DAY}/{DATA}.1": users[3] + users[4],
        f"{DAY}/{DATA}.2": users[5] + users[2] + users[1],
    }
    [violation] = check_paths([drop(tmp_path, files)]).violations
    assert (violation.rule, violation.count, violation.lines) == ("V6", 2, (2, 3))
    assert violation.path.endswith(f"{DATA}.2")


def test_a_part_by_itself_is_not_a_gap(tmp_path: Path) -> None:
    assert found(check_bytes(tmp_path, DATA + ".2", GOOD)) == set()


def test_a_file_named_twice_is_checked_once(tmp_path: Path) -> None:
    folder = drop(tmp_path, {f"{DAY}/{DATA}": GOOD})
    assert len(check_paths([folder, folder / DAY / DATA]).files) == 1


@pytest.mark.parametrize(
    ("packed", "unpacked", "expected"),
    [
        (300 * MB, 1000 * MB, set()),
        (301 * MB, 900 * MB, {("S1", WARNING)}),
        (100 * MB, 1001 * MB, {("S1", WARNING)}),
        (1001 * MB, 1002 * MB, {("S1", WARNING), ("S2", VIOLATION)}),
        (900 * MB, 5001 * MB, {("S1", WARNING), ("S2", VIOLATION)}),
        (1001 * MB, 1001 * MB, {("S1", WARNING)}),
    ],
)
def test_sizes(packed: int, unpacked: int, expected: set[tuple[str, str]]) -> None:
    from aam_export.check.blocks import _check_size

    tally = Tally("file", packed, 5)
    tally.summary.uncompressed_bytes = unpacked
    _check_size(tally)
    assert {(v.rule, v.severity) for v in tally.violations()} == expected


# Samples


def test_samples_of_ours() -> None:
    report = check_paths([SAMPLES])
    assert {(Path(v.path).name, v.rule, v.lines) for v in report.violations} == {
        ("adobe_id_0_4711_1600000001.sync", "S6", (5,)),
        ("adobe_id_4711_4712_1600000002.sync", "S6", (4, 5)),
        ("adobe_id_4711_4712_1600000002.sync", "U6", (1, 2, 3)),
        ("c2c_id_4711_4713_1600000003.sync", "S6", (1, 2)),
        ("c2c_id_4711_4713_1600000003.sync", "S6", (3,)),
        ("ftp_dpm_4711_1600000004.overwrite", "S6", (1, 2)),
        ("ftp_dpm_4711_1600000004.overwrite", "L2", (2,)),
        ("ftp_dpm_4711_1600000004.overwrite", "S6", (3,)),
        ("ftp_dpm_odc_4711_1600000005.sync", "S6", (4, 5, 6)),
    }


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published samples are not part of this repository")
def test_samples_of_adobe() -> None:
    report = check_paths(sorted(path for path in PUBLISHED.iterdir() if path.is_file()))
    assert {(Path(v.path).name, v.rule, v.lines) for v in report.violations} == {
        ("adobe_id_0_12345_1476312152.sync", "S6", (6,)),
        ("adobe_id_12345_67890_1477846458.sync", "S6", (6, 7)),
        ("adobe_id_12345_67890_1477846458.sync", "U6", (1, 2, 3, 4, 5)),
        ("adobe_pgp.pub", "N2", ()),
        ("c2c_id_999999_987654_1560431657.sync", "S6", (1, 2)),
        ("c2c_id_999999_987654_1560431657.sync", "S6", (3,)),
        ("ftp_dpm_1234_1445374061.overwrite", "L2", (3,)),
        ("ftp_dpm_1234_1445374061.overwrite", "S6", (1, 2)),
        ("ftp_dpm_1234_1445374061.overwrite", "S6", (3,)),
        ("ftp_dpm_odc_12345_1556223815.sync", "S6", (9, 10, 11)),
    }


@pytest.mark.parametrize("signals", [2, 3, FEW_SIGNALS - 2, FEW_SIGNALS - 1, FEW_SIGNALS, 3 * FEW_SIGNALS])
@pytest.mark.parametrize(("first", "last"), [("d_sid=1", "d_sid=1"), ("d_sid=1", "1:0"), ("ic=a", "a")])
def test_signals_are_compared_with_all_of_their_line(tmp_path: Path, signals: int, first: str, last: str) -> None:
    """V6: the first with the last, among lines that have the one or the other, or more signals still."""
    between = ",".join(f"d_sid={1000 + number}" for number in range(signals - 2))
    wrong = ",".join(filter(None, (first, between, last)))
    lines = [f"crm-{number}\td_sid={2000 + number},{first if number % 2 else last}" for number in range(2 * FEW_LINES)]
    lines[FEW_LINES] = f"crm-1000\t{wrong}"
    lines[FEW_LINES + 7] = f"crm-1001\t{','.join(f'd_sid={number}' for number in range(3000, 3000 + signals))}"
    report = check_bytes(tmp_path, DATA, "".join(f"{line}\n" for line in lines).encode())
    assert found(report) == {("V6", VIOLATION, FEW_LINES + 1)}


# Properties

IDS = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.|/=,;\" -]{0,20}[1-9]", fullmatch=True)
TRAITS = st.integers(1, 10**9)
SIGNALS = (
    TRAITS.map(lambda t: f"d_sid={t}")
    | TRAITS.map(lambda t: f"d_unsid={t}")
    | st.from_regex(r"ic=[A-Za-z0-9_.-]{1,8}", fullmatch=True)
    | st.tuples(
        st.from_regex(r"[a-z_][A-Za-z0-9_.]{0,8}", fullmatch=True).filter(
            lambda k: k not in ("ic", "d_sid", "d_unsid")
        ),
        st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters='",@'), min_size=1, max_size=9),
    ).map('"{0[0]}"="{0[1]}"'.format)
)


def subject(signal: str) -> str:
    """What a signal speaks of; two that speak of the same may contradict each other (V6)."""
    return signal.replace("d_unsid", "d_sid")


@settings(max_examples=25)
@given(st.dictionaries(IDS, st.lists(SIGNALS, min_size=1, max_size=6, unique_by=subject), min_size=1, max_size=6))
def test_well_formed_lines_have_no_violation(
    tmp_path_factory: pytest.TempPathFactory, users: dict[str, list[str]]
) -> None:
    content = "".join(f"{user}\t{','.join(signals)}\n" for user, signals in users.items())
    assert check_bytes(tmp_path_factory.mktemp("lines"), DATA, content.encode()).violations == ()


ALPHABET = st.sampled_from([*'ab1 09",=:-._%@\t\r', "d_sid=", "ic=", "ic", "d_", "sid", "null", "0" * 8, "é", "\u200b"])


@settings(max_examples=40)
@given(st.lists(st.lists(ALPHABET, min_size=1, max_size=12).map("".join), min_size=10, max_size=60), st.booleans())
def test_the_fast_way_agrees_with_the_slow_one(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], overwrite: bool
) -> None:
    """Lines that the pattern lets pass are those in which the slow way finds nothing."""
    lines = [f"user-{line}" if i % 2 else line for i, line in enumerate(lines)]
    kind = DataLines(None, Signals(overwrite, None))
    slow = {
        i for i, line in enumerate(lines, start=1) if (text := line.removesuffix("\r")) and list(kind.problems(text))
    }
    path = tmp_path_factory.mktemp("lines") / (OVERWRITE if overwrite else DATA)
    lines += [f"crm-{number}\td_sid=1" for number in range(1, FEW_LINES + 1)]  # fewer are all read the slow way
    path.write_bytes("".join(f"{line}\n" for line in lines).encode())
    report = check_paths([path], max_examples=1000)
    fast = {
        n
        for v in report.violations
        if v.rule not in ("S6", "S8", "L7") and "another line" not in v.message
        for n in v.lines
    }
    assert fast == slow


def test_no_placeholder_passes_the_fast_pattern() -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    ids = pa.array([*PLACEHOLDERS, *(p.upper() for p in PLACEHOLDERS)])
    for id_type in (None, "dpuuid", "aam_uuid", "ecid", "hashed_email", *GLOBAL_DATA_SOURCES):
        assert not pc.any(pc.match_substring_regex(ids, rf"\A(?:{fine_id(id_type)})\z")).as_py()
        assert all(id_problem(placeholder, id_type) for placeholder in PLACEHOLDERS)


def test_every_rule_that_can_break_has_a_case() -> None:
    reported = {
        number for number, rule in rules().items() if any("module check/" in enforcer for enforcer in rule.enforced_by)
    }
    assert reported - {case.rule for case in CASES} == {
        "N1",
        "N6",
        "R3",
        "R9",
        "S1",
        "S2",
        "V13",
    }  # shown by tests of their own


# Command


def test_the_command_reports_by_file_and_rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And counts under the words of a receipt (R3)."""
    monkeypatch.chdir(tmp_path)
    folder = drop(tmp_path, {f"{DAY}/{DATA}": b"someone@example.com\td_sid=1\n" * 7 + b"crm-1\td_sid=1"})
    result = CliRunner().invoke(check, [str(folder), "--max-examples", "2"])
    assert result.exit_code == 1
    assert "  P1  no personal data in IDs and values" in result.output
    assert "the user ID is or holds an e-mail address: 7 times, first on lines 1, 2" in result.output
    assert "no newline after the last line: line 8" in result.output
    assert "Records received:  8" in result.output
    assert "8 violations, 0 warnings" in result.output
    assert "someone" not in result.output


def test_the_command_prints_one_json_object(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = drop(tmp_path, {f"{DAY}/{DATA}": GOOD + b"\n"})
    result = CliRunner().invoke(check, [str(folder), "--json"])
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert report["summary"]["Records received"] == 1
    [violation] = report["found"]
    assert (violation["rule"], violation["lines"], violation["count"]) == ("S6", [2], 1)


def test_the_command_takes_the_projects_seeds(tmp_path: Path, seeds: Seeds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = drop(tmp_path, {f"{DAY}/{DATA}": b"crm-1\td_sid=2\n"})
    result = CliRunner().invoke(check, [str(folder)])
    assert result.exit_code == 1
    assert "trait 2 is not an onboarded trait: line 1" in result.output
    monkeypatch.chdir(folder)
    assert CliRunner().invoke(check, ["."]).exit_code == 0


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    result = CliRunner().invoke(check, [str(tmp_path / "nothing")])
    assert isinstance(result.exception, ConfigurationError)
    assert result.exception.exit_code == 2
    assert "does not exist" in str(result.exception)
