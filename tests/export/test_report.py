"""`aam-export report`: one page of counts, on which nobody is found, whole in a browser that asks for nothing."""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import dataclass, replace
from datetime import date, datetime, timezone
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import feedback_world
import pytest
import tiny
from jsonschema import validate
from needs import missing
from sandbox import NO_PACKAGE_TESTS, REPOSITORY, Sandbox

from aam_export.clock import Clock
from aam_export.errors import AamExportError
from aam_export.project import Project, load_project
from aam_export.report.charts import REST, fewer_kinds
from aam_export.report.content import Content, gather
from aam_export.report.counts import CHART_DAYS, FOLDINGS, CountedBatch, thinned
from aam_export.report.page import ago, reasons, render, share, signed, size

sys.path.insert(0, str(REPOSITORY / "scripts"))
import make_json_docs
import make_reasons
import screenshots

NOW = "2026-02-02T20:00:00"
SECRET = "canary-password-7"
# What stands in rows of people, and must not stand on the page.
CANARIES = (
    *(
        "Canary-Customer-9",
        "canary-value",
        "Canary Q. Smith",
        "canary.person@example.com",
        "CUSTOMER-1",
        "canaryhidden",
        "Canary-Segment-User",
        "canary refused row",
        "canary.sender@example.com",
        "Canary subject",
    ),
    *(user for _, user, *_ in tiny.first_day()),
    SECRET,
)


@dataclass(frozen=True)
class Reported:
    """Two days of the tiny project, delivered; `page` is the report that the second run wrote."""

    sandbox: Sandbox
    run: str
    page: Path

    @property
    def project(self) -> Project:
        return load_project(project_dir=str(self.sandbox.folder), profiles_dir=str(self.sandbox.folder))

    def content(self, *, before: bool = False) -> Content:
        clock = Clock(datetime.fromisoformat(NOW).replace(tzinfo=timezone.utc))
        here = Path.cwd()
        os.chdir(self.sandbox.folder)  # from where its profile names the DuckDB file
        try:
            return gather(self.project, None, clock, before=before)
        finally:
            os.chdir(here)


