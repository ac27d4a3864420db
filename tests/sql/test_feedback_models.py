"""What was received, built: receipts beside what was sent, deliveries, segments and their members (O19 to O45, R1 to R14).

One project is delivered, answered, received and built; each test looks at a model of it.
"""

from __future__ import annotations

import json
import os
import re
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import feedback_world
import pytest
import tiny
from feedback_world import TABS, put
from sandbox import Sandbox, Warehouse
from segment_histories import histories, read, tables

DAY = datetime(2026, 1, 5, 15, tzinfo=timezone.utc)
DECLARED = [
    {"destination_id": "1234"},
    {"destination_id": "77", "export_label": "", "row_template": "<DP_UUID> <SEGMENT_LIST>", "schedule": "never"},
    {"destination_id": "78", "id_type": "ecid", "export_label": "pii_allowed", "schedule": "7 days"},
    # What nobody can read is told, and stops no other.
    {"destination_id": "79", "row_template": "", "schedule": "weekly", "header_lines": "one"},
]
COUNTS = {
    "Records received": 6, "Format Errors": 0, "Invalid AAM ID": 0, "No Matching AAM ID": 5, "No Trait Realized": 0,
    "Records processed": 6, "Stored Records": 1, "Total devices": 1, "Total signals": 24,
}  # fmt: skip


def receipt(number: int, names: list[str], counts: dict[str, int], quote: str = "") -> bytes:
    said = ["Dear Adobe Partner: (ID:1099)", "", "File name:", "", *names, ""]
    said += [f"{label}: {count:,}" for label, count in counts.items()]
    said += ["Job start time: 2026-01-05 18:07:49", "Job end time: 2026-01-05 18:45:02"]
    head = f"From: aam-noreply@adobe.com\nDate: Mon, 05 Jan 2026 19:0{number}:00 +0000\nMessage-ID: <{number}@mail.example>\n\n"
    return (head + "".join(f"{quote}{line}\n" for line in said)).encode()


def outbound(folder: Path, destination: str, mode: str, at: datetime, rows: list[str], key: str = "100001") -> None:
    put(
        folder,
        f"s3_{destination}_{key}_{mode}_{int(at.timestamp())}.sync",
        "".join(f"{row}\n" for row in rows).encode(),
    )


