"""ID synchronisations: what is kept out and why, and what leaves, day by day and killed anywhere."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import md5, sha1, sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import crash
import pyarrow as pa
import pytest
import tiny
from crash import KILLED, Fault
from postgres import Server
from sandbox import DUCKDB, NO_PACKAGE_TESTS, PACKAGE, Sandbox, Warehouse
from sweeps import share
from test_inbound_pipeline import documented_rules

from aam_export.delivery import batch as delivery
from aam_export.delivery.uploads import Progress, Upload, upload_all
from aam_export.drops import Drop
from aam_export.errors import RecordError
from aam_export.files.lines import Block, cut_blocks
from aam_export.files.names import IdSyncFileName

TIMESTAMP = re.compile(r"_\d{10}\.")
Pairs = Mapping[str, Iterable[tuple[str | None, ...]]]

AAM = "1234567890123456789012345678901234567{}"
GAID = "38400000-8cf0-11bd-b23e-10b96e40000{}"
JANE = "Jane.Doe@example.com"
MANY = [f"many{number}@example.com" for number in range(12)]


def hashed(address: str) -> str:
    return sha256(address.strip().lower().encode()).hexdigest()


ID_SYNC_TESTS = ("id_mappings_within_limits", "id_sync_rejects_within_limit", "id_syncs_are_well_declared")


def create(
    folder: Path, id_syncs: str, widths: Mapping[str, int], warehouse: Warehouse = DUCKDB, **variables: Any
) -> Sandbox:
    """The project of tiny.py with ID synchronisations: their rows stand in tables that `set_pairs` fills."""
    project = tiny.create(folder, warehouse)
    project.configure(
        {
            **tiny.VARIABLES,
            "aam_id_sync_models": [f"id_sync__{name}" for name in widths],
            "aam_pii_models": ["people"],
            "aam_cross_device_data_sources": ["crm"],
            **variables,
        },
        unit_tests=NO_PACKAGE_TESTS["unit_tests"],
        data_tests={PACKAGE: {"+enabled": False, **{name: {"+enabled": True} for name in ID_SYNC_TESTS}}},
    )
    project.declare(
        {
            **tiny.SEEDS,
            "aam_data_sources": tiny.SEEDS["aam_data_sources"]
            + "email,100004,hashed_email,,sync,none,Addresses\nbrowser,100003,aam_uuid,,sync,none,Browsers\n",
            "aam_id_syncs": tiny.SEEDS["aam_id_syncs"] + id_syncs,
        }
    )
    tables = ", ".join(f"{{name: pairs_{name}}}" for name in widths)
    project.write(
        "models/id_syncs/_id_syncs.yml",
        f"""
sources: [{{name: pairs, schema: tiny, tables: [{tables}]}}]
models:
  - name: people
    columns:
      - {{name: full_name, config: {{meta: {{contains_pii: true, pii_overlap: true}}}}}}
      - {{name: email, config: {{meta: {{contains_pii: true}}}}}}