def answer(sandbox: Sandbox) -> None:
    """What comes back of the first day: receipts of two days about its file of crm, and segments."""
    [name] = [file.name for file in (sandbox.folder / "target/aam_drop").rglob("ftp_dpm_100001_*.gz")]
    for number in (1, 2):
        said = [
            f"s3n://a-bucket/2026-02-01/{name.removesuffix('.gz')}",
            "Records received: 6",
            "Format Errors: 0",
            "Invalid AAM ID: 0",
        ]
        said += [
            f"No Matching AAM ID: {4 - number}",
            "No Trait Realized: 0",
            "Records processed: 6",
            f"Stored Records: {2 + number}",
        ]
        said += [f"Job start time: 2026-02-0{number} 10:00:00", f"Job end time: 2026-02-0{number} 11:00:00"]
        head = [
            f"From: canary.sender@example.com\nDate: Sun, 0{number} Feb 2026 12:00:00 +0000\nMessage-ID: <{number}@mail.example>"
        ]
        head += ["Subject: Adobe Audience Manager Server-To-Server Processing Result: Canary subject", "", ""]
        feedback_world.put(sandbox.folder / "answers", f"{number}.eml", "\n".join(head + said).encode())
    rows = "Canary-Segment-User\t100\t\nCustomer-1\t100\t\ncanary refused row\n"
    feedback_world.put(sandbox.folder / "answers", "s3_1234_100001_full_1769936400.sync", rows.encode())
    lost = b'{"Files": [{"FileName": "s3_1234_100001_iter_1769940000.sync", "FileByteSize": 9, "FileLineCount": 1}]}'
    feedback_world.put(sandbox.folder / "answers", "s3_1234_100001_iter_1769940000.info", lost)
    arrived = datetime(2026, 2, 1, 12, tzinfo=timezone.utc).timestamp()
    for file in (sandbox.folder / "answers").iterdir():
        os.utime(file, (arrived, arrived))
    received = sandbox.export("receive", "answers", "--now", "2026-02-01T20:00:00")
    assert received.returncode == 0, received.stdout + received.stderr


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Reported:
    sandbox = tiny.create(tmp_path_factory.mktemp("reported"))
    sandbox.configure({**tiny.VARIABLES, "aam_pii_models": ["people"], "aam_feedback": True}, **NO_PACKAGE_TESTS)
    sandbox.write("models/people.sql", "select 'Canary Q. Smith' as full_name")
    keys = [f"{line},{'why' if at == 0 else ''}" for at, line in enumerate(tiny.SEEDS["aam_signal_keys"].splitlines())]
    keys += ["crm,note,pattern,.*,agents write them", "android,remark,pattern,.+,", "android,size,pattern,[0-9]+,"]
    lists = {
        "aam_signal_keys": "\n".join(keys) + "\n",
        "aam_destinations": feedback_world.destinations([{"destination_id": "1234"}]),
    }
    sandbox.declare({**tiny.SEEDS, **lists})
    tagged = {"name": "full_name", "config": {"meta": {"contains_pii": True}}}
    sandbox.write("models/people.yml", json.dumps({"models": [{"name": "people", "columns": [tagged]}]}))
    kept_out = [
        ("crm", "Canary-Customer-9", "undeclared", "canary-value"),
        ("crm", "canary.person@example.com", "d_sid", "7001"),
        ("crm", "canaryhidden", "d_sid", "12 34"),
        ("Canary Q. Smith", "Customer-1", "d_sid", "7001"),
    ]
    first = tiny.first_day()
    second = [row for row in first if row[:3] != ("crm", "Customer-0", "d_sid")]
    run = None
    for day, signals in (("2026-02-01", first), ("2026-02-02", second)):
        tiny.set_signals(sandbox, [*signals, *kept_out])
        sandbox.fill("tiny.captured", ("data_source", "user_id"), [("crm", "CUSTOMER-1"), ("crm", "Customer-2")])
        tiny.build(sandbox, f"{day} 06:00:00")
        (sandbox.folder / "out").mkdir(exist_ok=True)
        run = sandbox.export("run", "--now", f"{day}T08:00:00", "--report", "out", env={"AAM_DROP_PASSWORD": SECRET})
        assert run.returncode == 0, run.stderr
        if day == "2026-02-01":
            answer(sandbox)
    assert run is not None
    return Reported(sandbox, run.stdout, sandbox.folder / "out/aam_report.html")


def test_a_run_names_its_report(reported: Reported) -> None:
    assert reported.run.splitlines()[-1] == f"Report: {reported.page.as_uri()}"
    assert [file.name for file in reported.page.parent.iterdir()] == [reported.page.name]


def test_nobody_is_on_the_page(reported: Reported) -> None:
    page = reported.page.read_text(encoding="utf-8")
    assert [canary for canary in CANARIES if canary.lower() in page.lower()] == []
    assert "undeclared key" in page
    assert "Buys organic" in page


