"""Writes a JSON schema of what each command prints with `--json` into docs/json; a test compares them.

make docs
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from aam_export.cli.account import AccountResult
from aam_export.cli.check import CheckResult
from aam_export.cli.doctor import Examination
from aam_export.cli.init import Added
from aam_export.cli.lineage import Lineage
from aam_export.cli.status import Status
from aam_export.delivery.results import Plan, RunResult, UserPlan
from aam_export.feedback.receive import ReceiveResult
from aam_export.report.file import ReportFile

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "json"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
RESULTS: dict[str, type] = {
    "account": AccountResult,
    "check": CheckResult,
    "doctor": Examination,
    "init": Added,
    "lineage": Lineage,
    "plan": Plan,
    "plan --user": UserPlan,
    "receive": ReceiveResult,
    "report": ReportFile,
    "run": RunResult,
    "status": Status,
}


class Untitled(GenerateJsonSchema):
    """Members have names; titles would only repeat them."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def file_of(command: str) -> Path:
    """`plan --user` has docs/json/plan-user.json."""
    return FOLDER / f"{command.replace(' --', '-')}.json"


def schema_of(command: str) -> dict[str, Any]:
    schema = TypeAdapter(RESULTS[command]).json_schema(mode="serialization", schema_generator=Untitled)
    return {"$schema": DIALECT, **schema, "title": f"aam-export {command} --json"}


def text_of(command: str) -> str:
    return json.dumps(schema_of(command), indent=2) + "\n"


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for command in RESULTS:
        file_of(command).write_text(text_of(command), encoding="utf-8")


if __name__ == "__main__":
    main()