""",
    )
    for name in widths:
        project.write(
            f"models/id_syncs/id_sync__{name}.sql", f"select * from {{{{ source('pairs', 'pairs_{name}') }}}}"
        )
    addresses = ", ".join(f"('Jane Archibald Doe', '{address}')" for address in [JANE, *MANY])
    project.write("models/id_syncs/people.sql", f"select * from (values {addresses}) as t (full_name, email)")
    return project


def set_pairs(project: Sandbox, widths: Mapping[str, int], pairs: Pairs) -> None:
    for name, width in widths.items():
        columns = [f"id_{number}" for number in range(1, width + 1)]
        project.fill(f"tiny.pairs_{name}", columns, list(pairs.get(name, ())))


# Rows of every reason

WIDTHS = {"browsers": 2, "android": 2, "emails": 2, "wide": 3, "narrow": 2, "undeclared": 2, "crowd": 2}
DECLARED = """browsers,adobe_id,0_100001,
android,adobe_id,20914_100001,
emails,c2c_id,100001_100004,
wide,adobe_id,0_100001_100002,
narrow,adobe_id,20914_100001_100002,
crowd,adobe_id,20914_100002,
"""
OPTED_OUT = [("crm", "Customer-gone"), ("browser", AAM.format(7)), ("android", GAID.format("d"))]
# Reason → ID synchronisation and row; the first of a row's reasons counts.
BAD: dict[str, list[tuple[str, tuple[str | None, ...]]]] = {
    "pii_email": [
        ("emails", ("Customer-1", JANE)),
        ("browsers", ("jane@example.com", "Customer-1")),
        ("wide", (AAM.format(1), "Customer-1", "acc jane@example.com")),
        ("undeclared", (AAM.format(1), "jane@example.com")),
    ],
    "pii_known_value": [("browsers", (AAM.format(1), "jane archibald doe"))],
    "unknown_id_sync": [("undeclared", (AAM.format(1), "Customer-1"))],
    "id_sync_column_count": [("narrow", (GAID.format(1), "Customer-1"))],
    "missing_user_id": [
        ("browsers", (AAM.format(1), None)),
        ("browsers", ("", "Customer-1")),
        ("wide", (AAM.format(1), "Customer-1", None)),
    ],
    "tab_or_newline_in_id": [("browsers", (AAM.format(1), "a\tb")), ("browsers", (AAM.format(1), "a\n"))],
    "control_character_in_id": [("browsers", (AAM.format(1) + "\n", "Customer-1"))],
    "separator_in_id": [("browsers", (AAM.format(1), "a\u2028b"))],
    "invisible_character_in_id": [("browsers", (AAM.format(1), "a\u200bb"))],
    "blank_at_edge_of_id": [("browsers", (AAM.format(1), "Customer-1 ")), ("emails", ("\xa0Customer-1", hashed(JANE)))],
    "colon_in_id": [("browsers", (AAM.format(1), "a:b")), ("browsers", (AAM.format(1), "a%3Ab"))],
    "url_encoded_id": [("browsers", (AAM.format(1), "a%20b")), ("wide", (AAM.format(1), "Customer-1", "%C3%A9"))],
    "placeholder_id": [("browsers", (AAM.format(1), "NULL")), ("emails", ("unknown", hashed(JANE)))],
    "all_zeros_id": [("browsers", ("0" * 38, "Customer-1")), ("emails", ("Customer-1", "0" * 64))],
    "hash_of_nothing_id": [("emails", ("Customer-1", sha256(b"").hexdigest()))],
    "first_column_no_device": [
        ("browsers", ("Customer-1", "Customer-2")),
        ("browsers", ("4318915", "Customer-2")),
        ("android", ("Customer-1", GAID.format(1))),
    ],
    "aam_uuid_format": [("browsers", (AAM.format(1)[1:], "Customer-1"))],
    "device_id_case": [("android", (GAID.format("a").upper(), "Customer-1"))],
    "device_id_format": [("android", (GAID.format(1)[1:], "Customer-1"))],
    "hashed_email_upper_case": [("emails", ("Customer-1", hashed(JANE).upper()))],
    "hashed_email_md5": [("emails", ("Customer-1", md5(b"jane").hexdigest()))],
    "hashed_email_sha1": [("emails", ("Customer-1", sha1(b"jane").hexdigest()))],
    "hashed_email_format": [("emails", ("Customer-1", hashed(JANE)[1:]))],
    "hashed_email_not_lowercased": [("emails", ("Customer-1", sha256(JANE.encode()).hexdigest()))],
    "hashed_email_not_trimmed": [("emails", ("Customer-1", sha256(f"{JANE.lower()}\n".encode()).hexdigest()))],
    "hashed_email_unknown": [("emails", ("Customer-1", sha256(b"salt" + JANE.lower().encode()).hexdigest()))],
    "opted_out": [
        ("browsers", (AAM.format(1), "Customer-gone")),
        ("browsers", (AAM.format(7), "Customer-1")),
        ("android", (GAID.format("d"), "Customer-1")),
        ("emails", ("Customer-gone", hashed(JANE))),
    ],
    "emails_over_limit": [("emails", ("Customer-many", digest)) for digest in sorted(map(hashed, MANY))[10:]],
}
GOOD: list[tuple[str, tuple[str | None, ...]]] = [
    *(("emails", ("Customer-many", digest)) for digest in sorted(map(hashed, MANY))[:10]),
    ("emails", ("Customer-1", hashed(JANE))),
    ("emails", ("customer-1", hashed(JANE))),
    ("browsers", (AAM.format(1), 'ID, "quoted", 100% sure')),
    ("browsers", (AAM.format(1), "caf\u00e9")),
    ("browsers", (AAM.format(1), "cafe\u0301")),
    ("android", (GAID.format("a"), "Customer-1")),
    ("wide", (AAM.format(1), "Customer-1", "acc,1")),
    *(("crowd", (GAID.format(1), f"acc{number}")) for number in range(11)),  # M8: 10 customers a device
    *(("crowd", (f"{number:08x}-8cf0-11bd-b23e-10b96e40000d", "acc-shop")) for number in range(1, 102)),  # M8: 100
]
PERSONAL = (JANE, "jane@example.com", "jane archibald doe")

URLS = r"""
with ids as (
    select 1 as place, 'a&b=c' as id, 'https://example.com/?u=${DD_UUID}' as back, 1 as gdpr, 'BO+/=x' as consent
    union all select 2, '顧客 😀', null, 0, 'é'
    union all select 3, 'e' || chr(769), '', null, null
    union all select 4, 'x', null, 1, null
    union all select 5, 'x', null, null, 'BO'
    union all select 6, '', null, 1, 'BO'
    union all select 7, null, null, 1, 'BO'
    union all select 8, 'x', null, 2, 'BO'
)

