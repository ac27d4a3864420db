"""Rows of outbound files, by template: what was put in comes out, and what leaves a row's meaning open is refused (O4, O14 to O19, O36)."""

from __future__ import annotations

import gzip
import json
import random
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import forked_programs
import pytest
from feedback_world import BLANKS, SAMPLES, TABS
from sandbox import REPOSITORY, _environment

Row = tuple[str | None, ...]
"""user_id, segments, removed_segments, traits, dpuuids, reason"""

ATTRIBUTES = (
    "<PID><TAB><UUID><TAB><DP_UUID><TAB><SET_ATTRIBUTES><TAB><OPT_OUT><TAB>"
    "<SEGMENT_LIST:{seg|<seg.type>,<seg.sid>,<OUTPUT_ATTRIBUTE_VALUE>,<seg.lastUpdateTime>&}>"
)
JSON_ROWS = (
    '{"AdvertiserId":"<PIDALIAS>", "DataCenterId": 2,"TDID":"<DP_UUID>","Data":['
    '<SEGMENT_LIST:{seg|<OPEN_CURLY_BRACKET>"Name":"<seg.sid>"<CLOSE_CURLY_BRACKET>}; separator=",">'
    "<if(SEGMENT_LIST && REMOVED_SEGMENT_LIST)>,<endif>"
    '<REMOVED_SEGMENT_LIST:{seg|{"Name":"<seg.sid>","TtlInMinutes":0}}; separator=",">]}'
)
TIMES = '<DP_UUID><TAB><TRAIT_LIST:{trait|<trait.type>,<trait.traitId>,<trait.lastRealized>}; separator="|">'


def one(user: str | None, segments: str | None, removed: str | None = None, **more: str) -> Row:
    return (user, segments, removed, more.get("traits"), more.get("dpuuids"), more.get("reason"))


NO_FIT = one(None, None, reason="row_does_not_fit")


@dataclass(frozen=True)
class Case:
    """A destination, rows of its files, and what is to become of each."""

    row_template: str
    rows: Sequence[str]
    expected: Sequence[Row]
    id_type: str = "dpuuid"
    blanks: str = ""
    header_lines: str = "0"
    sync_mode: str = "iter"


def sample(name: str) -> list[str]:
    [file] = (SAMPLES / "outbound").glob(name)
    data = file.read_bytes()
    return (gzip.decompress(data) if file.suffix == ".gz" else data).decode().splitlines()


