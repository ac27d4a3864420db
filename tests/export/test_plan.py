"""What `plan` and `run` print for people: totals first, a row a data source, no wider than the terminal, nothing twice."""

from __future__ import annotations

import fcntl
import gzip
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from functools import partial
from pathlib import Path

import crash
import pytest
from crash import Outcome
from rich.cells import cell_len
from sandbox import Sandbox

from aam_export.cli.plan import as_in_the_file

NOW = "2026-01-31T08:00:00"
SOURCES = [f"brand_{number:02}" for number in range(30)]
IDLE = SOURCES[-3:]
TRAITS = 20
TOTALS = """
create or replace view inbound_change_totals as
select data_source, count(*) as users_desired, 7 as users_known, 0 as users_losing, count(*) as users_new,
    0 as users_changed, 0 as users_removed, 0 as users_refreshed, 0 as users_deferred,
    case when data_source = 'brand_00' then 5 else 0 end as users_unclearable,
    (select coalesce(max(batch_id), '') from inbound_batches) as base_batch_id
from lines group by data_source
union all select name, 955, 955, 0, 0, 0, 0, 0, 0, 0, '' from (select unnest({idle}) as name)
"""
SUMMARY = """
create or replace view inbound_change_summary as
select data_source, 'd_sid=' || (1000 + i) as signal, 'A trait with a name of some length, ' || repeat('very long, ', 20) || i as trait_name,
    count(*) as users_added, 0 as users_removed, 0 as users_refreshed, 0 as users_deferred, 0 as users_unclearable
from lines, range({traits}) as t(i) group by data_source, i
"""


@pytest.fixture
def thirty(small_project: Sandbox) -> Sandbox:
    """Thirty data sources, each with twenty traits; three of them have nothing to send."""
    small_project.execute(
        "create or replace table lines as select 'brand_' || lpad((i // 200)::varchar, 2, '0') as data_source, "
        "(300000 + i // 200)::varchar as dpid, null::varchar as target_data_owner_dpid, 'sync' as sync_mode, "
        "'User-' || i as user_id, 1 as line_number, 1 as line_count, 'User-' || i || chr(9) || 'd_sid=1001' as record "
        f"from range({(len(SOURCES) - len(IDLE)) * 200}) as t(i)",
        TOTALS.format(idle=IDLE),
        SUMMARY.format(traits=TRAITS),
    )
    return small_project


def plan(project: Sandbox, *arguments: str, columns: int | None = None) -> Outcome:
    def setup() -> None:
        os.environ.pop("COLUMNS", None)  # pytest-xdist sets it
        if columns:
            os.environ["COLUMNS"] = str(columns)

    return crash.run(project.folder, "plan", "--now", NOW, *arguments, setup=setup)


def lines(project: Sandbox, *arguments: str, columns: int | None = None) -> list[str]:
    outcome = plan(project, *arguments, columns=columns)
    assert outcome.exit_code == 0, outcome.output
    return outcome.output.splitlines()


def without_folders(said: list[str]) -> list[str]:
    """Lines but those that name a folder, which is as long as it is."""
    return [line for line in said if "date=" not in line]


def test_thirty_data_sources_fit_on_a_screen(thirty: Sandbox) -> None:
    said = lines(thirty, columns=100)
    assert len(said) <= 40
    assert max(map(cell_len, without_folders(said))) <= 100
    assert re.fullmatch(r"To send: 5,400 users in 27 files, \d+\.\d kB before compression", said[0])
    assert said[3].split() == ["all", "data", "sources", "3,054", "8,265", "5,400", "0", "0", "0", "5"]
    rows = {line.split()[0]: line.split()[1:] for line in said[4:] if line.startswith("brand_")}
    assert list(rows) == SOURCES[:-3]
    assert rows["brand_00"] == ["7", "200", "200", "0", "0", "0", "5"]
    assert said[-1] == "Nothing to do for brand_27, brand_28, brand_29"
    assert "d_sid" not in "\n".join(said)


def test_columns_are_straight(thirty: Sandbox) -> None:
    said = lines(thirty, columns=100)
    table = said[2 : 4 + len(SOURCES) - len(IDLE)]
    ends = [{match.end() for match in re.finditer(r"\S+", line)} for line in table]
    for title in ("known", "wanted", "new", "changed", "removed", "refreshed", "unclearable"):
        place = table[0].index(title) + len(title)
        assert all(place in found for found in ends), title


