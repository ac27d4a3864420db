"""What dbt wrote down in the warehouse of each node behind the drop: the table aam_proofs, as macros/proof fills it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from aam_export.project import Project
from aam_export.warehouses import Warehouse
from aam_export.warehouses.base import literal

BEGAN, ENDED, SKIPPED = "began", "ended", "skipped"


@dataclass(frozen=True)
class Record:
    """How a node's last run ended. Times are UTC; `code` holds the hashes of its SQL and of the macros it uses."""

    status: str
    invocation_id: str
    started_at: datetime
    ended_at: datetime
    code: tuple[str, str]
    compiled_hash: str
    relation_name: str
    profile_name: str
    target_name: str
    part_of_data: str
    message: str


@dataclass(frozen=True)
class Records:
    """`ended`: the last run of each node that was not skipped. `skipped`: when it was last skipped.

    `began`: of what an invocation was to build, when it began, where it never said how that ended: the newest.
    """

    ended: dict[str, Record] = field(default_factory=dict)
    skipped: dict[str, datetime] = field(default_factory=dict)
    began: dict[str, datetime] = field(default_factory=dict)
    count: int = 0


class ProofTable:
    """Reads aam_proofs and aam_proved_code; nothing here writes."""

    def __init__(self, project: Project, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self._proofs = project.relation("aam_proofs")
        self._code = project.relation("aam_proved_code")

    def read(self) -> Records:
        return Records(self._ended(), self._skipped(), self._began(), self.count())

    def count(self) -> int:
        """How many rows there are, as another session sees it: a transaction of this one would not see new rows."""
        query = f"select cast(count(*) as varchar(20)) as proofs from {self._proofs}"
        return sum(int(count.as_py()) for counts in self._warehouse.stream(query) for count in counts)

    def compiled_code(self, hashes: Iterable[str]) -> dict[str, str]:
        """Hash → the SQL that ran."""
        listed = ", ".join(literal(name) for name in sorted(set(hashes)))
        if not listed:
            return {}
        rows = self._warehouse.fetch(
            f"select compiled_hash, compiled_code from {self._code} where compiled_hash in ({listed})"
        )
        return {str(name): str(code) for name, code in rows}

    def _ended(self) -> dict[str, Record]:
        rows = self._warehouse.fetch(
            f"""
            select node_id, status, invocation_id, started_at, ended_at, code_hash, macros_hash, compiled_hash,
                relation_name, profile_name, target_name, part_of_data, message, event_at
            from (
                select
                    proofs.*,
                    row_number() over (partition by node_id order by coalesce(ended_at, event_at) desc) as place
                from {self._proofs} as proofs
                where event = {literal(ENDED)} and status <> {literal(SKIPPED)}
            ) as numbered
            where place = 1
            """
        )
        ended = {}
        for node, status, invocation, started, done, code, macros, *texts, event_at in rows:
            ended[str(node)] = Record(
                str(status),
                str(invocation),
                started or event_at,
                done or event_at,
                (code or "", macros or ""),
                *(str(text or "") for text in texts),
            )
        return ended

    def _skipped(self) -> dict[str, datetime]:
        rows = self._warehouse.fetch(
            f"select node_id, max(event_at) from {self._proofs} "
            f"where event = {literal(ENDED)} and status = {literal(SKIPPED)} group by node_id"
        )
        return {str(node): moment for node, moment in rows}

    def _began(self) -> dict[str, datetime]:
        rows = self._warehouse.fetch(
            f"""
            select node_id, max(event_at) from {self._proofs} as begun
            where event = {literal(BEGAN)} and not exists (
                select 1 from {self._proofs} as done
                where
                    done.event = {literal(ENDED)}
                    and done.invocation_id = begun.invocation_id
                    and done.node_id = begun.node_id
            )
            group by node_id
            """
        )
        return {str(node): moment for node, moment in rows}