CASES = {
    "basic": Case(
        BLANKS, sample("basic/*full*.gz"),
        [
            one("CRM-EX000001", "2400001,2400002", ""), one("CRM-EX000002", "2400001", "2400003"),
            one("CRM-EX000003", "2400002,2400003,2400004", ""), one("CRM-EX000004", "", "2400001"),
        ],
        blanks="1",
    ),
    "two blanks": Case(
        BLANKS.replace("DP_UUID", "UUID"), sample("basic_two_blanks/*"),
        [
            one("10000000000000000000000000000000000011", "24,26,27", "25,28"), one("20000000000000000000000000000000000022", "", "25"),
            one("30000000000000000000000000000000000033", "24", ""),
        ],
        id_type="aam_uuid", blanks="2",
    ),
    "tabs with header": Case(
        TABS, sample("tab_with_header/*"),
        [one("CRM-EX000001", "2400003", "2400002"), one("CRM-EX000005", "2400001", ""), one("CRM-EX000003", "", "2400004")],
        header_lines="1",
    ),
    "traits": Case(
        '<PID><TAB><DP_UUID><TAB><SET_ATTRIBUTES><TAB><TRAIT_LIST; separator="|">', sample("traits/*"),
        [one("CRM-EX000001", None, traits="7001001,7001003"), one("CRM-EX000002", None, traits="7001003")],
    ),
    "traits with times": Case(
        TIMES, sample("traits_with_times/*"),
        [one("CRM-EX000001", None, traits="7001001,7002001"), one("CRM-EX000002", None, traits="7001003")],
    ),
    "attributes": Case(
        ATTRIBUTES, sample("attributes/*"), [one("CRM-EX000001", "2400001,2400002"), one("CRM-EX000002", "2400001")]
    ),
    "attributes, by the AAM UUID": Case(
        ATTRIBUTES, sample("attributes/*")[:1], [one("10000000000000000000000000000000000011", "2400001,2400002")], id_type="aam_uuid"
    ),
    "aliases": Case(
        "<DP_UUID> <SEGMENT_LIST>", sample("ecid_no_removals/*"),
        [one("50000000000000000000000000000000000055", "buyers,lapsed"), one("60000000000000000000000000000000000066", "buyers")],
        id_type="ecid",
    ),
    "JSON": Case(
        JSON_ROWS, sample("json_rows/*"), [one("CRM-EX000001", "2400003", "2400002"), one("CRM-EX000005", "2400001", "")]
    ),
    "pairs": Case(
        '<UUID><TAB><DPUUIDS; format="dpids=100001,100002|maxMappings=0|format=json">', sample("ids/*"),
        [
            one("10000000000000000000000000000000000011", None, dpuuids='[["100001","CRM-EX000001"],["100001","CRM-EX000006"],["100002","SITE-EX01"]]'),
            one("20000000000000000000000000000000000022", None, dpuuids='[["100001","CRM-EX000002"]]'),
        ],
        id_type="aam_uuid",
    ),
    "what does not fit": Case(
        TABS, ["a\t1\t", "a", "", "a\t1", "a\t1\t2\t3", "\t1\t2", "a\t1,,2\t", "a\t1,\t", "a\t1 2\t", "a\t1\t2\r"],
        [one("a", "1", ""), *[NO_FIT] * 7, NO_FIT],
    ),
    "what breaks a list with arguments": Case(
        TIMES, ["a\t10,7,1", "a\t10,7", "a\t10,x,1", "a\t10,7,1|", "a\t", "a\t10,7,1||3,8,2"],
        [one("a", None, traits="7"), NO_FIT, NO_FIT, one("a", None, traits="7"), one("a", None, traits=""), NO_FIT],
    ),
    "IDs with blanks are read from the right": Case(
        BLANKS, ["two words 1 2", "two words  2", "two words 1 "],
        [one("two words", "1", "2"), one("two words", "", "2"), one("two words", "1", "")], blanks="1",
    ),
    "a blank more is no part of an ID": Case(
        "<DP_UUID> <SEGMENT_LIST>", ["CRM-1  25,28", " CRM-1 25", "CRM-1 25", "CRM-1 "],
        [NO_FIT, NO_FIT, one("CRM-1", "25"), one("CRM-1", "")],
    ),
    "nor are segments": Case(
        BLANKS, ["abc  25,28  26", "abc  25,28", "a  b 25 26"],
        [NO_FIT, one("abc", "", "25,28"), NO_FIT], blanks="1",
    ),
    "IDs with blanks beside other columns": Case(
        "<PIDALIAS> <MCID> <DP_UUID> <SEGMENT_LIST>", ["acme " + "1" * 38 + " two words 25", "acme  two words 25"],
        [one("two words", "25"), NO_FIT],
    ),
    "blanks at an edge of an ID": Case(
        TABS, ["CRM-1 \t1\t", " CRM-1\t1\t", "two words\t1\t"],
        [one("CRM-1 ", "1", "", reason="user_id_format"), one(" CRM-1", "1", "", reason="user_id_format"), one("two words", "1", "")],
    ),
    "a hyphen between columns": Case(
        '<DP_UUID>-<SEGMENT_LIST; separator=";">-<REMOVED_SEGMENT_LIST; separator=";">', ["a-1;2-3", "a-1-", "CRM-1-100;200-300", "a-1-2;3-4"],
        [one("a", "1,2", "3"), one("a", "1", ""), NO_FIT, NO_FIT],
    ),
    "what parts columns in the last of them": Case("<SEGMENT_LIST>|<DP_UUID>", ["1,2|a", "1|a|b"], [one("a", "1,2"), NO_FIT]),
    "columns and entries parted alike": Case("<DP_UUID>,<SEGMENT_LIST>", ["a,1,2", "a,"], [one("a", "1,2"), one("a", "")]),
    "a segment that a user is in and has left": Case(
        TABS, ["a\t1,2\t3,2", "b\t1\t11"],
        [one("a", "1,2", "3,2", reason="segment_in_both_lists"), one("b", "1", "11")],
    ),
    "which a full file may say": Case(TABS, ["a\t1,2\t3,2"], [one("a", "1,2", "3,2")], sync_mode="full"),
    "IDs of another form than is declared": Case(
        TABS, ["CRM-1\t1\t", "1" * 38 + "\t1\t"],
        [one("CRM-1", "1", "", reason="user_id_format"), one("1" * 38, "1", "")], id_type="ecid",
    ),
    "characters that patterns know": Case(
        '<DP_UUID>.*<SEGMENT_LIST; separator="|">$', ["a+b.*1|2$", "a+bx*1|2$"], [one("a+b", "1,2"), NO_FIT]
    ),
}  # fmt: skip
SEPARATORS = {"<TAB>": "\t", "<ASCII_SOH>": "\x01", "|": "|", ";": ";", "::": "::", " ": " ", "-": "-", "<COMMA>": ","}


