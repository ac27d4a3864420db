"""`aam-export receive`: every answer once, whole or named (O8 to O27, O36, O42, C2, C8, R1 to R17, A3 to A10).

The history of inbound files (A12) has no public form, and so no sample.
"""

from __future__ import annotations

import gzip
import importlib.util
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import feedback_world
import mail_server
import pytest
from crash import KILLED, Fault
from feedback_world import SAMPLES, lines, put, receive
from jsonschema import validate
from postgres import Server
from sandbox import REPOSITORY, Sandbox, Warehouse
from sweeps import share

NAME = "s3_1234_100001_full_1514818800.sync"
TRAITS = "<SYNC_TYPE>_<ORDER_ID>_<MASTER_DPID>_<SYNC_MODE>_<TIMESTAMP>.sync"
DECLARED = [
    {"destination_id": "1234", "name_template": ""},
    {"destination_id": "1235", "name_template": TRAITS},
    {"destination_id": "1236", "name_template": TRAITS},
    {"destination_id": "1237", "name_template": TRAITS},
    {"destination_id": "9", "name_template": "<SYNC_TYPE>_1234_<DPID>_<SYNC_MODE>_<TIMESTAMP>SPLITNUM.csv"},
    {
        "destination_id": "8",
        "name_template": "<SYNC_TYPE>_1234_<DPID>_<MASTER_DPID>_<SYNC_MODE>_<TIMESTAMP>_adminSPLITNUM.sync",
    },
]
SCHEMA = json.loads((REPOSITORY / "docs/json/receive.json").read_text(encoding="utf-8"))
SAMPLE_FILES = sorted(
    path for path in SAMPLES.rglob("*") if path.is_file() and path.name not in ("README.md", ".gitattributes")
)
# Sample → what it is and what becomes of it, with the rule that a refusal names.
REFUSED = {
    "cdf/": "C2",
    "cdf/aam-cdf/acme-grocers/day=2018-01-02/hour=07/AAM_CDF_1099.info": "C2",
    "outbound/http_message.json": "O20",
    "reports/": "R17",
    "api/datasources.json": "A5",
    "api/traits_include_details.json": "A5",
    "api/traits_trend.json": "A5",
}
KINDS = {
    "receipts/": "receipt",
    "status/onboarding": "status",
    "status/error_samples.csv": "error_samples",
    "api/segments.json": "segments",
    "api/destination_mappings_page.json": "mappings",
    "api/destination_outbound_history.json": "outbound_history",
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    return feedback_world.create(tmp_path_factory.mktemp("receive") / "project", DECLARED)


@pytest.fixture(scope="module")
def sampled(loaded: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    return loaded.copy(tmp_path_factory.mktemp("sampled") / "project")


@pytest.fixture
def project(loaded: Sandbox, tmp_path: Path) -> Sandbox:
    return loaded.copy(tmp_path / "project")


def said(project: Sandbox, *sources: str) -> dict[str, Any]:
    outcome = receive(project, *sources, "--json")
    assert outcome.exit_code in (0, 1), outcome.output
    found: dict[str, Any] = json.loads(outcome.output[outcome.output.index("{") :])
    validate(found, SCHEMA)
    assert (outcome.exit_code == 0) == all(file["state"] == "received" for file in found["files"])
    return found


def only(project: Sandbox, source: Path) -> dict[str, Any]:
    [file] = said(project, str(source))["files"]
    assert isinstance(file, dict)
    return file


def rows(project: Sandbox) -> int:
    [(counted,)] = project.query("select count(*) from aam_feedback_rows")
    return int(counted)


@pytest.mark.parametrize("sample", SAMPLE_FILES, ids=[str(path.relative_to(SAMPLES)) for path in SAMPLE_FILES])
def test_a_sample_is_received_or_named(sample: Path, sampled: Sandbox) -> None:
    """Each stays in one project: none disturbs another, and a second time all are known."""
    name = sample.relative_to(SAMPLES).as_posix()
    refused = next((rule for begin, rule in REFUSED.items() if name.startswith(begin)), None)
    if name.endswith(".processed"):
        assert said(sampled, str(sample))["counts"]["skipped"] == 1  # of a file that this ledger has not delivered
        return
    file = only(sampled, sample)
    if refused:
        assert (file["state"], file["rule"]) == ("refused", refused)
        return
    kind = next(
        (kind for begin, kind in KINDS.items() if name.startswith(begin)),
        "info" if name.endswith(".info") else "outbound",
    )
    assert (file["state"], file["kind"]) == ("received", kind), file["reason"]
    if kind == "outbound":
        data = gzip.decompress(sample.read_bytes()) if name.endswith(".gz") else sample.read_bytes()
        assert lines(sampled, sample.name) == data.decode().splitlines()
    assert said(sampled, str(sample))["counts"]["known"] == 1


def test_what_a_name_tells(project: Sandbox) -> None:
    """O10 to O13."""
    for folder in ("basic", "old_split_numbers", "seconds_and_part", "history_style_names"):
        receive(project, str(SAMPLES / "outbound" / folder))
    told = project.query(
        "select destination_id, delivery, sync_mode, cast(named_at as varchar), count(*), min(part), max(part) "
        "from aam_feedback_files where kind = 'outbound' group by all order by all"
    )
    assert told == [
        ("1234", "S3_1234_100001_AcmeGrocers_full_1514818800.sync", "full", "2018-01-01 15:00:00", 1, "000", "000"),
        ("1234", "S3_1234_100001_AcmeGrocers_iter_1514905200.sync", "iter", "2018-01-02 15:00:00", 2, "000", "001"),
        ("1234", "ftp_1234_100001_full_1514818800.sync", "full", "2018-01-01 15:00:00", 2, "1", "2"),
        ("8", "S3_1234__411_iter_1514905277_admin.sync", "iter", "2018-01-02 15:01:17", 2, "1", "2"),
        ("9", "s3_1234_100001_full_1514818800.csv", "full", "2018-01-01 15:00:00", 2, "001", "002"),
    ]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("plain.sync", b"a\t1\t\nb\t2\t3\n"),
        ("no_newline.sync", b"a\t1\t\nb\t2\t3"),
        ("windows.sync", b"a\t1\t\r\nb\t2\t3\r\n"),
        ("marked.sync", b"\xef\xbb\xbfa\t1\t\nb\t2\t3\n"),
        ("packed.sync.gz", gzip.compress(b"a\t1\t\nb\t2\t3\n", mtime=0)),
        ("members.sync.gz", gzip.compress(b"a\t1\t\n", mtime=0) + gzip.compress(b"b\t2\t3\n", mtime=0)),
    ],
)
def test_lines_are_what_stands_between_line_ends(name: str, data: bytes, project: Sandbox, tmp_path: Path) -> None:
    """O21, O23."""
    file = put(tmp_path / "in", NAME + (".gz" if name.endswith(".gz") else ""), data)
    assert only(project, file)["lines"] == 2
    assert lines(project, file.name) == ["a\t1\t", "b\t2\t3"]


