"""The gate: what leaves is what the last `dbt build` proved, on this target, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aam_export.errors import GateError
from aam_export.project import BUILD, Project, find_exposure, read_artifact

PASSED = {"success", "pass", "warn"}
SHOWN = 5


@dataclass(frozen=True)
class Proof:
    """What the gate saw: the build's invocation, when its results were written, how many nodes and tests stood."""

    invocation_id: str
    generated_at: str
    models: int
    tests: int
    warnings: int


def check_gate(project: Project) -> Proof:
    """Raise GateError unless the last dbt command was a build of all that the exposure is made from, and all passed."""
    path = project.target_path / "run_results.json"
    results = read_artifact(path)
    command = results.get("args", {}).get("which")
    if command != "build":
        raise GateError(f"the last dbt command was `dbt {command}`, which proves nothing", hint=f"run `{BUILD}`")
    _check_target(project, results)
    _check_age(project.manifest, results)

    models, tests = upstream_of_exposure(project.manifest)
    statuses = {result["unique_id"]: result["status"] for result in results["results"]}
    failed = sorted(
        node for node, status in statuses.items() if status not in PASSED and _concerns(node, models | tests)
    )
    if failed:
        raise GateError(
            f"the last build did not pass: {_listed([f'{_short(node)} ({statuses[node]})' for node in failed])}",
            hint=f"mend what `dbt build` reports, and run `{BUILD}` again",
        )
    missing = sorted((models | tests) - statuses.keys())
    if missing:
        raise GateError(
            f"the last build left out {len(missing)} of the {len(models | tests)} models and tests behind the drop: "
            f"{_listed([_short(node) for node in missing])}",
            hint=f"run `{BUILD}`, which builds and tests all that a delivery needs",
        )
    return Proof(
        invocation_id=results["metadata"]["invocation_id"],
        generated_at=results["metadata"]["generated_at"],
        models=len(models),
        tests=len(tests),
        warnings=sum(statuses[node] == "warn" for node in tests),
    )


def upstream_of_exposure(manifest: Mapping[str, Any]) -> tuple[set[str], set[str]]:
    """Unique IDs of the models that the exposure is made from, and of the data tests on any of them.

    Seeds need not have been loaded by the same build, and unit tests prove code, not data: both may be left out,
    as dbt's guides advise for production, but neither may have failed.
    """
    nodes = manifest["nodes"]
    ancestors: set[str] = set()
    waiting = list(find_exposure(manifest)["depends_on"]["nodes"])
    while waiting:
        node = waiting.pop()
        if node not in ancestors:
            ancestors.add(node)
            waiting.extend(nodes.get(node, {}).get("depends_on", {}).get("nodes", ()))
    models = {
        node
        for node in ancestors
        if nodes.get(node, {}).get("resource_type") in ("model", "snapshot")
        and nodes[node]["config"].get("materialized") != "ephemeral"
    }
    tests = {
        name
        for name, node in nodes.items()
        if node["resource_type"] == "test" and ancestors.intersection(node["depends_on"]["nodes"])
    }
    return models, tests


def _concerns(node: str, upstream: set[str]) -> bool:
    return node in upstream or node.startswith(("seed.", "unit_test.", "operation."))


def _check_target(project: Project, results: Mapping[str, Any]) -> None:
    built = results.get("args", {}).get("target") or project.manifest.get("metadata", {}).get("target_name")
    schema = _schema_of(project)
    if built is not None and built != project.target.name:
        raise GateError(
            f"the last build was for target '{built}', this run is for '{project.target.name}'",
            hint=f"run `{BUILD} --target {project.target.name}`",
        )
    configured = project.target.settings.get("schema")
    if built is None and configured and schema and not schema.startswith(str(configured)):
        raise GateError(
            f"the last build wrote to schema '{schema}', target '{project.target.name}' has '{configured}'",
            hint=f"run `{BUILD} --target {project.target.name}`",
        )
    adapter = project.manifest["metadata"].get("adapter_type")
    if adapter and adapter != project.target.type:
        raise GateError(
            f"the last build was on {adapter}, target '{project.target.name}' is {project.target.type}",
            hint=f"run `{BUILD} --target {project.target.name}`",
        )


def _schema_of(project: Project) -> str:
    for node in project.manifest["nodes"].values():
        if node["name"] == "inbound_records":
            return str(node.get("schema") or "")
    return ""


def _check_age(manifest: Mapping[str, Any], results: Mapping[str, Any]) -> None:
    made = manifest["metadata"]
    proved = results["metadata"]
    if _moment(proved["generated_at"]) < _moment(made["generated_at"]) or proved.get("invocation_id") != made.get(
        "invocation_id"
    ):
        raise GateError(
            "manifest.json is not of the build that run_results.json reports "
            f"({made['generated_at']} and {proved['generated_at']}): another dbt command ran since",
            hint=f"run `{BUILD}` again",
        )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _short(unique_id: str) -> str:
    return unique_id.split(".")[2] if unique_id.count(".") >= 2 else unique_id


def _listed(names: list[str]) -> str:
    rest = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {rest} more" if rest > 0 else "")