@pytest.fixture(scope="module")
def world(warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """Delivered on 5 January 2026, answered, received and built two days later."""
    folder = tmp_path_factory.mktemp("feedback")
    customers = b"select 'crm' as data_source, 'Customer-1' as user_id, 'one' as customer_id"
    put(folder / "project", "models/tiny/tiny__customers.sql", customers)
    project = feedback_world.create(folder / "project", DECLARED, warehouse, aam_customer_ids_model="tiny__customers")
    tiny.set_signals(project, tiny.first_day(), [("crm", "Customer-2")])
    outcome = project.dbt("build", "--select", "+exposure:aam_drop", variables={"aam_now": "2026-01-05 06:00:00"})
    assert outcome.returncode == 0, outcome.stdout[-3000:]
    assert project.command("aam-export", "run", "--now", "2026-01-05T08:00:00").returncode == 0
    names = [path.name for path in sorted((project.folder / "target/aam_drop").rglob("*.gz"))]
    [crm, accounts] = [next(name for name in names if f"ftp_dpm_{dpid}_" in name) for dpid in ("100001", "100002")]
    answers = folder / "answers"
    bare = crm.removesuffix(".gz")
    put(answers, "1.eml", receipt(1, [f"s3n://a-bucket/2026-01-05/{bare}"], COUNTS))
    put(answers, "2.eml", receipt(2, [f"s3n://a-bucket/2026-01-05/{bare}"], COUNTS, quote="> "))
    split = [
        f"s3n://a-bucket/2026-01-05/{accounts.removesuffix('.gz')}.1213788",
        "s3n://a-bucket/2026-01-05/ftp_dpm_9_1.sync",
    ]
    put(answers, "3.eml", receipt(3, split, {"Records received": 1_005, "Records processed": 1_005, "Stored Records": 998,
        "Format Errors": 0, "Invalid AAM ID": 0, "No Matching AAM ID": 0, "No Trait Realized": 0}))  # fmt: skip
    android = next(name for name in names if "ftp_dpm_20914_" in name)
    put(project.folder, f"target/aam_drop/acme-grocers/date=2026-01-05/{android}.processed", b"")
    put(
        answers,
        "report.csv",
        f"Data Sync File Name,Stored Records,No Matching AAM ID,Format Errors,Invalid AAM ID,No Trait Realized,Error Sampling Active\n{bare},1,5,0,0,0,true\n".encode(),
    )
    put(answers, "report2.csv", f"Data Sync File Name,Records Received,Percentage Success\n{bare},6,17%\n".encode())
    outbound(
        answers, "1234", "full", DAY, ["Customer-0\t100,buyers\t", "Customer-1\t100\t", "Customer-2\t100\t", "nonsense"]
    )
    outbound(answers, "1234", "iter", DAY.replace(day=6), ["Customer-0\t\t100", "Customer-3\tbuyers\t"])
    outbound(answers, "77", "full", DAY, ["Customer-0 100"])
    outbound(answers, "78", "full", DAY, ["not an ECID\t100\t"], key="0")
    for file in answers.iterdir():
        os.utime(file, (DAY.timestamp(), DAY.timestamp()))
    mapping = {"destinationMappingId": 1, "destinationId": 1234, "elementStatus": "active"}
    mappings = [
        {**mapping, "sid": 100, "elementName": "Hundred", "traitAlias": "100"},
        {**mapping, "sid": 200, "elementName": "Loyal buyers", "traitAlias": "buyers"},
    ]
    put(answers, "mappings.json", json.dumps(mappings).encode())
    put(
        answers,
        "segments.json",
        json.dumps(
            [{"sid": 200, "name": "Buyers", "segmentRule": "FREQUENCY([7001T])>=1", "status": "ACTIVE"}]
        ).encode(),
    )
    received = project.command("aam-export", "receive", "drop", str(answers), "--now", "2026-01-07T01:00:00")
    assert received.returncode == 0, received.stdout + received.stderr
    built = project.dbt(
        "build", "--select", "aam_inbound.feedback", "tiny__customers", "aam_destinations", "destinations_are_well_declared", "outbound_rows_are_read",
        variables={"aam_now": "2026-01-07 06:00:00"},
    )  # fmt: skip
    assert "77" in built.stdout and "O45" in built.stdout  # it has no export label, which fails the build
    assert "Got 2 results, configured to warn if != 0" in built.stdout  # rows that were refused
    assert "Compilation Error" not in built.stdout
    return project


def rows(world: Sandbox, sql: str) -> list[tuple[Any, ...]]:
    return world.query(sql.replace("from ", f"from {world.schema}."))


def test_a_receipt_is_told_by_its_labels(world: Sandbox) -> None:
    """R1, R3, R5, R7: the second mail is the first, forwarded; the third does not add up, and names a file of nobody's."""
    found = rows(
        world,
        "select sender, partner_id, records_received, no_matching_aam_id, stored_records, devices, unused_signals, stored_difference, "
        "files, unknown_files, batches, data_source, is_repeated from receipts order by sent_at",
    )
    assert found == [
        ("aam-noreply@adobe.com", "1099", 6, 5, 1, 1, None, 0, 1, 0, 1, "crm", False),
        ("aam-noreply@adobe.com", "1099", 6, 5, 1, 1, None, 0, 1, 0, 1, "crm", True),
        ("aam-noreply@adobe.com", "1099", 1005, 0, 998, None, None, -7, 2, 1, 1, None, False),
    ]


def test_files_of_a_mail_are_found_by_base_name(world: Sandbox) -> None:
    """R4."""
    found = dict(rows(world, "select file_name, data_source from stg_aam__receipt_files where receipt_id > 0"))
    assert sorted(str(source) for source in found.values()) == ["None", "crm", "site_user"]
    assert any(name.endswith(".1213788") and source == "site_user" for name, source in found.items())


def test_a_batch_is_reconciled(world: Sandbox) -> None:
    """R6, R8, R9, R11: all three files are told of, by mail, by mail with a number behind, by marker."""
    [found] = rows(
        world,
        "select fate, files, files_read, files_with_receipt, receipts, senders, is_shared, lines_delivered, lines_acknowledged, "
        "records_received, no_matching_aam_id, expected_format_errors, received_difference, stored_difference "
        "from receipt_reconciliation",
    )
    assert found == (
        "read",
        3,
        3,
        2,
        2,
        "aam-noreply@adobe.com,aam-noreply@adobe.com",
        True,
        12,
        9,
        1011,
        5,
        0,
        1002,
        -7,
    )
    [(expected,)] = rows(world, "select expected_no_matching_aam_id from receipt_reconciliation")
    assert expected == 9  # no ID of theirs was ever synchronised (M5)


def test_match_rates_prefer_the_report(world: Sandbox) -> None:
    """R11, R14: a mail about several data sources says nothing of one."""
    found = rows(
        world, "select data_source, told_by, records_received, no_matching_aam_id, is_all_unmatched from match_rates"
    )
    assert found == [("crm", "status", 6, 5, False)]
    [(success, sampling)] = rows(world, "select success_pct, error_sampling_active from stg_aam__onboarding_status")
    assert (success, sampling) == (17, True)


def test_members_now_are_whom_a_campaign_may_reach(world: Sandbox) -> None:
    """O19, O30, O45, P2: Customer-2 has opted out, Customer-0 has left 100, destination 77 has no label."""
    found = rows(
        world,
        "select destination_id, segment, segment_id, segment_name, user_id, customer_id from segment_members_now "
        "order by segment, user_id",
    )
    assert found == [
        ("1234", "100", "100", "Hundred", "Customer-1", "one"),
        ("1234", "buyers", "200", "Buyers", "Customer-0", None),
        ("1234", "buyers", "200", "Buyers", "Customer-3", None),
    ]


@pytest.mark.parametrize("seed", [1, 2])
def test_memberships_are_what_deliveries_say_one_after_the_other(world: Sandbox, seed: int) -> None:
    """O30 to O36, by a reading that keeps who is in what and goes on from delivery to delivery."""
    worlds = histories(200, seed)
    expected = set().union(*map(read, worlds))
    assert {ended_by for *_, ended_by in expected} == {None, "removed_by_aam", "segment_gone", "absent_from_full"}
    schema = f"histories_{seed}"
    world.execute(f"create schema {schema}")
    for name, (columns, texts) in tables(worlds).items():
        world.fill(f"{schema}.{name}_texts", list(columns), texts)
        typed = ", ".join(f"cast({column} as {kind}) as {column}" for column, kind in columns.items())
        world.execute(f"create table {schema}.{name} as select {typed} from {schema}.{name}_texts")
    for name in ("segment_delivery_steps", "segment_listings", "segment_memberships"):
        [file] = (world.folder / "target/compiled").rglob(f"{name}.sql")
        compiled = re.sub(r'"\w+"[.]"\w+"[.]', f"{schema}.", file.read_text(encoding="utf-8"))
        world.execute(f"create table {schema}.{name} as {compiled}")
    interval = "destination_id, user_id, segment, valid_from, valid_to, last_seen_at, ended_by"
    found = world.query(f"select {interval} from {schema}.segment_memberships")
    assert len(found) == len(set(found))
    assert set(found) == expected


def test_segments_have_names_and_members(world: Sandbox) -> None:
    """A9, O19."""
    found = rows(
        world,
        "select segment, segment_id, segment_name, segment_rule, mapping_status, members from segments where destination_id = '1234' order by segment",
    )
    assert found == [
        ("100", "100", "Hundred", None, "active", 2),
        ("buyers", "200", "Buyers", "FREQUENCY([7001T])>=1", "active", 2),
    ]


def test_rejects_name_no_one(world: Sandbox) -> None:
    """O4, O14."""
    found = rows(
        world,
        "select destination_id, line_number, reason, rule, length(line_sha256) from segment_rejects order by destination_id",
    )
    assert found == [("1234", 4, "row_does_not_fit", "O14", 64), ("78", 1, "user_id_format", "O4", 64)]


def test_schedules_are_days_or_none(world: Sandbox) -> None:
    """O29: and a destination of which nothing can be read has no rows."""
    found = rows(world, "select destination_id, schedule_days, header_lines from input__aam_destinations")
    assert sorted(found) == [("1234", 1, 0), ("77", None, 0), ("78", 7, 0), ("79", None, None)]


def test_deliveries(world: Sandbox) -> None:
    """O27, O29."""
    found = rows(
        world,
        "select destination_id, sync_mode, state, missing_days, user_rows, rejected_rows from segment_deliveries",
    )
    assert sorted(found) == [
        ("1234", "full", "complete", 0, 4, 1), ("1234", "iter", "complete", 0, 2, 0), ("77", "full", "complete", 0, 1, 0),
        ("78", "full", "complete", 0, 1, 1),
    ]  # fmt: skip


def test_what_tells_who_somebody_is_is_marked(world: Sandbox) -> None:
    """P1: every column in which an ID or an address of this world is found, no other, and none as what may not be sent."""
    manifest = json.loads((world.folder / "target/manifest.json").read_bytes())
    nodes = [node for node in manifest["nodes"].values() if node.get("path", "").startswith("feedback/")]
    nodes += [node for node in manifest["sources"].values() if node["source_name"] == "aam_feedback"]
    found, marked = set(), set()
    for node in nodes:
        if node["resource_type"] not in ("model", "source"):
            continue
        for column in node["columns"].values():
            place = (node["name"], column["name"])
            meta = {**column.get("meta", {}), **column["config"].get("meta", {})}
            assert "contains_pii" not in meta
            if meta.get("identifies_person"):
                marked.add(place)
            text = f"cast({column['name']} as text)"
            people = f"{text} like '%Customer-%' or {text} like '%not an ECID%' or {text} like '%@adobe.com%' or {text} = 'one'"
            [(holds,)] = world.query(f"select count(*) from {node['relation_name']} where {people}")
            if holds:
                found.add(place)
    assert {"dpuuids"} == {column for _, column in marked - found}  # of which no template here makes any
    assert found <= marked


@pytest.fixture
def again(world: Sandbox, tmp_path: Path) -> Sandbox:
    return world.copy(tmp_path / "project")


@pytest.mark.thorough
def test_only_new_files_are_taken_apart(again: Sandbox, tmp_path: Path) -> None:
    """A later build reads what came since, and memberships go on from there (O30)."""
    outbound(tmp_path / "in", "1234", "iter", DAY.replace(day=7), ["Customer-3\t\tbuyers", "Customer-9\t100\t"])
    os.utime(next((tmp_path / "in").iterdir()), (DAY.timestamp(), DAY.timestamp()))
    assert again.command("aam-export", "receive", str(tmp_path / "in"), "--now", "2026-01-08T01:00:00").returncode == 0
    select = [
        "stg_aam__outbound_rows", "segment_deliveries", "segment_delivery_steps", "segment_listings", "segment_memberships",
    ]  # fmt: skip
    outcome = again.dbt("run", "--select", *select, variables={"aam_now": "2026-01-08 06:00:00"})
    assert outcome.returncode == 0, outcome.stdout[-3000:]
    assert rows(again, "select count(*) from stg_aam__outbound_rows") == [(10,)]
    found = rows(
        again,
        "select user_id, segment, ended_by from segment_memberships where user_id in ('Customer-3', 'Customer-9') order by 1",
    )
    assert found == [("Customer-3", "buyers", "removed_by_aam"), ("Customer-9", "100", None)]


def test_a_template_of_two_readings_fails_the_build(again: Sandbox) -> None:
    """O15."""
    template = TABS.replace("<TAB>", " ")
    again.execute(
        f"update {again.schema}.input__aam_destinations set row_template = '{template}' where destination_id = '1234'"
    )
    outcome = again.dbt("run", "--select", "stg_aam__outbound_rows")
    assert outcome.returncode == 1
    assert "two readings" in outcome.stdout and "destination 1234" in outcome.stdout


def test_status_tells_what_became_of_a_batch(world: Sandbox) -> None:
    """R6, R8: beside what was expected, and who says it."""
    told = world.command("aam-export", "status")
    assert "read by Audience Manager; 1,011 lines received, 999 stored; 5 without a match (9 expected)" in told.stdout
    assert (
        "+1,002 lines against those delivered (R6); the receipt is off by -7 (R5); with other files (R6)" in told.stdout
    )
    assert "by mail from aam-noreply@adobe.com" in told.stdout
    [fate] = json.loads(world.command("aam-export", "status", "--json").stdout)["fates"]
    assert (fate["fate"], fate["files"], fate["files_read"], fate["shared"]) == ("read", 3, 3, True)


@pytest.mark.thorough
def test_receipts_settle_where_every_file_has_one_of_a_known_sender(again: Sandbox, tmp_path: Path) -> None:
    """R2: the device file has a marker and no mail, and what somebody else writes counts for nothing."""
    assert "No batch" in again.command("aam-export", "settle", "--by", "receipts").stdout
    [(name,)] = rows(again, "select file_name from stg_aam__delivered_files where data_source = 'android'")
    mail = receipt(
        4, [f"s3n://a-bucket/2026-01-05/{name.removesuffix('.gz')}"], {"Records received": 3, "Records processed": 3}
    )
    select = ["stg_aam__receipts", "stg_aam__receipt_files", "receipts", "receipt_reconciliation"]
    for number, sender in enumerate((b"noreply@example.com", b"aam-noreply@adobe.com"), 5):
        data = mail.replace(b"aam-noreply@adobe.com", sender).replace(b"<4@", b"<%d@" % number)
        put(tmp_path / "in", f"{number}.eml", data)
        assert again.command("aam-export", "receive", str(tmp_path / "in")).returncode == 0
        assert again.dbt("run", "--select", *select).returncode == 0
        settled = again.command("aam-export", "settle", "--by", "receipts")
        assert settled.returncode == 0, settled.stderr
        assert ("is settled" in settled.stdout) == (number == 6)
    assert rows(again, "select note from aam_batches where event = 'settled'") == [("by receipts",)]
    assert "No batch" in again.command("aam-export", "settle", "--by", "receipts").stdout


@pytest.mark.thorough
def test_doctor_warns_of_silence_and_of_rates_that_fell(again: Sandbox) -> None:
    """R14."""

    def answers() -> str:
        lines = again.command("aam-export", "doctor").stdout.splitlines()
        return next(line for line in lines if " answers " in line)

    assert answers().startswith("ok ")
    again.execute(
        f"update {again.schema}.receipt_reconciliation set fate = 'no_answer'",
        f"insert into {again.schema}.match_rates select data_source, date '2026-01-01', told_by, 6, 6, 0, 100, false from {again.schema}.match_rates",
    )
    assert (
        "1 batches" in answers()
        and "of crm, 16.7 % of the IDs matched on its last day, and 100.0 % before" in answers()
    )
    again.execute(f"update {again.schema}.match_rates set is_all_unmatched = true")
    assert "(R14)" in answers()
