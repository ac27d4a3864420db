"""Proof, from compiled SQL alone, that no column tagged as personal data reaches the views that are sent (P1).

A column is tagged by `meta: {contains_pii: true}` on it, in a source, model, seed or snapshot. Its value may go
anywhere but into a column of a target view; SHA-2 ends the way (see columns.py for what else does).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from aam_export.errors import ConfigurationError
from aam_export.proof.columns import NOTHING, ColumnRef, Columns, Flows, Statement, either, parse, unknown
from aam_export.proof.pii_tags import is_tagged

TARGETS = ("inbound_records", "id_sync_records")
_RELATIONS = ("source", "model", "seed", "snapshot")
_DIALECTS = {"sqlserver": "tsql", "synapse": "tsql", "fabric": "tsql", "athena": "athena", "glue": "spark"}


@dataclass(frozen=True)
class Step:
    """A column on the way: `node` is dbt's unique ID, `label` what people call it, `file` where it is defined."""

    node: str
    label: str
    column: str
    file: str

    def __str__(self) -> str:
        return f"{self.label}.{self.column}"


@dataclass(frozen=True)
class PiiPath:
    """The shortest way of one tagged column (the first step) into a column of a view that is sent (the last)."""

    steps: tuple[Step, ...]

    def __str__(self) -> str:
        return " → ".join(map(str, self.steps))


def find_pii_paths(manifest: Mapping[str, Any], target_relations: Sequence[str] = TARGETS) -> list[PiiPath]:
    """A path for each tagged column and target view that it reaches; none is the proof.

    Of several ways of a column into a view one is given, into `record` if it comes there. A tagged column that only
    hands on another tagged column's value is not listed beside that.

    Raises ConfigurationError if the manifest knows none of the targets, lacks a model's compiled SQL, or has SQL that
    can't be read.
    """
    graph = Graph(manifest)
    targets = [node for node in graph.nodes.values() if node.type == "model" and node.name in target_relations]
    if not targets:
        raise ConfigurationError(
            f"the manifest has no model {' or '.join(target_relations)}, so there is nothing to prove",
            hint="run `dbt compile` in the project that builds them",
        )
    graph.read_upstream_of([node.unique_id for node in targets])
    return [path for target in targets for path in graph.paths_into(target.unique_id)]


@dataclass(frozen=True)
class Node:
    unique_id: str
    type: str
    name: str
    alias: str
    label: str
    file: str
    language: str
    materialized: str
    relation_name: str | None
    code: str | None
    columns: Mapping[str, bool]  # name in lower case → tagged
    parents: tuple[str, ...]

    @classmethod
    def from_manifest(cls, node: Mapping[str, Any]) -> Node:
        is_source = node["resource_type"] == "source"
        return cls(
            unique_id=node["unique_id"],
            type=node["resource_type"],
            name=node["name"],
            alias=node.get("alias") or node["name"],
            label=f"source.{node['source_name']}.{node['name']}" if is_source else node["name"],
            file=node.get("original_file_path", ""),
            language=node.get("language", "sql"),
            materialized=node.get("config", {}).get("materialized", ""),
            relation_name=node.get("relation_name"),
            code=node.get("compiled_code"),
            columns={column["name"].lower(): is_tagged(column) for column in node.get("columns", {}).values()},
            parents=tuple(node.get("depends_on", {}).get("nodes", ())),
        )

    @property
    def is_query(self) -> bool:
        return self.type in ("model", "snapshot") and self.language == "sql"