def test_signals_are_shown_on_request(thirty: Sandbox) -> None:
    said = lines(thirty, "--signals", columns=80)
    assert sum(line.startswith("d_sid=") for line in said) == TRAITS * (len(SOURCES) - len(IDLE))
    assert max(map(cell_len, without_folders(said))) <= 80
    one = lines(thirty, "--data-source", "brand_03", columns=80)
    assert sum(line.startswith("d_sid=") for line in one) == TRAITS
    [(size,)] = thirty.query("select sum(strlen(record) + 1) / 1000 from lines where data_source = 'brand_03'")
    assert one[0] == f"To send: 200 users in 1 file, {size:,.1f} kB before compression"
    assert {name for name in SOURCES if name in "\n".join(one)} == {"brand_03"}
    [file] = [line.split() for line in one if line.startswith("ftp_dpm_")]
    assert file[0].startswith("ftp_dpm_300003_")
    assert file[1:] == ["brand_03", "200", "200", f"{size:,.1f}"]
    assert lines(thirty, "--data-source", IDLE[0], columns=80)[-1] == "Nothing to send."


def test_a_data_source_that_is_none(thirty: Sandbox) -> None:
    outcome = plan(thirty, "--data-source", "brand_3")
    assert outcome.exit_code == 2
    assert "there is no data source 'brand_3'" in outcome.output
    assert "did you mean 'brand_" in outcome.output


def test_what_is_piped_is_whole(thirty: Sandbox) -> None:
    """No name is cut, however long: somebody may look for it."""
    said = lines(thirty, "--signals")
    assert f"very long, {TRAITS - 1}" in "\n".join(said)
    assert "…" not in "\n".join(said)


@pytest.mark.parametrize("columns", [60, 132])
def test_a_terminal_is_as_wide_as_it_is(thirty: Sandbox, columns: int) -> None:
    """A real one, without COLUMNS."""
    own, other = pty.openpty()
    fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    env = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    process = subprocess.Popen(
        [str(Path(sys.executable).parent / "aam-export"), "plan", "--now", NOW, "--data-source", "brand_03"],
        cwd=thirty.folder, env=env, stdin=other, stdout=other, stderr=subprocess.PIPE,
    )  # fmt: skip
    os.close(other)
    printed = b""
    while chunk := _read(own):
        printed += chunk
    assert process.wait() == 0, process.stderr and process.stderr.read()
    signals = [line for line in printed.decode().split("\r\n") if line.startswith("d_sid=")]
    assert len(signals) == TRAITS
    assert {cell_len(line) for line in signals} == {columns}
    assert all(line.endswith("…") for line in signals)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # the other end was closed
        return b""


def test_held_is_what_audience_manager_holds(small_project: Sandbox) -> None:
    """Users who wait for their ID are on hold, and what waits for settlement is deferred."""
    small_project.execute(
        "create or replace view id_sync_coverage as select 'crm' as data_source, true as needs_sync, 1000 as records, "
        "200 as records_synced, 50 as records_captured, 30 as records_pending, 720 as records_unknown, 9 as users_on_hold"
    )
    said = lines(small_project)
    head = next(number for number, line in enumerate(said) if line.startswith("lines of"))
    assert re.split(r"\s{2,}", said[head]) == [
        "lines of", "all", "ID known", "%", "by ID file", "by site", "pending", "unknown", "users on hold",
    ]  # fmt: skip
    assert said[head + 1].split() == ["crm", "1,000", "250", "25", "200", "50", "30", "720", "9"]
    assert said[head + 2] == "Expect 720 No Matching AAM ID, and up to 30 more whose ID file is not settled."
    assert "held" not in "\n".join(without_folders(said))


