"""The gate: what leaves is what the last `dbt build` proved, on this target, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aam_export.errors import ConfigurationError, GateError
from aam_export.exposure import BUILD
from aam_export.project import Project, find_exposure, read_artifact
from aam_export.proof.pii_tags import has_tagged_columns

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
    """Raise GateError unless the last dbt command was a build of all that the exposure is made from, and all passed.

    Nor may a column tagged as personal data reach what is sent (P1), whatever its values are today.
    """
    path = project.target_path / "run_results.json"
    results = read_artifact(path)
    command = results.get("args", {}).get("which")
    if command != "build":
        raise GateError(f"the last dbt command was `dbt {command}`, which proves nothing", hint=f"run `{BUILD}`")
    for option in ("empty", "sample"):
        if results["args"].get(option):
            raise GateError(f"the last build ran with --{option}, on some of the data only", hint=f"run `{BUILD}`")
    _check_age(project.manifest, results)
    _check_target(project, results)

    models, tests, others = upstream_of_exposure(project.manifest)
    statuses = {result["unique_id"]: result["status"] for result in results["results"]}
    failed = sorted(
        node
        for node, status in statuses.items()
        if status not in PASSED and (node in models | tests | others or node.startswith("operation."))
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
    _check_lineage(project.manifest)
    return Proof(
        invocation_id=results["metadata"]["invocation_id"],
        generated_at=results["metadata"]["generated_at"],
        models=len(models),
        tests=len(tests),
        warnings=sum(statuses[node] == "warn" for node in tests),
    )


def check_unchanged(project: Project) -> None:
    """Raise GateError where another dbt command has begun since the project was read: it may be building right now.

    Where a run does not keep dbt out of the warehouse, this is asked once the rows are frozen and before that counts.
    """
    made = read_artifact(project.target_path / "manifest.json")["metadata"]
    if made.get("invocation_id") != project.manifest["metadata"].get("invocation_id"):
        raise GateError(
            "another dbt command began while this run did: what it built is not proved", hint=f"run `{BUILD}` again"
        )


def upstream_of_exposure(manifest: Mapping[str, Any]) -> tuple[set[str], set[str], set[str]]:
    """Unique IDs of the models that the exposure is made from, of the data tests on any of them, and of the others.

    The others are seeds and unit tests. Seeds need not have been loaded by the same build, and unit tests prove code,
    not data: both may be left out, as dbt's guides advise for production, but neither may have failed.
    """
    nodes = manifest["nodes"]
    ancestors: set[str] = set()
    waiting = list(find_exposure(manifest)["depends_on"]["nodes"])
    while waiting:
        node = waiting.pop()
        if node not in ancestors:
            ancestors.add(node)
            waiting.extend(nodes.get(node, {}).get("depends_on", {}).get("nodes", ()))

    def on_ancestors(kind: Mapping[str, Any]) -> set[str]:
        return {name for name, node in kind.items() if ancestors.intersection(node["depends_on"]["nodes"])}

    models = {
        node
        for node in ancestors
        if nodes.get(node, {}).get("resource_type") in ("model", "snapshot")
        and nodes[node]["config"].get("materialized") != "ephemeral"
    }
    tests = on_ancestors({name: node for name, node in nodes.items() if node["resource_type"] == "test"})
    seeds = {node for node in ancestors if nodes.get(node, {}).get("resource_type") == "seed"}
    return models, tests, seeds | on_ancestors(manifest.get("unit_tests", {}))


def _check_target(project: Project, results: Mapping[str, Any]) -> None:
    """Refuse a build for another target. dbt writes down a target or profile that was named, not its own defaults."""
    target = project.target
    built_profile = results["args"].get("profile") or project.default_profile
    built_target = results["args"].get("target") or target.default
    for what, built, wanted in (("profile", built_profile, target.profile), ("target", built_target, target.name)):
        if built != wanted:
            raise GateError(
                f"the last build was for {what} '{built}', this run is for '{wanted}'",
                hint=f"run `{BUILD} --{what} {wanted}`, or run aam-export with --{what} {built}",
            )
    adapter = project.manifest["metadata"].get("adapter_type")
    if adapter and adapter != target.type:
        raise GateError(
            f"the last build was on {adapter}, target '{target.name}' is {target.type}",
            hint=f"run `{BUILD} --target {target.name}`",
        )


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


def _check_lineage(manifest: Mapping[str, Any]) -> None:
    if not has_tagged_columns(manifest):
        return
    # The SQL parser takes longer to import than all else: only who has something to prove waits for it.
    from aam_export.proof.lineage import find_pii_paths

    try:
        paths = find_pii_paths(manifest)
    except ConfigurationError as error:
        raise GateError(error.message, hint=f"{error.hint}; `aam-export lineage` checks it", rule="P1") from error
    if paths:
        raise GateError(
            f"{len(paths)} column(s) tagged contains_pii would be sent: {_listed([str(path) for path in paths])}",
            hint="drop the column on the way, or hash it with SHA-256 (macro hash_email for addresses), "
            f"and run `{BUILD}` again; `aam-export lineage` shows each step's file",
            rule="P1",
        )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _short(unique_id: str) -> str:
    """The name in `<kind>.<package>.<name>…`; a unit test's stands behind that of its model."""
    kind, *names = unique_id.split(".")
    return names[-1] if kind == "unit_test" else names[min(1, len(names) - 1)]


def _listed(names: list[str]) -> str:
    rest = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {rest} more" if rest > 0 else "")