select
    place,
    {{ aam_inbound.id_sync_url(100002, 'id') }} as plain,
    {{ aam_inbound.id_sync_url('100002', 'id', redirect="https://example.com/it's?u=${DD_UUID}") }} as redirected,
    {{ aam_inbound.id_sync_url('100000 + place', 'id', redirect='back', gdpr='gdpr', gdpr_consent='consent') }} as complete,
    {{ aam_inbound.id_sync_url('1', 'id', gdpr=0, gdpr_consent="'-'") }} as no_gdpr
from ids
"""


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory, warehouse: Warehouse) -> Sandbox:
    """Every row of BAD and GOOD, one of them twice, built without the tests, which are run after."""
    project = create(tmp_path_factory.mktemp("rows"), DECLARED, WIDTHS, warehouse)
    project.write("models/id_syncs/urls.sql", URLS)
    tiny.set_signals(project, tiny.first_day(), OPTED_OUT)
    given: dict[str, list[tuple[str | None, ...]]] = {}
    for name, row in [*(item for items in BAD.values() for item in items), *GOOD, GOOD[-1]]:
        given.setdefault(name, []).append(row)
    set_pairs(project, WIDTHS, given)
    built = project.dbt("build", "--exclude-resource-type", "test", variables={"aam_now": "2026-03-01"})
    assert built.returncode == 0, built.stdout[-3000:]
    project.write("build.log", built.stdout)
    tested = project.dbt("test", variables={"aam_max_reject_pct": 90})
    project.write("test.log", tested.stdout)
    return project


def rows_of(project: Sandbox, relation: str) -> Counter[tuple[Any, ...]]:
    return Counter(project.query(f"select id_sync, id_1, id_2, id_3, reason, rule from {relation}"))


def padded(row: tuple[str | None, ...]) -> tuple[str | None, ...]:
    """A row as id_sync_rows has it: NULL is empty, and beyond a model's columns there is NULL."""
    return (*(text or "" for text in row), *[None] * (3 - len(row)))


def test_each_bad_row_is_kept_out_for_its_reason(rows: Sandbox) -> None:
    rules = documented_rules()
    expected: Counter[tuple[Any, ...]] = Counter()
    for reason, items in BAD.items():
        for name, row in items:
            ids = padded(row)
            if rules[reason] == "P1":
                ids = tuple(None if text is None else sha256(text.encode()).hexdigest() for text in ids)
            expected[(name, *ids, reason, rules[reason])] += 1
    assert rows_of(rows, "id_sync_rejects") == expected


def test_good_rows_become_lines_byte_for_byte(rows: Sandbox) -> None:
    lines = rows.query("select id_sync, record from id_sync_records")
    assert sorted(lines) == sorted((name, "\t".join(map(str, row))) for name, row in GOOD)


def test_no_table_holds_personal_data(rows: Sandbox) -> None:
    columns = rows.query(
        "select table_name, column_name from information_schema.columns where data_type in ('VARCHAR', 'text')"
        " and table_name like 'id_sync_%' and table_name <> 'input__aam_id_sync_models'"
        " and table_name not like 'id_sync\\_\\_%' escape '\\'"
    )
    assert "id_sync_rows" in {name for name, _ in columns}
    for name, column in columns:
        holding = " or ".join(f"position('{value}' in {column}) > 0" for value in PERSONAL)
        assert rows.query(f"select count(*) from {name} where {holding}") == [(0,)], f"{name}.{column}"