@pytest.mark.parametrize(
    ("named", "said"),
    [
        (
            (),
            "Expect up to 720 No Matching AAM ID: no captured IDs of the site and no pairs of IDs tell which it knows.",
        ),
        (("aam_id_sync_models",), "Expect 720 No Matching AAM ID."),
        (("aam_site_ids_model",), "Expect 720 No Matching AAM ID."),
    ],
    ids=["nothing", "pairs", "site"],
)
def test_what_nobody_can_foresee_is_no_forecast(small_project: Sandbox, named: tuple[str, ...], said: str) -> None:
    """M5: also where every ID of the day happens to be unknown, what is known is told as before."""
    small_project.execute(
        "create or replace view id_sync_coverage as select 'crm' as data_source, true as needs_sync, 720 as records, "
        "0 as records_synced, 0 as records_captured, 0 as records_pending, 720 as records_unknown, 0 as users_on_hold"
    )
    file = small_project.folder / "target/manifest.json"
    content = json.loads(file.read_bytes())
    changes = content["nodes"]["model.aam_inbound.inbound_changes"]
    for variable in ("aam_site_ids_model", "aam_id_sync_models"):
        read = [changes["unique_id"]] if variable in named else []
        node = {**changes, "name": f"input__{variable}", "depends_on": {"nodes": read, "macros": []}}
        content["nodes"][f"model.aam_inbound.input__{variable}"] = node
    file.write_text(json.dumps(content), encoding="utf-8")
    assert said in lines(small_project)


def test_a_run_prints_nothing_twice(thirty: Sandbox) -> None:
    outcome = crash.run(thirty.folder, "run", "--now", NOW, setup=partial(os.environ.update, {"COLUMNS": "80"}))
    assert outcome.exit_code == 0, outcome.output
    said = outcome.output.splitlines()
    assert len(set(said)) == len(said)
    files = [line for line in said if "ftp_dpm_" in line]
    assert len(files) == len(SOURCES) - len(IDLE)
    assert max(map(cell_len, files)) <= 80
    assert all(re.fullmatch(r"ftp_dpm_\d+_\d+\.sync\.gz +200 +200 +200 +\d+\.\d", line) for line in files)
    assert sum("date=2026-01-31" in line for line in said) == 1


def test_a_batch_of_what_no_file_can_say(small_project: Sandbox) -> None:
    """The ledger remembers it, and nothing is sent."""
    small_project.execute("update lines set line_count = 0")
    assert lines(small_project)[-1] == "Nothing to send."
    outcome = crash.run(small_project.folder, "run", "--now", NOW)
    assert outcome.exit_code == 0, outcome.output
    assert outcome.output.splitlines()[-1].startswith("no files: what is to be taken away, no file can say")
    assert small_project.query("select event from aam_batches order by event_at") == [("opened",), ("committed",)]
    assert not (small_project.folder / "target/aam_drop/acme-grocers").exists()


def test_an_open_batch_is_told_once(small_project: Sandbox) -> None:
    assert crash.run(small_project.folder, "run", "--now", NOW).exit_code == 0
    small_project.execute("delete from aam_batches where event = 'committed'")
    [(batch,)] = small_project.query("select max(batch_id) from aam_batches")
    assert lines(small_project)[0] == f"Batch {batch} is open: a run finishes it first."
    small_project.execute(
        "create or replace view inbound_change_totals as select * replace ('' as base_batch_id) from "
        f"({_query(small_project)})"
    )
    assert lines(small_project) == [
        f"Batch {batch} is open: a run finishes it first, and there is nothing else to send."
    ]


def _query(project: Sandbox) -> str:
    [(view,)] = project.query("select sql from duckdb_views() where view_name = 'inbound_change_totals'")
    return str(view).partition(" AS ")[2].rstrip(";\n")


def test_the_line_of_a_user_is_that_of_the_file(small_project: Sandbox) -> None:
    said = lines(small_project, "--user", "User-7")
    [shown] = [line.removeprefix("    line: ") for line in said if line.startswith("    line: ")]
    assert shown == "User-7\td_sid=1001,ic=a"
    assert crash.run(small_project.folder, "run", "--now", NOW).exit_code == 0
    [file] = (small_project.folder / "target/aam_drop").rglob("ftp_dpm_*.gz")
    assert shown in gzip.decompress(file.read_bytes()).decode().splitlines()


def test_a_line_shows_what_a_terminal_might_obey_as_an_escape() -> None:
    assert as_in_the_file("Zoë\t\"a\"='b\\c'\n") == "Zoë\t\"a\"='b\\c'"
    assert as_in_the_file("a\x1b[31m\u202eb\rc\t\n") == "a\\x1b[31m\\u202eb\\rc\t"