def test_what_needs_more_memory_than_usual_lines_begins_again(project: Sandbox, tmp_path: Path) -> None:
    """What was received before it is told as received all the same."""
    put(tmp_path / "in", NAME, b"a\t1\t\n")
    put(tmp_path / "in", NAME.replace("8800", "8801"), b"b\t" + b"2400000," * 15_000_000 + b"1\t\n")
    outcome = receive(project, str(tmp_path / "in"), "--json")
    assert "These rows need more memory than usual ones" in outcome.output
    answer = json.loads(outcome.output[outcome.output.index("{") :])
    assert [(file["state"], file["lines"]) for file in answer["files"]] == [("received", 1)] * 2
    assert answer["counts"]["known"] == 0
    assert project.query("select max(length(line)) from aam_feedback_rows") == [(120_000_004,)]


def zipped(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            # With the one time that needs no clock, for the bytes are part of tests' names.
            archive.writestr(zipfile.ZipInfo(name), "a\t1\t\nb\t2\t3\n", zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def test_a_zip_of_one_file_is_read(project: Sandbox, tmp_path: Path) -> None:
    file = put(tmp_path / "in", f"{NAME}.zip", zipped(NAME))
    assert only(project, file)["lines"] == 2
    assert lines(project, file.name) == ["a\t1\t", "b\t2\t3"]


MANY = b"".join(b"user-%d\t1,2\t\n" % number for number in range(300_000))


@pytest.mark.parametrize(
    ("data", "reason", "rule"),
    [
        (gzip.compress(MANY)[:-5000], "ends too soon", "O23"),
        (gzip.compress(MANY)[:-8] + b"12345678", "damaged", "O23"),
        (gzip.compress(MANY) + b"and more", "packing", "O23"),
        (zipped("a", "b"), "holds 2 files", "O23"),
        (zipped("a")[:-30], "damaged", "O23"),
        (b"BZh91AY", "bzip2", "O23"),
        (b"SEQ\x06" + MANY, "sequence file", "O22"),
        (MANY + b"caf\xe9\t1\t\n", "line 300001 is no UTF-8", "O21"),
        (MANY + b"\0\0\n" + MANY, "line 300001 holds a NUL byte", "O21"),
    ],
)
def test_bad_content_is_named_and_nothing_of_it_kept(
    data: bytes, reason: str, rule: str, project: Sandbox, tmp_path: Path
) -> None:
    file = put(tmp_path / "in", NAME, data)
    refused = only(project, file)
    assert (refused["state"], refused["rule"]) == ("refused", rule), refused
    assert reason in refused["reason"]
    assert rows(project) == 0
    put(tmp_path / "in", NAME, MANY)
    assert only(project, file)["lines"] == 300_000 == rows(project)


def test_what_fits_no_destination_is_named(project: Sandbox, tmp_path: Path) -> None:
    """O13; and one that fits two."""
    stranger = only(project, put(tmp_path / "in", "s3_77_100001_full_1514818800.sync", b"a\t1\t\n"))
    assert (stranger["state"], stranger["rule"]) == ("refused", "O13")
    assert "1234" in stranger["hint"]
    (tmp_path / "in" / stranger["path"].rpartition("/")[2]).unlink()
    project.execute(
        f"insert into aam_destinations (destination_id, name_template) values ('1', '{TRAITS.replace('<ORDER_ID>', '1234')}')"
    )
    both = only(project, put(tmp_path / "in", NAME, b"a\t1\t\n"))
    assert (both["state"], both["rule"]) == ("refused", "O13")
    assert "1 and 1234" in both["reason"]


@pytest.mark.parametrize(
    ("template", "said_of_it"),
    [
        ("<SYNC_TYPE>_<ORDER_ID>.sync", "no <TIMESTAMP>"),
        ("<ORDER_ID>_<TIMESTAMP>_<TIMESTAMP>.sync", "twice"),
        ("<ORDER_ID>_<UUID>_<TIMESTAMP>.sync", "<UUID>"),
        ("<ORDER_ID>_<TIMESTAMP.sync", "belongs to no macro"),
    ],
)
def test_a_wrong_name_template_is_refused(template: str, said_of_it: str, project: Sandbox) -> None:
    """O9."""
    project.execute(f"update aam_destinations set name_template = '{template}' where destination_id = '1235'")
    outcome = receive(project, str(SAMPLES / "receipts"))
    assert outcome.exit_code == 2
    assert said_of_it in outcome.output and "(O9)" in outcome.output and "Traceback" not in outcome.output


def test_another_content_under_a_name_is_told_and_not_applied(project: Sandbox, tmp_path: Path) -> None:
    """O36."""
    file = put(tmp_path / "in", NAME, b"a\t1\t\n")
    assert only(project, file)["state"] == "received"
    os.utime(file, (1_600_000_000, 1_600_000_000))
    assert said(project, str(file))["counts"]["known"] == 1
    put(tmp_path / "in", NAME, b"a\t2\t\n")
    corrected = only(project, file)
    assert (corrected["state"], corrected["rule"]) == ("correction", "O36")
    assert lines(project, NAME) == ["a\t1\t"]
    assert said(project, str(file))["counts"]["known"] == 1
    elsewhere = put(tmp_path / "copy", NAME, b"a\t1\t\n")
    assert said(project, str(elsewhere))["counts"]["known"] == 1


def test_an_unfinished_file_is_not_there_yet(project: Sandbox, tmp_path: Path) -> None:
    """O42."""
    for name in (f"{NAME}.tmp", f".{NAME}", f"{NAME}.filepart"):
        put(tmp_path / "in", name, b"a\t1\t\n")
    assert said(project, str(tmp_path / "in"))["files"] == []


def test_a_name_that_is_ours_is_let_be(project: Sandbox, tmp_path: Path) -> None:
    put(tmp_path / "in", "ftp_dpm_100001_1514793600.sync.gz", b"")
    assert said(project, str(tmp_path / "in"))["counts"]["skipped"] == 1


def receipt(*, body: bytes = b"", headers: bytes = b"Message-ID: <a@mail.example>\r\n") -> bytes:
    text = (SAMPLES / "receipts/receipt_plain.eml").read_bytes().partition(b"\n\n")[2]
    return b"From: Somebody <somebody@example.com>\r\n" + headers + b"\r\n" + (body or text)


def test_mails_in_html_say_what_plain_ones_do(project: Sandbox, tmp_path: Path) -> None:
    """R2, R3: without their text part, too."""
    receive(project, str(SAMPLES / "receipts/receipt_plain.eml"))
    html = (SAMPLES / "receipts/receipt_html.eml").read_bytes().rpartition(b"\n\n")[2].partition(b"\n--")[0]
    mail = receipt(body=html, headers=b"Message-ID: <html@mail.example>\r\nContent-Type: text/html; charset=utf-8\r\n")
    assert only(project, put(tmp_path / "in", "html.eml", mail))["kind"] == "receipt"
    plain, from_html = lines(project, "<1@mail.example>"), lines(project, "<html@mail.example>")
    assert [line for line in plain if line] == from_html


def test_a_mail_is_known_by_its_id_wherever_it_stands(project: Sandbox, tmp_path: Path) -> None:
    box = tmp_path / "maildir"
    for name in ("cur", "new", "tmp"):
        (box / name).mkdir(parents=True)
    put(box, "new/1.host", receipt())
    put(box, "tmp/2.host", receipt(headers=b"Message-ID: <b@mail.example>\r\n"))
    assert said(project, str(box))["counts"]["received"] == 1
    (box / "new/1.host").rename(box / "cur/1.host:2,S")
    assert said(project, str(box))["counts"] == {"received": 0, "known": 1, "correction": 0, "refused": 0, "skipped": 0}


def test_of_other_mails_nothing_is_kept_but_that_they_came(project: Sandbox, tmp_path: Path) -> None:
    mail = put(tmp_path / "in", "other.eml", receipt(body=b"Lunch?\r\n"))
    assert (only(project, mail)["kind"], rows(project)) == ("mail", 0)
    assert only(project, put(tmp_path / "not", "a.eml", b"nothing\n"))["rule"] == "R2"


def test_sampled_ids_are_kept_as_hashes_alone(project: Sandbox) -> None:
    """R13."""
    receive(project, str(SAMPLES / "status/error_samples.csv"))
    text = "\n".join(line for (line,) in project.query("select line from aam_feedback_rows"))
    assert "CRM-EX000007" not in text and "key=value" not in text
    assert [json.loads(line)["error_type"] for line in text.splitlines()] == ["Format Errors", "No Trait Realized"]


def test_a_report_is_read_as_people_copy_it(project: Sandbox, tmp_path: Path) -> None:
    """R12: labels in any order and case, tabs, thousands separators."""
    text = "stored records\tDATA SYNC FILE NAME\tFormat  Errors\n1,002\ta.sync\t-\n2 003\tb.sync\t7\n9\tAggregate Totals:\t\n"
    receive(project, str(put(tmp_path / "in", "report.txt", text.encode("utf-8-sig"))))
    assert [
        json.loads(line) for (line,) in project.query("select line from aam_feedback_rows order by line_number")
    ] == [
        {"file_name": "a.sync", "stored_records": 1002, "format_errors": None},
        {"file_name": "b.sync", "stored_records": 2003, "format_errors": 7},
    ]
    wrong = only(project, put(tmp_path / "in2", "report.txt", b"Data Sync File Name,Stored Records\na.sync,many\n"))
    assert (wrong["state"], wrong["rule"]) == ("refused", "R12")


# What others can write, which parsers stumble over in ways that they don't document.
SPOILED_MAILS = {
    "half an ID": receipt(headers=b"Message-ID: <[\r\n"),
    "half a sender": receipt().replace(b"From: ", b"From: <\r\nX-From: ", 1),
    "the last hour there is": receipt(headers=b"Message-ID: <1@x>\r\nDate: Fri, 31 Dec 9999 23:59:59 -1200\r\n"),
    "an undefined charset": receipt(headers=b"Message-ID: <2@x>\r\nContent-Type: text/plain; charset=undefined\r\n"),
    "an escaped charset": receipt(headers=b"Message-ID: <3@x>\r\nContent-Type: text/plain; charset=unicode-escape\r\n"),
    "a NUL in a charset": receipt(headers=b"Message-ID: <4@x>\r\nContent-Type: text/plain; charset=a\0b\r\n"),
    "a marked section": receipt(
        headers=b"Message-ID: <5@x>\r\nContent-Type: text/html\r\n", body=b"<p>Hello<![foo[x]]></p>"
    ),
}
SPOILED = {
    "a table of a cell of a megabyte": b"Data Sync File Name,Stored Records\na.sync," + b"9" * (1 << 20) + b"\n",
    "many": b'{"list":[],"total":"many"}',
    "brackets": b"[" * 100_000,
    "half a character": b'{"list":[{"dataFileName":"a.sync","status":"\\ud83d"}]}',
    "23 digits": b"Data Sync File Name,Stored Records\na.sync,12345678901234567890123\n",
}


@pytest.mark.parametrize("mails", [True, False], ids=["mails", "documents"])
def test_what_is_spoiled_costs_itself_alone(mails: bool, project: Sandbox, tmp_path: Path) -> None:
    """Whatever anybody sends, what stands beside it is received (R2, R12, A3)."""
    folder = tmp_path / "in"
    for number, data in enumerate((SPOILED_MAILS if mails else SPOILED).values()):
        put(folder, f"{number}.{'eml' if mails else 'txt'}", data)
    put(folder, os.fsdecode(b"gr\xf6\xdfe.csv"), b"Data Sync File Name,Stored Records\na.sync,1\n")
    put(folder, NAME, b"a\t1\t\n")
    put(folder, "z.eml", receipt(headers=b"Message-ID: <z@x>\r\n"))
    found = said(project, str(folder))["files"]
    states = {file["path"].rpartition("/")[2]: file["state"] for file in found}
    assert states.pop(NAME) == states.pop("z.eml") == states.pop("gr\\xf6\\xdfe.csv") == "received"
    if not mails:
        assert set(states.values()) == {"refused"}
    assert len(found) == len(SPOILED_MAILS if mails else SPOILED) + 3
    assert all(file["hint"] for file in found if file["state"] == "refused")


def test_a_table_of_old_line_ends_and_decimals(project: Sandbox, tmp_path: Path) -> None:
    """R12."""
    text = b"Data Sync File Name,Percentage Success\ra.sync,98.7%\r"
    receive(project, str(put(tmp_path / "in", "report.csv", text)))
    [(line,)] = project.query("select line from aam_feedback_rows")
    assert json.loads(line) == {"file_name": "a.sync", "success_pct": 98.7}


def test_a_receipt_in_a_table_keeps_its_numbers(project: Sandbox, tmp_path: Path) -> None:
    """R3; and one whose numbers are lost is no receipt without them."""
    cells = "".join(
        f"<tr><td>{label}:</td><td>{n}</td></tr>" for label, n in (("Records received", 12), ("Records processed", 7))
    )
    kind = b"Content-Type: text/html; charset=utf-8\r\nMessage-ID: <%d@mail.example>\r\n"
    body = f"</style><table>{cells}</table>".encode()
    assert only(project, put(tmp_path / "in", "a.eml", receipt(body=body, headers=kind % 7)))["kind"] == "receipt"
    assert {"Records received: 12", "Records processed: 7"} <= set(lines(project, "<7@mail.example>"))
    lost = receipt(body=body.replace(b"12", b"").replace(b"7", b""), headers=kind % 8)
    assert only(project, put(tmp_path / "in", "b.eml", lost))["rule"] == "R3"


def test_the_history_of_inbound_files_has_nobody_in_it(project: Sandbox, tmp_path: Path) -> None:
    """A12, R13: counts stay, rows of samples are hashes."""
    row = {
        "dataFileName": "ftp_dpm_100001_1514793600.sync",
        "recordsReceived": 5,
        "samples": [{"userId": "ada@example.com", "errorType": "Format Errors", "recordsReceived": 2}],
        "ada@example.com": 1,
    }
    history = json.dumps({"list": [row]}).encode()
    assert only(project, put(tmp_path / "in", "history.json", history))["kind"] == "inbound_history"
    [(line,)] = project.query("select line from aam_feedback_rows")
    assert "ada@" not in line
    kept = json.loads(line)
    assert (kept["recordsReceived"], kept["samples"][0]["errorType"]) == (5, "Format Errors")


def test_a_large_file_of_a_wrong_name_is_told_its_name(project: Sandbox, tmp_path: Path) -> None:
    """O13."""
    refused = only(project, put(tmp_path / "in", "segments_of_ours.sync", b"a\t1\t\n" * 8_000_000))
    assert (refused["state"], refused["rule"]) == ("refused", "O13")


def test_no_password_of_a_mail_server_is_repeated(project: Sandbox, tmp_path: Path) -> None:
    """V12: though the server does; and what can't be one is refused by the variable's name."""
    password = "canary-mail-password"
    with mail_server.running(tmp_path) as (address, environment):
        asked = ("aam-export", "receive", f"imaps://receipts@{address}", "--log-level", "debug")
        refused = project.command(*asked, env={**environment, "AAM_MAIL_PASSWORD": password})
        unusable = project.command(*asked, env={**environment, "AAM_MAIL_PASSWORD": f"{password}\nof mine"})
    assert (refused.returncode, unusable.returncode) == (1, 2)
    assert "wrong user or password: receipts" in refused.stderr
    assert "AAM_MAIL_PASSWORD holds a line end" in unusable.stderr
    for outcome in (refused, unusable):
        printed = outcome.stdout + outcome.stderr
        assert password not in printed and "Traceback" not in printed


def test_a_mbox_file_is_refused_by_name(project: Sandbox, tmp_path: Path) -> None:
    """R2: it is one file of many mails, which grows and shrinks while it is read."""
    refused = only(
        project, put(tmp_path / "mail", "receipts", b"From a@example.com Mon Jan  1 08:00:00 2018\n" + receipt())
    )
    assert (refused["state"], "mbox" in refused["reason"]) == ("refused", True), refused


def test_what_a_maildir_keeps_beside_its_mails_is_let_be(project: Sandbox, tmp_path: Path) -> None:
    box = tmp_path / "maildir"
    for name in ("cur", "new", "tmp"):
        (box / name).mkdir(parents=True)
    put(box, "dovecot-uidlist", b"3 V1514793600 N2\n")
    put(box, "new/1.host", receipt())
    assert [file["state"] for file in said(project, str(box))["files"]] == ["received"]


def test_markers_are_found_in_the_drop(project: Sandbox) -> None:
    """R9: of files of ours alone, and each once."""
    name = "ftp_dpm_100001_1514793600.sync.gz"
    for marker in (f"{name}.processed", "ftp_dpm_9_1514793600.sync.gz.processed"):
        put(project.folder, f"target/aam_drop/acme-grocers/date=2018-01-01/{marker}", b"")
    project.execute(f"insert into aam_files (batch_id, file_name, event) values ('1', '{name}', 'delivered')")
    assert said(project)["counts"] == {"received": 1, "known": 0, "correction": 0, "refused": 0, "skipped": 1}
    assert said(project, "drop")["counts"]["known"] == 1
    assert project.query("select kind, file_name from aam_feedback_files") == [("marker", f"{name}.processed")]


def test_a_page_of_an_answer_is_not_taken_for_all(project: Sandbox, tmp_path: Path) -> None:
    """A3."""
    page = json.loads((SAMPLES / "api/destination_mappings_page.json").read_text())
    page["total"] = 3
    refused = only(project, put(tmp_path / "in", "page.json", json.dumps(page).encode()))
    assert (refused["state"], refused["rule"]) == ("refused", "A3")


def test_prefixes_of_s3(project: Sandbox, s3_endpoint: str, bucket: str, tmp_path: Path) -> None:
    """(O39, O40): folders inside are walked; a file that is known is not read again."""
    client = boto3.client("s3", endpoint_url=s3_endpoint)
    client.put_object(Bucket=bucket, Key=f"out/day/{NAME}.gz", Body=gzip.compress(MANY))
    client.put_object(Bucket=bucket, Key="out/mail.eml", Body=receipt())
    client.put_object(Bucket=bucket, Key="elsewhere/x.sync", Body=b"x")
    manifest = project.folder / "target/manifest.json"
    content = json.loads(manifest.read_text())
    [exposure] = [node for node in content["exposures"].values() if node["name"] == "aam_drop"]
    for meta in (exposure["meta"], exposure["config"]["meta"]):
        if "aam" in meta:
            meta["aam"]["endpoint_url"] = s3_endpoint
    manifest.write_text(json.dumps(content))
    counts = said(project, f"s3://{bucket}/out/")["counts"]
    assert counts["received"] == 2 and rows(project) == 300_000 + len(lines(project, "<a@mail.example>"))
    assert said(project, f"s3://{bucket}/out/")["counts"]["known"] == 2
    missing = receive(project, f"s3://{bucket}-gone/out/")
    assert missing.exit_code == 1 and "Traceback" not in missing.output


@pytest.mark.parametrize(
    "source", ["no/such/folder", "gopher://host/x", "imaps://host/x", "sftp://user:hunter2@host/x"]
)
def test_a_source_that_is_none_is_refused(source: str, project: Sandbox) -> None:
    outcome = receive(project, source)
    assert outcome.exit_code == 2
    assert "Traceback" not in outcome.output and "hunter2" not in outcome.output


def test_a_project_that_does_not_want_to_know_is_told_how(project: Sandbox) -> None:
    manifest = project.folder / "target/manifest.json"
    manifest.write_text(manifest.read_text().replace('"name": "receipts"', '"name": "rec"'))
    outcome = receive(project, "drop")
    assert outcome.exit_code == 2
    assert "aam_feedback: true" in outcome.output


def test_killed_at_every_side_effect(project: Sandbox, tmp_path: Path, tally: Callable[[str, int], None]) -> None:
    """What is written down is whole, and one more call receives the rest, each file once (O36)."""
    folder = tmp_path / "in"
    put(folder, NAME, MANY)
    put(folder, "s3_1235_100001_full_1514818800.sync", b"a\t1\n")
    shutil.copy(SAMPLES / "receipts/receipt_plain.eml", folder)
    name = "ftp_dpm_100001_1514793600.sync.gz"
    put(project.folder, f"target/aam_drop/acme-grocers/date=2018-01-01/{name}.processed", b"")
    project.execute(f"insert into aam_files (batch_id, file_name, event) values ('1', '{name}', 'delivered')")
    whole = project.copy(tmp_path / "whole")
    effects = receive(whole, "drop", str(folder)).effects
    wanted = whole.query("select file_name, line_count, sha256 from aam_feedback_files order by 1")
    assert len(wanted) == 4 and "warehouse append" in effects
    numbers = share(range(1, len(effects) + 1), lambda number: effects[number - 1])
    for number in numbers:
        killed = project.copy(tmp_path / f"killed{number}")
        outcome = receive(killed, "drop", str(folder), fault=Fault(number))
        assert outcome.exit_code == KILLED, outcome.output
        half = killed.query(
            "select f.file_name from aam_feedback_rows r left join aam_feedback_files f using (file_id) group by all"
        )
        assert None not in {file for (file,) in half}
        assert receive(killed, "drop", str(folder)).exit_code == 0
        assert killed.query("select file_name, line_count, sha256 from aam_feedback_files order by 1") == wanted
        assert rows(killed) == rows(whole)
        shutil.rmtree(killed.folder)
    tally("crash points killed at, receive", len(numbers))


@pytest.mark.thorough
def test_a_warehouse_that_fails_at_every_change(project: Sandbox, tmp_path: Path) -> None:
    """Before it did what it was asked, and after, so that nobody knows whether it did."""
    file = put(tmp_path / "in", NAME, b"a\t1\t\n")
    effects = receive(project.copy(tmp_path / "whole"), str(file)).effects
    for number, effect in enumerate(effects, 1):
        if effect not in ("warehouse execute", "warehouse append"):
            continue
        for kind in ("refused", "done"):
            failing = project.copy(tmp_path / f"{kind}{number}")
            assert receive(failing, str(file), fault=Fault(number, kind)).exit_code in (0, 1)
            assert receive(failing, str(file)).exit_code == 0
            assert failing.query("select line_count from aam_feedback_files") == [(1,)]
            assert lines(failing, NAME) == ["a\t1\t"]


@pytest.mark.thorough
def test_postgresql_receives_as_duckdb_does(postgres_server: Server, tmp_path: Path) -> None:
    project = feedback_world.create(tmp_path / "project", DECLARED, Warehouse("postgres", postgres_server))
    file = put(tmp_path / "in", NAME, MANY)
    assert only(project, file)["lines"] == 300_000
    assert said(project, str(file))["counts"]["known"] == 1
    bad = put(tmp_path / "bad", f"{NAME[:-5]}001.sync", MANY + b"caf\xe9\n")
    assert only(project, bad)["rule"] == "O21"
    [(counted, last)] = project.query(f"select count(*), max(line_number) from {project.schema}.aam_feedback_rows")
    assert (counted, last) == (300_000, 300_000)


def test_nothing_heavy_is_imported_on_the_way() -> None:
    """pandas, of which nothing is used, would take longer to import than a million rows to read."""
    assert importlib.util.find_spec("pandas")
    code = """
import io, sys
from aam_export.feedback.content import Delivered, Unpacked, line_batches, text_batch
assert sum(len(batch) for batch in line_batches(Unpacked(Delivered(io.BytesIO(b"a\\nb"))), 1)) == 2
assert text_batch(["a", "\u00e9"], 1)["line"].to_pylist() == ["a", "\u00e9"]
sys.exit("pandas" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