def test_the_tests_name_the_synchronisation_the_rule_and_the_count(rows: Sandbox) -> None:
    log = (rows.folder / "test.log").read_text(encoding="utf-8")
    for result in (
        "FAIL 2 id_sync_rejects_within_limit" not in log and "id_sync_rejects_within_limit",
        "id_syncs_are_well_declared",
        "id_mappings_within_limits",
    ):
        assert str(result) in log
    kept_out = [line for line in log.splitlines() if "reject_rows" in line]
    assert any("id_sync browsers, reason first_column_no_device, rule U6, reject_rows 2" in line for line in kept_out)
    assert any("id_sync android, reason first_column_no_device, rule U6, reject_rows 1" in line for line in kept_out)
    assert not any("opted_out" in line for line in kept_out)
    # M8, as a warning whose number is that of the IDs over the limits: a device, and a customer.
    assert "WARN 2 id_mappings_within_limits" in log
    assert "id_sync crowd, rule M8, from_type gaid, to_type dpuuid, most 10, ids_over 1, most_found 11" in log
    assert "id_sync crowd, rule M8, from_type dpuuid, to_type gaid, most 100, ids_over 1, most_found 101" in log


def test_a_build_says_what_it_kept_out_and_who_collides(rows: Sandbox) -> None:
    log = (rows.folder / "build.log").read_text(encoding="utf-8")
    for words in (
        "browsers: 2 kept out: first_column_no_device (U6)",
        "emails: 2 kept out: emails_over_limit (S7)",
        "emails: 12 pairs",
        "crowd: 1 IDs of type gaid are mapped to several people (id_sync_collisions)",
    ):
        assert words in log
    collisions = rows.query(
        "select id_sync, user_id, people, first_person, last_person from id_sync_collisions order by 1"
    )
    assert collisions == [
        ("browsers", AAM.format(1), 3, 'ID, "quoted", 100% sure', "caf\u00e9"),
        ("crowd", GAID.format(1), 11, "acc0", "acc9"),
        ("emails", hashed(JANE), 2, "Customer-1", "customer-1"),
    ]


def test_declarations_that_make_no_file_are_named(rows: Sandbox, tmp_path: Path) -> None:
    """A synchronisation of customers in the first column among them: U6."""
    project = rows.copy(tmp_path / "project")
    project.write(
        "seeds/aam_id_syncs.csv",
        "id_sync,file_prefix,dpids,description\ncustomers_first,adobe_id,100001_20914,\none,adobe_id,0,\n"
        "twice,adobe_id,0_100001_100001,\nunknown,adobe_id,0_999,\nbackwards,c2c_id,100004_100001,\n"
        "three,c2c_id,100001_100004_100002,\nspelt,adobe_id,0-100001,\n",
    )
    outcome = project.dbt(
        "build", "--select", "aam_id_syncs", "input__aam_id_syncs", "id_sync_columns", "id_syncs_are_well_declared",
        variables={"aam_cross_device_data_sources": ["crn"]},
    )  # fmt: skip
    assert outcome.returncode == 1
    said = [line.partition("id_sync ")[2] for line in outcome.stdout.splitlines() if ", problem " in line]
    assert "id_sync twice, rule N10, problem a DPID stands twice in 0_100001_100001" in outcome.stdout
    lacking = [line for line in said if "so that nothing of it is sent" in line]
    assert len(lacking) == 7
    assert {tuple(line.split(", problem ")[0].split(", rule ")) for line in said if line not in lacking} == {
        ("customers_first", "U6"),
        ("one", "N10"),
        ("twice", "N10"),
        ("unknown", "N10"),
        ("backwards", "N10"),
        ("three", "N10"),
        ("spelt", "N10"),
        ("(var aam_cross_device_data_sources)", "M5"),
    }