def test_nothing_of_the_page_lies_elsewhere(reported: Reported) -> None:
    page = reported.page.read_text(encoding="utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert re.findall(r"(?:src|href|url)\s*[=(]\s*[\"']?(?!#|data:)[^\"')\s]+", page) == []
    assert not re.search(r"https?://|@import|<link(?! rel=\"icon\" href=\"data:,\")", page)


def test_people_of_a_trait_are_told_by_day(reported: Reported) -> None:
    content = reported.content()
    days = [date(2026, 2, 1), date(2026, 2, 2)]
    assert [batch.day for batch in content.counted] == days
    assert content.populations["crm", "d_sid=7001"] == list(zip(days, (6, 5), strict=True))
    first = content.traits[0]
    assert (first.name, first.people, first.moved, first.removed) == ("Buys organic", 5, -1, 1)
    assert first.expires == date(2026, 5, 3)  # 120 days after the last delivery, less the 30 of a refresh
    gold = next(trait for trait in content.traits if trait.name == "Gold" and trait.data_source == "crm")
    assert (gold.signal, gold.people) == ("d_sid=7003", 3)
    assert content.nobody_has == ["Wishlist"]


def test_what_is_kept_out_is_counted(reported: Reported) -> None:
    content = reported.content()
    found = {(row.data_source, row.reason): row.rows for row in content.kept_out}
    assert found == {
        ("crm", "undeclared_key"): 1,
        ("crm", "pii_email"): 1,
        ("crm", "trait_not_numeric"): 1,
        ("", "pii_known_value"): 1,
    }
    assert sum(number for *_, number in content.kept_out_before["crm"]) == 6
    assert [(row.data_source, row.exact, row.near) for row in content.match if row.site_ids] == [("crm", 1, 1)]


def test_near_misses_are_those_of_the_audit() -> None:
    """L7: a kind that is left out would be told as none."""
    macro = (REPOSITORY / "macros/rules/match_foldings.sql").read_text(encoding="utf-8")
    assert list(FOLDINGS) == [f"{name}_ids" for name in re.findall(r"^        '(\w+)': ", macro, re.MULTILINE)]


def test_the_way_back_is_told(reported: Reported) -> None:
    """Received against expected (R6, M5), match rates (R14), deliveries of segments (O25, O27): in counts."""
    content = reported.content()
    back = content.way_back
    assert back is not None and back.batches is not None and back.rates is not None and back.deliveries is not None
    [first] = back.batches  # as of the last build, which the second delivery follows
    assert (first.fate, first.lines_delivered, first.records_received) == ("partly_read", 13, 12)
    assert (first.no_matching_aam_id, first.expected_no_matching_aam_id, first.format_errors) == (5, 9, 0)
    assert [(rate.day, rate.matched_pct) for rate in back.rates["crm"]] == [
        (date(2026, 2, 1), 50.0),
        (date(2026, 2, 2), 66.7),
    ]
    found = [
        (one.name, one.sync_mode, one.state, one.files, one.missing_files, one.rejected_rows) for one in back.deliveries
    ]
    assert found == [("Loyal buyers", None, "incomplete", 0, 1, 0), ("Loyal buyers", "full", "complete", 1, 0, 1)]
    page = reported.page.read_text(encoding="utf-8")
    assert 'id="way-back"' in page and "percent matched" in page and "read in part" in page


def test_the_way_back_is_told_where_it_is_on(reported: Reported) -> None:
    content = reported.content()
    assert "way-back" not in render(replace(content, way_back=None))
    assert content.way_back is not None
    page = render(replace(content, way_back=replace(content.way_back, batches=[], rates=None, deliveries=None)))
    assert "Not all of it has been built" in page and "nothing has been received yet" in page


def test_tagged_columns_are_followed_to_their_end(reported: Reported) -> None:
    reach = reported.content().reach
    assert reach is not None
    assert (reach.holders[0].label, reach.holders[0].tagged, reach.leaks) == ("people", ("full_name",), ())


def test_keys_that_accept_text_are_named(reported: Reported) -> None:
    """P1: and why, where that is written down; which doctor asks for."""
    said = [(key.data_source, key.signal_key, key.why) for key in reported.content().keys_of_text]
    assert said == [("android", "remark", ""), ("crm", "note", "agents write them")]
    page = reported.page.read_text(encoding="utf-8")
    assert "<code>note</code> of crm (agents write them)" in page
    assert re.search(r"<code>remark</code> of android \(<span[^>]*>no reason is written down", page)
    outcome = reported.sandbox.export("doctor", "--json")
    [finding] = [check for check in json.loads(outcome.stdout)["checks"] if check["check"] == "free text"]
    assert finding["message"].endswith("(P1): android remark")


@pytest.mark.thorough
def test_what_would_be_sent_is_shown_before(reported: Reported, tmp_path: Path) -> None:
    later = Reported(reported.sandbox.copy(tmp_path / "later"), "", reported.page)
    signals = [row for row in tiny.first_day() if row[1] not in ("Customer-0", "Customer-1")]
    tiny.set_signals(later.sandbox, [*signals, ("crm", "Customer-7", "d_sid", "7001")])
    tiny.build(later.sandbox, "2026-02-03 06:00:00")
    before = later.content(before=True)
    assert before.plan is not None
    assert [batch.sent for batch in before.counted] == [True, True, False]
    assert before.populations["crm", "d_sid=7001"][-1] == (date(2026, 2, 3), 5)
    assert [batch.sent for batch in later.content().counted] == [True, True]
    outcome = later.sandbox.export("plan", "--html", "--now", "2026-02-03T08:00:00")
    assert outcome.stdout.splitlines()[-1].endswith("/target/aam_report.html#next")
    page = (later.sandbox.folder / "target/aam_report.html").read_text(encoding="utf-8")
    assert "A delivery would" in page
    assert 'id="next"' in page


def test_status_shows_the_page_at_its_part(reported: Reported) -> None:
    outcome = reported.sandbox.export("status", "--html")
    assert (outcome.returncode, outcome.stdout.splitlines()[-1].rpartition("#")[2]) == (0, "feed")


def test_the_object_is_as_documented(reported: Reported) -> None:
    outcome = reported.sandbox.export("report", "--json", "--now", NOW)
    printed = json.loads(outcome.stdout)
    validate(printed, make_json_docs.schema_of("report"))
    assert Path(printed["file"]).stat().st_size == printed["size"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("report", "--output", "target/aam_drop/report.html"), "lies in the drop"),
        (("run", "--report", "target/aam_drop/acme-grocers"), "lies in the drop"),
        (("report", "--output", "s3://bucket/report.html"), "is written to a file"),
        (("plan", "--html", "--json"), "--html"),
        (("status", "--html", "--json"), "--html"),
    ],
)
def test_where_no_page_may_stand(reported: Reported, arguments: tuple[str, ...], said: str) -> None:
    outcome = reported.sandbox.export(*arguments)
    assert (outcome.returncode, said in outcome.stderr) == (2, True), outcome.stderr
    assert list((reported.sandbox.folder / "target/aam_drop").rglob("*.html")) == []


