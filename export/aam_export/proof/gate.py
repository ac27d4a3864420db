"""The gate: what leaves is what dbt proved, on this target, by this code, and nothing else.

However dbt was called: one `dbt build`, `dbt run` and then `dbt test`, a scheduler's invocation a node, `dbt retry`.
What ran says so in the warehouse (records.py); what had to run is said by the manifest (behind.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aam_export.errors import ConfigurationError, GateError
from aam_export.exposure import BUILD, PACKAGE
from aam_export.project import Project
from aam_export.proof.behind import Behind, behind_the_drop
from aam_export.proof.code import code_hash, macros_hash
from aam_export.proof.pii_tags import has_tagged_columns
from aam_export.proof.records import ProofTable, Record, Records
from aam_export.warehouses import Warehouse

SUCCESS, PASSED = "success", {"pass", "warn"}
SHOWN = 5


@dataclass(frozen=True)
class Proof:
    """What the gate saw: the invocation that proposed what is sent, when the last model was done, how many stood."""

    invocation_id: str
    generated_at: str
    models: int
    tests: int
    warnings: int
    still_holds: Callable[[], bool]
    """Asks again, in a session of its own, whether dbt has written down anything since."""


def check_gate(project: Project, warehouse: Warehouse) -> Proof:
    """Raise GateError unless every model behind the drop was built after its parents and passed its tests after that.

    Nor may a column tagged as personal data reach what is sent (P1), whatever its values are today.
    """
    table = ProofTable(project, warehouse)
    try:
        records = table.read()
    except ConfigurationError as error:
        raise GateError(f"nothing proves what would be sent: {error.message}", hint=f"run `{BUILD}`") from error
    behind = behind_the_drop(project.manifest)
    doubts = _Doubts(project, behind, records)
    for doubt in doubts.by_cause():
        raise GateError(doubt.message, hint=doubt.hint)
    _check_lineage(project.manifest, behind, records, table)
    return Proof(
        invocation_id=_proposer(behind, records),
        generated_at=f"{max(records.ended[name].ended_at for name in behind.models):%Y-%m-%d %H:%M:%S} UTC",
        models=len(behind.models),
        tests=len(behind.tests),
        warnings=sum(records.ended[name].status == "warn" for name in behind.tests),
        still_holds=lambda: table.count() == records.count,
    )


def check_unchanged(proof: Proof) -> None:
    """Raise GateError where another dbt command has begun, or ended, since the gate looked: it may be building now.

    Where a run does not keep dbt out of the warehouse, this is asked once the rows are frozen and before that counts.
    """
    if not proof.still_holds():
        raise GateError(
            "another dbt command began while this run did: what it built is not proved", hint=f"run `{BUILD}` again"
        )


@dataclass(frozen=True)
class _Doubt:
    message: str
    hint: str


class _Doubts:
    """What keeps the records from being a proof, the cause before what follows from it."""

    def __init__(self, project: Project, behind: Behind, records: Records) -> None:
        self._project = project
        self._manifest = project.manifest
        self._behind = behind
        self._records = records
        self._built = behind.models | behind.seeds

    def by_cause(self) -> Iterator[_Doubt]:
        yield from self._other_target()
        yield from self._disabled()
        yield from self._failed()
        yield from self._unended()
        yield from self._part_of_data()
        yield from self._missing()
        yield from self._built_before_parents()
        yield from self._tested_before_built()
        yield from self._changed_code()

    def _other_target(self) -> Iterator[_Doubt]:
        """dbt writes down the profile and target that it was called for."""
        target = self._project.target
        adapter = self._manifest["metadata"].get("adapter_type")
        if adapter and adapter != target.type:
            yield _Doubt(
                f"the last dbt command was for {adapter}, target '{target.name}' is {target.type}",
                f"run `{BUILD} --target {target.name}`",
            )
        for name in sorted(self._behind.models & self._records.ended.keys()):
            record = self._records.ended[name]
            for what, built, wanted in (
                ("profile", record.profile_name, target.profile),
                ("target", record.target_name, target.name),
            ):
                if built != wanted:
                    yield _Doubt(
                        f"{_short(name)} was built for {what} '{built}', this run is for '{wanted}'",
                        f"run `{BUILD} --{what} {wanted}`, or run aam-export with --{what} {built}",
                    )

    def _disabled(self) -> Iterator[_Doubt]:
        disabled = sorted(self._behind.disabled_tests)
        if disabled:
            yield _Doubt(
                f"tests of {PACKAGE} are disabled: {_listed(list(map(_short, disabled)))}",
                "write `data_tests: +enabled: false` of dbt_project.yml under your project's name, so that it does not "
                f"reach the package, and run `{BUILD}`",
            )

    def _failed(self) -> Iterator[_Doubt]:
        """Tests before models, for a model is skipped because of them."""
        ended, failed = self._records.ended, []
        for name in sorted(self._behind.tests.keys() & ended.keys()):
            if ended[name].status not in PASSED and not self._is_stale(name, self._behind.tests[name]):
                failed.append((name, ended[name]))
        for name in sorted(self._behind.unit_tests.keys() & ended.keys()):
            if ended[name].status not in PASSED and not self._is_superseded(name):
                failed.append((name, ended[name]))
        for name in sorted(self._built & ended.keys()):
            if ended[name].status != SUCCESS:
                failed.append((name, ended[name]))
        if failed:
            skipped = sum(
                name not in ended or moment > ended[name].ended_at for name, moment in self._records.skipped.items()
            )
            after = f"; {skipped} were skipped because of it" if skipped else ""
            yield _Doubt(
                f"the last build did not pass: {_listed([_said(name, record) for name, record in failed])}{after}",
                f"mend what dbt reports, and run `{BUILD}` again, or `dbt retry`",
            )

    def _unended(self) -> Iterator[_Doubt]:
        begun = {
            name: moment
            for name, moment in self._records.began.items()
            if name in self._built
            and (name not in self._records.ended or moment >= self._records.ended[name].started_at)
        }
        if begun:
            names = _listed(sorted(map(_short, begun)))
            yield _Doubt(
                f"dbt began at {max(begun.values()):%Y-%m-%d %H:%M:%S} UTC to build {names}, "
                "and never said how that ended: it was killed, or is still running",
                f"wait for it, or run `{BUILD}` again",
            )

    def _part_of_data(self) -> Iterator[_Doubt]:
        for name in sorted(self._behind.models & self._records.ended.keys()):
            option = self._records.ended[name].part_of_data
            if option:
                yield _Doubt(
                    f"the last build ran with --{option}, on some of the data only: {_short(name)}", f"run `{BUILD}`"
                )

    def _missing(self) -> Iterator[_Doubt]:
        wanted = self._behind.models | self._behind.tests.keys()
        missing = sorted(wanted - self._records.ended.keys(), key=lambda name: (name.startswith("test."), name))
        if missing:
            yield _Doubt(
                f"{len(missing)} of the {len(wanted)} models and tests behind the drop never ran on this target: "
                f"{_listed(list(map(_short, missing)))}",
                f"run `{BUILD}`, which builds and tests all that a delivery needs",
            )

    def _built_before_parents(self) -> Iterator[_Doubt]:
        late = [
            (name, parent)
            for name in sorted(self._behind.models)
            for parent in self._behind.parents[name]
            if parent in self._records.ended
            and self._records.ended[parent].ended_at > self._records.ended[name].started_at
        ]
        if late:
            shown = _listed([f"{_short(name)} before {_short(parent)}" for name, parent in late])
            yield _Doubt(
                f"models were built before what they read was built again: {shown}",
                f"run `{BUILD}`, or build them in their order",
            )

    def _tested_before_built(self) -> Iterator[_Doubt]:
        stale = [name for name, tested in sorted(self._behind.tests.items()) if self._is_stale(name, tested)]
        if stale:
            yield _Doubt(
                f"{len(stale)} tests ran before the last build of what they test: {_listed(list(map(_short, stale)))}",
                f"run `dbt test --select +exposure:aam_drop`, or `{BUILD}`",
            )

    def _changed_code(self) -> Iterator[_Doubt]:
        changed = []
        for name in sorted(self._behind.models | self._behind.tests.keys()):
            node, (sql, macros) = self._manifest["nodes"][name], self._records.ended[name].code
            if sql != code_hash(node):
                changed.append(f"{_short(name)} ({node.get('original_file_path')})")
            elif macros and macros != macros_hash(node, self._manifest):
                changed.append(f"a macro that {_short(name)} uses")
            elif name in self._behind.models and self._records.ended[name].relation_name != node.get("relation_name"):
                changed.append(f"the place of {_short(name)}, now {node.get('relation_name')}")
        if changed:
            yield _Doubt(f"code changed since it was built or tested: {_listed(changed)}", f"run `{BUILD}` again")

    def _is_stale(self, test: str, tested: tuple[str, ...]) -> bool:
        began = self._records.ended[test].started_at
        return any(
            self._records.ended[node].ended_at > began
            for node in tested
            if node in self._records.ended and self._records.ended[node].status == SUCCESS
        )

    def _is_superseded(self, unit_test: str) -> bool:
        """Whether its model was built after it failed, as a build does only once it passes, or is left out."""
        done = self._records.ended[unit_test].ended_at
        return all(
            node in self._records.ended and self._records.ended[node].started_at >= done
            for node in self._behind.unit_tests[unit_test]
        )


def _proposer(behind: Behind, records: Records) -> str:
    """The invocation that proposed the batch: the one that built inbound_changes."""
    return next(records.ended[name].invocation_id for name in behind.models if _short(name) == "inbound_changes")


def _check_lineage(manifest: Mapping[str, Any], behind: Behind, records: Records, table: ProofTable) -> None:
    if not has_tagged_columns(manifest):
        return
    # The SQL parser takes longer to import than all else: only who has something to prove waits for it.
    from aam_export.proof.lineage import find_pii_paths

    kept = table.compiled_code(records.ended[name].compiled_hash for name in behind.models)
    made_by = manifest["metadata"].get("invocation_id")

    def that_ran(name: str, node: Mapping[str, Any]) -> str | None:
        """Where dbt shows a hook no compiled SQL (v2), the manifest has it, as long as it is of the same invocation."""
        record = records.ended[name]
        if not record.compiled_hash and record.invocation_id == made_by:
            return node.get("compiled_code")
        return kept.get(record.compiled_hash)

    nodes = {
        name: {**node, "compiled_code": that_ran(name, node)} if name in behind.models else node
        for name, node in manifest["nodes"].items()
    }
    try:
        paths = find_pii_paths({**manifest, "nodes": nodes})
    except ConfigurationError as error:
        raise GateError(error.message, hint=f"{error.hint}; `aam-export lineage` checks it", rule="P1") from error
    if paths:
        raise GateError(
            f"{len(paths)} column(s) tagged contains_pii would be sent: {_listed([str(path) for path in paths])}",
            hint="drop the column on the way, or hash it with SHA-256 (macro hash_email for addresses), "
            f"and run `{BUILD}` again; `aam-export lineage` shows each step's file",
            rule="P1",
        )


def _said(name: str, record: Record) -> str:
    return f"{_short(name)} ({record.status}{': ' + record.message if record.message else ''})"


def _short(unique_id: str) -> str:
    """The name in `<kind>.<package>.<name>…`; a unit test's stands behind that of its model."""
    kind, *names = unique_id.split(".")
    return names[-1] if kind == "unit_test" else names[min(1, len(names) - 1)]


def _listed(names: list[str]) -> str:
    rest = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {rest} more" if rest > 0 else "")