def test_urls_are_percent_encoded_and_whole(rows: Sandbox) -> None:
    ids = {1: "a&b=c", 2: "顧客 😀", 3: "e\u0301", 4: "x", 5: "x", 8: "x"}
    found = {place: rest for place, *rest in rows.query("select * from urls")}
    for place, (plain, redirected, complete, no_gdpr) in found.items():
        if place not in ids:
            assert [plain, redirected, complete, no_gdpr] == [None] * 4
            continue
        own = quote(ids[place], safe="-._~")
        assert plain == f"https://dpm.demdex.net/ibs:dpid=100002&dpuuid={own}"
        assert (
            redirected == f"{plain}&redir={quote('https://example.com/it' + chr(39) + 's?u=${DD_UUID}', safe='-._~')}"
        )
        assert no_gdpr == f"https://dpm.demdex.net/ibs:dpid=1&dpuuid={own}&gdpr=0&gdpr_consent=-"
    start = "https://dpm.demdex.net/ibs:dpid=10000{}&dpuuid={}"
    back = "&redir=https%3A%2F%2Fexample.com%2F%3Fu%3D%24%7BDD_UUID%7D"
    assert [found[place][2] for place in (1, 2, 3)] == [
        start.format(1, "a%26b%3Dc") + back + "&gdpr=1&gdpr_consent=BO%2B%2F%3Dx",
        start.format(2, "%E9%A1%A7%E5%AE%A2%20%F0%9F%98%80") + "&gdpr=0&gdpr_consent=%C3%A9",
        start.format(3, "e%CC%81"),
    ]
    assert [found[place][2] for place in (4, 5, 8)] == [None] * 3, "one GDPR parameter alone, or neither 0 nor 1"


def test_one_gdpr_parameter_alone_is_refused(rows: Sandbox) -> None:
    inline = "select {{ aam_inbound.id_sync_url('1', 'id', gdpr=1) }} from (select 'a' as id) as t"
    outcome = rows.dbt("compile", "--inline", inline)
    assert outcome.returncode != 0
    assert "gdpr is given without gdpr_consent: AAM takes both or neither (I1)" in outcome.stdout


# Days of deliveries

DAY_WIDTHS = {"android": 2, "emails": 2, "accounts": 3}
DAY_SYNCS = """android,adobe_id,20914_100001,
emails,c2c_id,100001_100004,
accounts,adobe_id,0_100001_100002,
"""
ANDROID = [(tiny.GAID.format(number + 1), f"Customer-{number}") for number in range(3)]
EMAILS = [(f"Customer-{number}", hashed(MANY[number])) for number in range(3)]
ACCOUNTS = [(AAM.format(0), "Customer-0", "acc0x")]


@dataclass
class Days:
    """A project in which three days were lived, and what each of them planned, held back and sent: file → lines."""

    project: Sandbox
    built: dict[str, Path] = field(default_factory=dict)
    plans: dict[str, Any] = field(default_factory=dict)
    held: dict[str, list[str]] = field(default_factory=dict)
    coverage: dict[str, dict[str, tuple[int, ...]]] = field(default_factory=dict)
    sent: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def live(self, day: str, pairs: Pairs, keep: Path | None = None) -> None:
        project = self.project
        set_pairs(project, DAY_WIDTHS, pairs)
        outcome = project.dbt("build", variables={"aam_now": f"{day} 06:00:00"})
        assert outcome.returncode == 0, outcome.stdout[-3000:]
        if keep:
            self.built[day] = Path(shutil.copytree(project.folder, keep / day, symlinks=True))
        self.plans[day] = json.loads(project.export("plan", "--json").stdout)
        self.held[day] = [user for (user,) in project.query("select user_id from inbound_users_on_hold order by 1")]
        self.coverage[day] = {
            source: tuple(counts)
            for source, *counts in project.query(
                "select data_source, records, records_synced, records_captured, records_pending, records_unknown, "
                "users_on_hold from id_sync_coverage where needs_sync"
            )
        }
        ran = crash.run(project.folder, "run", "--now", f"{day}T08:00:00", setup=rounds_of_one_kind)
        assert ran.exit_code == 0, ran.output
        self.sent[day] = sent_lines(project.folder, day)


def rounds_of_one_kind() -> None:
    """Files that go up together, as they do on S3, are all ID files or, in a later round, all data files."""

    def watched(drop: Drop, rounds: Sequence[Sequence[Upload]], progress: Progress, **more: Any) -> None:
        for uploads, of_ids in zip(rounds, (True, False), strict=True):
            assert all(isinstance(upload.file.name, IdSyncFileName) is of_ids for upload in uploads), rounds
        upload_all(drop, rounds, progress, **more)

    vars(delivery)["upload_all"] = watched