def test_a_file_that_can_not_be_written_is_said(reported: Reported) -> None:
    outcome = reported.sandbox.export("report", "--output", "dbt_project.yml/report.html")
    assert outcome.returncode == 1
    assert "can't be written" in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_a_delivery_stands_where_its_report_fails(reported: Reported, tmp_path: Path) -> None:
    sandbox = reported.sandbox.copy(tmp_path / "failing")
    outcome = sandbox.export("run", "--now", "2026-02-02T09:00:00", "--report", "dbt_project.yml/x.html")
    assert outcome.returncode == 0
    assert "Warning: all is delivered, but there is no report" in outcome.stderr


def test_reasons_are_those_of_the_page() -> None:
    assert make_reasons.LIST.read_text(encoding="utf-8") == make_reasons.text(), "run `make docs`"
    listed = (REPOSITORY / "macros/rules/inbound_reject_reasons.sql").read_text(encoding="utf-8")
    assert set(reasons()) == set(re.findall(r"^        \('(\w+)', ", listed, re.MULTILINE))


@pytest.mark.parametrize("days", [1, CHART_DAYS, CHART_DAYS + 1, 400])
def test_a_chart_has_no_more_days_than_it_shows(days: int) -> None:
    batches = [CountedBatch(str(n), date.fromordinal(700_000 + n // 2), True) for n in range(2 * days)]
    shown = thinned(batches)
    assert len(shown) <= CHART_DAYS
    assert shown[-1] == batches[-1]
    assert thinned([]) == []


def test_small_kinds_are_put_together() -> None:
    counts = [(date(2026, 2, 1), str(kind), kind) for kind in range(1, 9)]
    kept, kinds = fewer_kinds(counts)
    assert kinds == ["8", "7", "6", "5", "4", REST]
    assert sum(number for *_, number in kept) == sum(number for *_, number in counts)
    assert fewer_kinds(counts[:6])[1] == ["6", "5", "4", "3", "2", "1"]


def test_numbers_are_told_as_people_do() -> None:
    assert [share(1, 3), share(0, 3), share(3, 3), share(1, 10_000), share(9_999, 10_000)] == [
        *("33.3 %", "0 %", "100 %"),
        *("under 0.1 %", "over 99.9 %"),
    ]
    assert [signed(1200), signed(-3), signed(0)] == ["+1,200", "\N{MINUS SIGN}3", "0"]
    assert [size(1_500), size(2_500_000)] == ["1.5 kB", "2.5 MB"]
    assert ago(datetime(2026, 2, 3) - datetime(2026, 2, 2, 23)) == "1 hour"


def test_no_build_is_a_message(tmp_path: Path) -> None:
    sandbox = tiny.create(tmp_path / "unbuilt")
    outcome = sandbox.export("report")
    assert outcome.returncode == AamExportError.exit_code or outcome.returncode in (2, 3)
    assert "→" in outcome.stderr
    assert "Traceback" not in outcome.stderr


@pytest.fixture(scope="module")
def chromium() -> Any:
    if screenshots.lacking():
        missing(screenshots.lacking())
    with screenshots.browser() as driver:
        yield driver


@pytest.mark.parametrize("width", screenshots.WIDTHS)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_browser_shows_all_of_it(reported: Reported, chromium: Any, width: int, dark: bool) -> None:
    chromium.get_log("browser"), chromium.get_log("performance")  # what came before
    screenshots.look(chromium, reported.page, width, dark=dark)
    charts = chromium.execute_script(
        """return [...document.querySelectorAll("figure.chart")].map(figure => [
            figure.querySelector("svg").getBoundingClientRect().width,
            figure.querySelectorAll("svg .mark-rect path, svg .mark-line path").length,
            figure.querySelector("svg").getAttribute("aria-label")])"""
    )
    assert len(charts) >= 6
    assert [chart for chart in charts if chart[0] < 200 or not chart[1] or not chart[2]] == []
    assert chromium.execute_script("return document.documentElement.scrollWidth") <= width
    assert chromium.get_log("browser") == []
    events = [json.loads(entry["message"])["message"] for entry in chromium.get_log("performance")]
    asked = {event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"}
    assert {url for url in asked if not url.startswith("data:")} == {reported.page.as_uri()}
    origin = find_spec("axe_core_python")
    assert origin and origin.submodule_search_locations
    axe = Path(origin.submodule_search_locations[0], "axe.min.js").read_text(encoding="utf-8")
    chromium.execute_script(axe)
    found = chromium.execute_async_script("axe.run().then(arguments[arguments.length - 1])")["violations"]
    assert [(rule["id"], node["html"]) for rule in found for node in rule["nodes"]] == []


def test_keys_reach_every_part(reported: Reported, chromium: Any) -> None:
    """The first stop leads over the menu; tables are sorted and what is folded opens by a key."""
    from selenium.webdriver.common.keys import Keys

    screenshots.look(chromium, reported.page, 1440)
    chromium.switch_to.active_element.send_keys(Keys.TAB)
    assert chromium.switch_to.active_element.get_attribute("class") == "skip"
    button = chromium.find_element("css selector", "#traits th button")
    button.send_keys(Keys.ENTER)
    assert chromium.execute_script("return arguments[0].closest('th').ariaSort", button) == "descending"
    folded = chromium.find_element("css selector", "#feed details summary")
    folded.send_keys(Keys.ENTER)
    assert chromium.execute_script("return arguments[0].parentElement.open", folded)


def test_it_is_whole_without_javascript(reported: Reported) -> None:
    if screenshots.lacking():
        missing(screenshots.lacking())
    with screenshots.browser(javascript=False) as driver:
        screenshots.look(driver, reported.page, 360)
        text = driver.find_element("css selector", "main").text
        assert "Buys organic" in text
        assert driver.find_elements("css selector", "th button") == []