def random_case(rng: random.Random) -> Case:
    """A template, and rows that are made of it."""
    between = rng.choice(list(SEPARATORS))
    blanks = rng.choice("12") if between == " " else ""
    parted = SEPARATORS[between] * int(blanks or 1)
    lists = rng.choice([["SEGMENT_LIST"], ["SEGMENT_LIST", "REMOVED_SEGMENT_LIST"], ["TRAIT_LIST"]])
    forms, macros = {}, {}
    for name in lists:
        separator = rng.choice([mark for mark in ",&/-" if mark != parted])
        key = "traitId" if name == "TRAIT_LIST" else "sid"
        forms[name], macros[name] = rng.choice(
            [
                ((separator, "{}"), f'<{name}; separator="{separator}">'),
                ((separator, "5:{}"), f'<{name}:{{seg|<seg.type>:<seg.{key}>}}; separator="{separator}">'),
                ((separator, "<{}>"), None),
                (("#", "5~{}"), f"<{name}:{{seg|<seg.type>~<seg.{key}>#}}>"),
            ]
        )
        if macros[name] is None:
            # Where a comma parts columns, entries are parted by what the template says.
            forms[name], macros[name] = (
                ((",", "{}"), f"<{name}>") if parted != "," else (("&", "{}"), f'<{name}; separator="&">')
            )
    extra = rng.choice(["", "<ORDER_ID>", "<SYNC_MODE>"])
    template = between.join([*([extra] if extra else []), "<DP_UUID>", *(macros[name] or "" for name in lists)])
    rows, expected = [], []
    for _ in range(20):
        letters = "abcXYZ019.-_+é%".replace(parted, "")
        user = "".join(rng.choice(letters) for _ in range(rng.randint(1, 12)))
        found: dict[str, str] = {}
        texts = []
        for number, name in enumerate(lists):
            ids = [str(1000 * (number + 1) + rng.randint(0, 99)) for _ in range(rng.choice([0, 1, 2, 5]))]
            separator, form = forms[name]
            texts.append(separator.join(form.format(one_id) for one_id in ids))
            found[name] = ",".join(ids)
        first = [{"<ORDER_ID>": "1234", "<SYNC_MODE>": "iter"}[extra]] if extra else []
        rows.append(parted.join([*first, user, *texts]))
        removed = found.get("REMOVED_SEGMENT_LIST")
        traits = {"traits": found["TRAIT_LIST"]} if "TRAIT_LIST" in found else {}
        expected.append(one(user, found.get("SEGMENT_LIST"), removed, **traits))
    return Case(template, rows, expected, blanks=blanks)