def sent_lines(folder: Path, day: str) -> dict[str, list[str]]:
    """File name without TIMESTAMP → its lines, of the files in a day's folder of the drop."""
    files = sorted((folder / "target/aam_drop").glob(f"*/date={day}/*"))
    return {
        "_".join(file.name.split(".")[0].split("_")[:-1]): gzip.decompress(file.read_bytes()).decode().splitlines()
        for file in files
    }


def lines_of(pairs: Iterable[tuple[str, ...]]) -> list[str]:
    return sorted("\t".join(row) for row in pairs)


def days_of(folder: Path, warehouse: Warehouse = DUCKDB, *, keep: bool = False) -> Days:
    """Day 1: all is new. Day 2: a device has another customer, an address is gone. Day 4: the device's first one is back."""
    project = create(folder / "project", DAY_SYNCS, DAY_WIDTHS, warehouse, aam_hold_unsynced=True)
    tiny.set_signals(project, tiny.first_day())
    project.execute("insert into tiny.captured values ('site_user', 'acc1x')")
    days = Days(project)
    days.live("2026-03-01", {"android": ANDROID, "emails": EMAILS, "accounts": ACCOUNTS})
    changed = [*ANDROID[1:], (ANDROID[0][0], "Customer-5")]
    accounts = [*ACCOUNTS, (AAM.format(2), "Customer-2", "acc2x")]
    days.live("2026-03-02", {"android": changed, "emails": EMAILS[1:], "accounts": accounts}, folder if keep else None)
    days.live("2026-03-04", {"android": ANDROID, "emails": EMAILS, "accounts": accounts})
    return days


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Days:
    return days_of(tmp_path_factory.mktemp("days"), keep=True)


def test_all_pairs_are_sent_once(days: Days) -> None:
    first = days.sent["2026-03-01"]
    assert first["adobe_id_20914_100001"] == lines_of(ANDROID)
    assert first["c2c_id_100001_100004"] == lines_of(EMAILS)
    assert first["adobe_id_0_100001_100002"] == lines_of(ACCOUNTS)
    assert {name for name in first if name.startswith("ftp_dpm")} == {
        "ftp_dpm_100001", "ftp_dpm_100002", "ftp_dpm_20914_100001",
    }  # fmt: skip


def test_a_changed_pair_is_the_only_one_in_the_next_file(days: Days) -> None:
    second = days.sent["2026-03-02"]
    assert second["adobe_id_20914_100001"] == [f"{ANDROID[0][0]}\tCustomer-5"]
    assert "c2c_id_100001_100004" not in second, "that an address is gone no file can say, and none is empty (S3)"
    assert second["adobe_id_0_100001_100002"] == [f"{AAM.format(2)}\tCustomer-2\tacc2x"]


def test_what_comes_back_is_sent_again(days: Days) -> None:
    last = days.sent["2026-03-04"]
    assert last["adobe_id_20914_100001"] == ["\t".join(ANDROID[0])]
    assert last["c2c_id_100001_100004"] == ["\t".join(EMAILS[0])]
    assert "adobe_id_0_100001_100002" not in last


def test_id_files_leave_before_data_files(days: Days) -> None:
    for batch in days.project.query("select distinct batch_id from aam_files"):
        names = [
            name
            for (name,) in days.project.query(
                f"select file_name from aam_files where event = 'delivered' and batch_id = '{batch[0]}' order by rowid"
            )
        ]
        kinds = [name.startswith("ftp_dpm") for name in names]
        assert kinds == sorted(kinds), names
        assert not kinds[0], names


def test_plan_and_status_show_id_files(days: Days) -> None:
    plan = days.plans["2026-03-02"]
    assert [(file["kind"], file["data_sources"], file["lines"], file["users"]) for file in plan["files"]][:2] == [
        ("id_sync", "accounts", 1, 0),
        ("id_sync", "android", 1, 0),
    ]
    assert plan["id_syncs"] == [
        dict(zip(("id_sync", "wanted", "new", "changed", "gone", "rejected", "collisions"), row, strict=True))
        for row in (("accounts", 2, 1, 0, 0, 0, 0), ("android", 3, 0, 1, 1, 0, 0), ("emails", 2, 0, 0, 1, 0, 0))
    ]
    status = json.loads(days.project.export("status", "--json").stdout)
    shown = {file["file_name"].split(".")[0].rpartition("_")[0] for file in status["files"]}
    assert shown >= {"adobe_id_20914_100001", "c2c_id_100001_100004", "adobe_id_0_100001_100002"}
    assert [batch["users"] for batch in status["batches"]][-1] == 6 + 1 + 3, "people in data files, not pairs"


