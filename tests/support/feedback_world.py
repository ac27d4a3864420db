"""Projects that receive what Audience Manager answers, and files as it sends them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import crash
import tiny
from sandbox import DUCKDB, REPOSITORY, Sandbox, Warehouse

SAMPLES = REPOSITORY / "tests/export/fixtures/feedback"
COLUMNS = (
    "destination_id", "description", "name_template", "row_template", "blanks", "header_lines", "id_type", "data_source",
    "sync_type", "schedule", "full_is_complete", "export_label",
)  # fmt: skip
TABS = "<DP_UUID><TAB><SEGMENT_LIST><TAB><REMOVED_SEGMENT_LIST>"
BLANKS = "<DP_UUID> <SEGMENT_LIST> <REMOVED_SEGMENT_LIST>"
USUAL = {
    "row_template": TABS, "id_type": "dpuuid", "data_source": "crm", "description": "Loyal buyers", "schedule": "1",
    "export_label": "pii_allowed",
}  # fmt: skip


def destinations(declared: Sequence[Mapping[str, str]]) -> str:
    """The list aam_destinations, as CSV: what a row does not say is USUAL."""
    lines = [",".join(COLUMNS)]
    for destination in declared:
        row = {**USUAL, **destination}
        lines.append(",".join('"' + row.get(column, "").replace('"', '""') + '"' for column in COLUMNS))
    return "\n".join(lines) + "\n"


def create(
    folder: Path, declared: Sequence[Mapping[str, str]], warehouse: Warehouse = DUCKDB, **variables: object
) -> Sandbox:
    """A project of tiny's with these destinations, whose lists are loaded: `receive` can begin."""
    project = tiny.create(folder, warehouse)
    project.configure(
        {**tiny.VARIABLES, "aam_feedback": True, **variables}, unit_tests={"aam_inbound": {"+enabled": False}}
    )
    project.declare({**tiny.SEEDS, "aam_destinations": destinations(declared)})
    outcome = project.dbt("seed")
    assert outcome.returncode == 0, outcome.stdout[-3000:]
    return project


def receive(project: Sandbox, *arguments: str, fault: crash.Fault | None = None) -> crash.Outcome:
    """`aam-export receive ARGUMENTS` in a process of its own."""
    return crash.run(project.folder, "receive", *arguments, fault=fault)


def put(folder: Path, name: str, data: bytes) -> Path:
    """Write a file into a folder, which is made."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return file


def lines(project: Sandbox, name: str) -> list[str]:
    """The rows of a file that was received, in their order."""
    rows = project.query(
        f"select line from {project.schema}.aam_feedback_rows as r inner join {project.schema}.aam_feedback_files as f "
        f"on r.file_id = f.file_id where f.file_name = '{name}' order by line_number"
    )
    return [line for (line,) in rows]


# What `make demo-loop` builds, and when.
LOOP = {"aam_feedback": True, "aam_now": "2018-01-04 20:00:00"}
LOOP_LISTS = ("aam_inbound.feedback", "int_customers__of_ids", "segment_reach", "letter__recipe_readers")


def close_loop(project: Sandbox) -> str:
    """Answer what the demo has delivered and build what came back, as `make demo-loop` does; what `receive` printed."""
    assert project.command("python", "scripts/answer.py", "target/aam_drop", "target/answers").returncode == 0
    outcome = project.dbt("seed", "--select", "aam_destinations", variables=LOOP)
    assert outcome.returncode == 0, outcome.stdout[-3000:]
    received = project.command("aam-export", "receive", "--now", "2018-01-04T18:00:00")
    assert received.returncode == 0, received.stdout + received.stderr
    outcome = project.dbt("build", "--select", *LOOP_LISTS, "--exclude-resource-type", "unit_test", variables=LOOP)
    assert outcome.returncode == 0, outcome.stdout[-3000:]
    return received.stdout