RANDOM = {f"random {seed}": random_case(random.Random(seed)) for seed in range(60)}
ALL = {**CASES, **RANDOM}
REFUSED = {
    "blanks": (
        BLANKS,
        ["O15", "two readings", "blanks = 1: an empty SEGMENT_LIST", "blanks = 2: 25 and 28 in SEGMENT_LIST"],
    ),
    "lists that nothing parts": (
        "<DP_UUID><TAB><SEGMENT_LIST><REMOVED_SEGMENT_LIST>",
        ["O15", "nothing parts SEGMENT_LIST"],
    ),
    "entries parted like columns": (
        "<DP_UUID><TAB><SEGMENT_LIST>,<REMOVED_SEGMENT_LIST>",
        ["O15", "also parts its entries"],
    ),
    "lists of one form": (
        "<DP_UUID><TAB><SEGMENT_LIST><if(SEGMENT_LIST && REMOVED_SEGMENT_LIST)>;<endif><REMOVED_SEGMENT_LIST>",
        ["O15", "two readings"],
    ),
    "no ID": ("<SEGMENT_LIST>", ["O16", "no ID of a user"]),
    "unknown macro": ("<DP_UUID><TAB><SEGMENTS>", ["O16", "SEGMENTS"]),
    "unknown argument": ('<DP_UUID><TAB><SEGMENT_LIST:{seg|<seg.name>}; separator=",">', ["O17", "name"]),
    "no argument that names": ('<DP_UUID><TAB><SEGMENT_LIST:{seg|<seg.type>}; separator=",">', ["O17"]),
}


@pytest.fixture(scope="module")
def macros(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of the macros alone."""
    folder = tmp_path_factory.mktemp("macros")
    shutil.copy(REPOSITORY / "dbt_project.yml", folder)
    profiles = (REPOSITORY / "profiles.yml.example").read_text(encoding="utf-8")
    (folder / "profiles.yml").write_text(profiles.replace("/absolute/path/of", str(folder)), encoding="utf-8")
    shutil.copytree(REPOSITORY / "macros", folder / "macros")
    return folder


def render(folder: Path, destinations: Sequence[Mapping[str, str]]) -> tuple[int, str]:
    calls = ", ".join(f"aam_inbound.outbound_lines({json.dumps(destination)})" for destination in destinations)
    outcome = forked_programs.run(
        "dbt",
        folder,
        ["--quiet", "compile", "--inline", f"{{{{ tojson([{calls}]) }}}}"],
        {**_environment(None), "DBT_PROFILES_DIR": str(folder)},
    )
    return outcome.returncode, outcome.stdout


def destination(case: Case, number: int) -> dict[str, str]:
    return {
        "destination_id": str(number), "row_template": case.row_template, "id_type": case.id_type, "blanks": case.blanks,
        "header_lines": case.header_lines,
    }  # fmt: skip


@pytest.fixture(scope="module")
def statements(macros: Path) -> dict[str, str]:
    """Case → the query that takes its rows apart."""
    code, printed = render(macros, [destination(case, number) for number, case in enumerate(ALL.values())])
    assert code == 0, printed
    return dict(zip(ALL, json.loads(printed), strict=True))


@pytest.mark.parametrize("name", ALL)
def test_a_row_tells_what_was_put_in(name: str, statements: dict[str, str]) -> None:
    case, number = ALL[name], list(ALL).index(name)
    with duckdb.connect() as connection:
        connection.execute(
            "create table lines (file_id bigint, line_number bigint, destination_id text, sync_mode text, line text)"
        )
        rows: list[tuple[Any, ...]] = [(1, at, str(number), case.sync_mode, row) for at, row in enumerate(case.rows, 1)]
        connection.executemany("insert into lines values (?, ?, ?, ?, ?)", rows)
        columns = "user_id, segments, removed_segments, traits, dpuuids, reason"
        found = connection.sql(f"select {columns} from ({statements[name]}) order by line_number").fetchall()
    assert found == list(case.expected), case.row_template


@pytest.mark.parametrize("name", REFUSED)
def test_what_leaves_a_row_open_is_refused(name: str, macros: Path) -> None:
    """O15, O16, O17: by name, and with both readings where there are two."""
    template, expected = REFUSED[name]
    code, printed = render(macros, [destination(Case(template, [], []), 1234)])
    assert code != 0
    assert all(text in printed for text in [*expected, "destination 1234"]), printed