def test_unsynced_users_are_held_until_their_pair_is_settled(days: Days) -> None:
    """`acc0x` is in the first batch, settled on day 4; `acc1x` was captured; `acc2x` is in the second; `acc3x` in none."""
    assert days.held == {
        "2026-03-01": ["acc0x", "acc2x", "acc3x"],
        "2026-03-02": ["acc0x", "acc2x", "acc3x"],
        "2026-03-04": ["acc2x", "acc3x"],
    }
    users = {day: [line.split("\t")[0] for line in sent.get("ftp_dpm_100002", [])] for day, sent in days.sent.items()}
    assert users == {"2026-03-01": ["acc1x"], "2026-03-02": [], "2026-03-04": ["acc0x"]}
    # crm is cross-device in AAM and android needs no synchronisation: neither waits.
    assert len(days.sent["2026-03-01"]["ftp_dpm_100001"]) == 6
    assert len(days.sent["2026-03-01"]["ftp_dpm_20914_100001"]) == 3


def test_coverage_says_what_will_not_match(days: Days) -> None:
    assert {day: coverage["site_user"] for day, coverage in days.coverage.items()} == {
        "2026-03-01": (1, 0, 1, 0, 0, 3),
        "2026-03-02": (0, 0, 0, 0, 0, 3),
        "2026-03-04": (1, 1, 0, 0, 0, 2),
    }
    assert set(days.coverage["2026-03-01"]) == {"site_user", "email"}
    assert days.plans["2026-03-01"]["coverage"] == [
        {"data_source": "site_user", "lines": 1, "synced": 0, "captured": 1, "pending": 0, "unknown": 0, "on_hold": 3}
    ]


def test_check_finds_nothing_in_the_drop(days: Days) -> None:
    checked = days.project.export("check", "target/aam_drop", "--seeds", "seeds")
    assert "0 violations, 0 warnings" in checked.stdout, checked.stdout


@pytest.mark.thorough
def test_the_days_are_the_same_on_postgres(days: Days, postgres_server: Server, tmp_path: Path) -> None:
    others = days_of(tmp_path, Warehouse("postgres", postgres_server))
    assert others.sent == days.sent
    assert others.held == days.held
    assert others.coverage == days.coverage


def test_full_sends_every_pair(days: Days, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(days.built["2026-03-02"], tmp_path / "full", symlinks=True))
    ran = crash.run(folder, "run", "--now", "2026-03-02T08:00:00", "--full")
    assert ran.exit_code == 0, ran.output
    sent = sent_lines(folder, "2026-03-02")
    assert sent["adobe_id_20914_100001"] == lines_of([*ANDROID[1:], (ANDROID[0][0], "Customer-5")])
    assert sent["c2c_id_100001_100004"] == lines_of(EMAILS[1:])
    changes = Sandbox(folder).query(
        "select change, count(*) from aam_batch_id_syncs where batch_id = (select max(batch_id) from aam_batches)"
        " group by 1 order by 1"
    )
    assert changes == [("changed", 1), ("gone", 2), ("new", 1), ("refresh", 5)]


def test_compaction_keeps_what_is_known_of_each_pair(days: Days, tmp_path: Path) -> None:
    project = Sandbox(Path(shutil.copytree(days.project.folder, tmp_path / "project", symlinks=True)))
    delivered = "select file_prefix, dpids, record, is_wanted from id_sync_delivered order by all"
    before, rows = project.query(delivered), project.query("select count(*) from aam_batch_id_syncs")
    for (batch,) in project.query("select distinct batch_id from aam_batches"):
        assert crash.run(project.folder, "settle", "--batch", batch).exit_code == 0
    compacted = project.dbt("run-operation", "compact_ledger", variables={"aam_now": "2026-04-01"})
    assert compacted.returncode == 0, compacted.stdout
    assert project.query(delivered) == before
    assert project.query("select count(*) from aam_batch_id_syncs") == [(len(before),)] != rows