class Graph:
    """The manifest's relations; each statement is read once, whatever is asked of it."""

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        adapter = manifest["metadata"].get("adapter_type") or "duckdb"
        self.dialect = _DIALECTS.get(adapter, adapter)
        if sqlglot.Dialect.get(self.dialect) is None:
            raise ConfigurationError(f"sqlglot knows no dialect for the adapter '{adapter}', so lineage can't be read")
        self.nodes = {
            unique_id: Node.from_manifest(node)
            for unique_id, node in {**manifest["sources"], **manifest["nodes"]}.items()
            if node["resource_type"] in _RELATIONS
        }
        self._flows: dict[str, Columns] = {}

    def read_upstream_of(self, targets: Sequence[str]) -> None:
        """Read every statement behind the targets, inputs first, so that no depth of the graph is a depth of calls."""
        parents: dict[str, set[str]] = {}
        waiting = list(targets)
        while waiting:
            unique_id = waiting.pop()
            if unique_id not in parents:
                parents[unique_id] = {parent for parent in self.nodes[unique_id].parents if parent in self.nodes}
                waiting.extend(parents[unique_id])
        # An ephemeral model's SQL stands in that of the models which use it.
        lacking = sorted(
            node.name
            for node in map(self.nodes.__getitem__, parents)
            if node.is_query and node.materialized != "ephemeral" and not node.code
        )
        if lacking:
            raise ConfigurationError(
                f"the manifest has no compiled SQL of {', '.join(lacking)}",
                hint="run `dbt compile`, or `dbt build`, without a selection",
            )
        for unique_id in TopologicalSorter(parents).static_order():
            self.flows(unique_id)

    # Columns

    def flows(self, unique_id: str) -> Columns:
        """The columns of a node, each with the columns of other nodes that its values come from."""
        if unique_id not in self._flows:
            node = self.nodes[unique_id]
            # Until it is read, a model that reads itself (incremental) finds that any column may come from any.
            self._flows[unique_id] = unknown(NOTHING)
            if node.is_query and node.code:
                self._flows[unique_id] = self._read(node)
            elif node.type == "model" and node.materialized != "ephemeral":  # Python: nobody can look inside
                inputs = [parent for parent in node.parents if parent in self.nodes]
                self._flows[unique_id] = unknown(NOTHING.union(*(self.columns(name).everything() for name in inputs)))
        return self._flows[unique_id]

    def columns(self, unique_id: str) -> Columns:
        """The columns of a node as those see it that select from it."""
        node, flows = self.nodes[unique_id], self.flows(unique_id)
        names = dict.fromkeys([*(name for name, _ in flows.named), *node.columns])
        rest = flows.rest
        if rest is not None and not flows.named and node.type == "model":
            rest = frozenset({ColumnRef(unique_id, "*")})
        elif rest is None and node.type == "snapshot":
            rest = NOTHING  # the columns that dbt adds
        return Columns(tuple((name, frozenset({ColumnRef(unique_id, name)})) for name in names), rest)

    def sources_of(self, column: ColumnRef) -> Flows:
        flows = self.flows(column.node)
        return flows.everything() if column.column == "*" else flows.holds(column.column)

    def is_tagged(self, column: ColumnRef) -> bool:
        return self.nodes[column.node].columns.get(column.column, False)

    def _read(self, node: Node) -> Columns:
        try:
            return self._columns_of(node, parse(node.code or "", self.dialect))
        except (SqlglotError, ValueError, RecursionError) as error:
            raise ConfigurationError(
                f"the compiled SQL of {node.name} ({node.file}) can't be read as {self.dialect}, "
                f"so nothing is proved of what goes through it: {str(error).partition(chr(10))[0]}",
                hint="write that part of the model in plainer SQL",
                rule="P1",
            ) from error

    def _columns_of(self, node: Node, query: exp.Expression) -> Columns:
        matched = {table: self._matching(table) for table in query.find_all(exp.Table)}
        seen = set().union(*matched.values())
        # A table that is not found by its name may be any input that no name is found for.
        unseen = [
            parent
            for parent in node.parents
            if parent in self.nodes and parent not in seen and self.nodes[parent].materialized != "ephemeral"
        ]

        def relation(table: exp.Table) -> Columns:
            return either([self.columns(unique_id) for unique_id in matched[table] or unseen])

        def with_query(name: str, columns: Columns) -> Columns:
            ephemeral = self._ephemeral.get(name)
            if ephemeral is None:
                return columns
            self._flows[ephemeral] = columns
            return self.columns(ephemeral)

        return Statement(query, relation, with_query).columns()

    # Names

    @cached_property
    def _ephemeral(self) -> Mapping[str, str]:
        """The CTE that dbt puts an ephemeral model into → its node."""
        return {
            f"__dbt__cte__{node.alias}".lower(): node.unique_id
            for node in self.nodes.values()
            if node.materialized == "ephemeral"
        }

    @cached_property
    def _by_name(self) -> Mapping[str, list[tuple[tuple[str, ...], str]]]:
        """Last part of a relation's name → its whole name and node, for all of that last part."""
        found: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for node in self.nodes.values():
            if node.relation_name:
                select = sqlglot.parse_one(f"select * from {node.relation_name}", dialect=self.dialect)
                table = select.find(exp.Table)
                if table is not None:
                    parts = self._parts(table)
                    found.setdefault(parts[-1], []).append((parts, node.unique_id))
        return found

    def _matching(self, table: exp.Table) -> list[str]:
        """The nodes that a table may be, whose name may be given without its schema or database."""
        parts = self._parts(table)
        return [
            unique_id
            for known, unique_id in self._by_name.get(parts[-1], ())
            if all(one == other for one, other in zip(reversed(parts), reversed(known), strict=False))
        ]

    def _parts(self, table: exp.Table) -> tuple[str, ...]:
        if table.this is None:
            raise ValueError(f"a table without a name: {table.sql(self.dialect)}")
        if isinstance(table.this, exp.Identifier):
            return tuple(part.name.lower() for part in table.parts)
        return (table.this.sql(self.dialect).lower(),)  # a function, as of a source that lies in files

    # Paths

    def paths_into(self, target: str) -> list[PiiPath]:
        best: dict[ColumnRef, tuple[ColumnRef, ...]] = {}
        columns = [name for name, _ in self.columns(target).named]
        if self.flows(target).rest is not None:
            columns.append("*")
        # `record` first: it is what leaves.
        for name in sorted(columns, key=lambda name: name != "record"):
            for tagged, path in self._paths_to(ColumnRef(target, name)).items():
                best.setdefault(tagged, path)
        return [PiiPath(tuple(map(self._step, path))) for _, path in sorted(best.items())]

    def _paths_to(self, end: ColumnRef) -> dict[ColumnRef, tuple[ColumnRef, ...]]:
        """The shortest path of every tagged column into `end` that does not begin at another tagged column."""
        next_step: dict[ColumnRef, ColumnRef | None] = {end: None}
        waiting = deque([end])
        while waiting:
            column = waiting.popleft()
            for source in sorted(self.sources_of(column)):
                if source not in next_step:
                    next_step[source] = column
                    waiting.append(source)
        tagged = {column for column in next_step if self.is_tagged(column)}
        paths = {}
        for column in tagged:
            if not any(other in tagged for other in self._upstream(column)):
                path: list[ColumnRef] = []
                at: ColumnRef | None = column
                while at is not None:
                    path.append(at)
                    at = next_step[at]
                paths[column] = tuple(path)
        return paths

    def _upstream(self, column: ColumnRef) -> set[ColumnRef]:
        found: set[ColumnRef] = set()
        waiting = [column]
        while waiting:
            new = self.sources_of(waiting.pop()) - found
            found |= new
            waiting.extend(new)
        return found - {column}

    def _step(self, column: ColumnRef) -> Step:
        node = self.nodes[column.node]
        return Step(node.unique_id, node.label, column.column, node.file)