@pytest.mark.thorough
def test_killed_at_every_side_effect(days: Days, tmp_path: Path, tally: Callable[[str, int], None]) -> None:
    """The second day has two ID files and no data file: one run mends it, with the same names and bytes.

    Only before what changes something: to be killed at a question is to be killed before the next change.
    """

    def files(folder: Path) -> dict[tuple[str, str], bytes]:
        """Day and name, without the TIMESTAMP, which is of the second in which a run came to it: one a batch."""
        found = sorted((folder / "target/aam_drop").rglob("*.gz"))
        timestamps = {(file.parent.name, TIMESTAMP.findall(file.name)[0]) for file in found}
        assert len(timestamps) == 2, timestamps
        return {(file.parent.name, TIMESTAMP.sub("_.", file.name)): file.read_bytes() for file in found}

    def run(name: str, fault: Fault | None = None) -> tuple[Path, crash.Outcome]:
        folder = tmp_path / name
        if not folder.exists():
            shutil.copytree(days.built["2026-03-02"], folder, symlinks=True)
        return folder, crash.run(folder, "run", "--now", "2026-03-02T08:00:00", fault=fault)

    clean, outcome = run("clean")
    expected = files(clean)
    assert len(expected) == 8
    effects = dict(enumerate(outcome.effects, start=1))
    numbers = share([number for number, effect in effects.items() if effect != "warehouse fetch"], effects.__getitem__)
    for number in numbers:
        folder, killed = run("case", Fault(number))
        case = f"{number}: {effects[number]}"
        assert killed.exit_code == KILLED, case
        folder, mended = run("case")
        assert mended.exit_code == 0, f"{case}: {mended.output}"
        assert files(folder) == expected, case
        pairs = Sandbox(folder).query(
            "select count(*), count(distinct record) from aam_batch_id_syncs where change <> 'gone' and batch_id in"
            " (select batch_id from aam_batches where event = 'committed' and drop_date = '2026-03-02')"
        )
        assert pairs == [(2, 2)], case
        shutil.rmtree(folder)
    tally("crash points killed at, ID files", len(numbers))


# Lines


def blocks(lines: list[str | None], columns: int) -> list[Block]:
    return list(
        cut_blocks([pa.array(lines, pa.string())], source="id_sync_records, x", id_columns=columns, block_bytes=16)
    )


def test_lines_of_pairs_are_cut_into_blocks_without_users() -> None:
    made = blocks(["4\ta,b\tc\n", "4\td\te\n", "5\tf\tg\n"], 3)
    assert b"".join(bytes(block.data) for block in made) == b"4\ta,b\tc\n4\td\te\n5\tf\tg\n"
    assert sum(block.lines for block in made) == 3
    assert {(block.users, block.signals) for block in made} == {(0, 0)}


@pytest.mark.parametrize(
    ("line", "columns", "words", "rule"),
    [
        ("4\n", 2, "has 1 IDs, the file's name says 2", "N10"),
        ("4\ta\tb\n", 2, "has 3 IDs, the file's name says 2", "N10"),
        ("4\ta\n", 3, "has 2 IDs, the file's name says 3", "N10"),
        ("\ta\n", 2, "has an empty ID", "U5"),
        ("4\t\n", 2, "has an empty ID", "U5"),
        ("4\t\tb\n", 3, "has an empty ID", "U5"),
        ("4\ta \n", 2, "ends with a blank", "I3"),
        ("4\ta\rb\n", 2, "has a control character", "U5"),
        ("4\ta\n5\tb\n", 2, "has a newline inside", "S6"),
        (f"4\t{'x' * 102_400}\n", 2, "102,403 bytes long", "S4"),
        (None, 2, "has no record", "S6"),
    ],
)
def test_a_line_that_aam_would_drop_stops_the_file(line: str | None, columns: int, words: str, rule: str) -> None:
    good = "\t".join(["4", *["a"] * (columns - 1)]) + "\n"
    with pytest.raises(RecordError) as caught:
        blocks([good, line, good], columns)
    assert words in str(caught.value)
    assert "row 2" in str(caught.value)
    assert caught.value.rule == rule
    assert "id_sync_records" in caught.value.hint
