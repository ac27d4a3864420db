"""How far personal data comes: from the tagged columns to the models that hold their values last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

from aam_export.proof.columns import ColumnRef
from aam_export.proof.lineage import TARGETS, Graph


@dataclass(frozen=True)
class Holder:
    """A relation that holds values of tagged columns: `tagged` and, of other names, `held` in it.

    `sources` are the nodes that the values come from; `ends_at` those that read it and take on none of them.
    """

    node: str
    label: str
    tagged: tuple[str, ...]
    held: tuple[str, ...]
    sources: tuple[str, ...]
    ends_at: tuple[str, ...]


@dataclass(frozen=True)
class Reach:
    """All holders behind what is sent, inputs first; `leaks` are columns that would be sent (none is the proof)."""

    holders: tuple[Holder, ...]
    leaks: tuple[str, ...]


def find_reach(manifest: Mapping[str, Any]) -> Reach:
    """Raises what find_pii_paths raises."""
    graph = Graph(manifest)
    targets = [name for name, node in graph.nodes.items() if node.type == "model" and node.name in TARGETS]
    graph.read_upstream_of(targets)
    parents = _upstream(graph, targets)
    reached: dict[str, dict[str, set[str]]] = {}
    for node in TopologicalSorter(parents).static_order():
        found = {name: set[str]() for name, tagged in graph.nodes[node].columns.items() if tagged}
        for name in (*(name for name, _ in graph.flows(node).named), "*"):
            if name == "*" and graph.flows(node).rest is None:
                continue
            sources = {
                source.node
                for source in graph.sources_of(ColumnRef(node, name))
                if source.node != node and source.column in reached.get(source.node, ())
            }
            if sources:
                found.setdefault(name, set()).update(sources)
        if found:
            reached[node] = found
    children: dict[str, list[str]] = {}
    for node, known in parents.items():
        for parent in known:
            children.setdefault(parent, []).append(node)
    holders = []
    for node, columns in reached.items():
        tagged = [name for name in columns if graph.nodes[node].columns.get(name)]
        holders.append(
            Holder(
                node,
                graph.nodes[node].label,
                tuple(tagged),
                tuple(sorted(set(columns) - set(tagged))),
                tuple(sorted(set().union(*columns.values()))),
                tuple(sorted(graph.nodes[child].label for child in children.get(node, ()) if child not in reached)),
            )
        )
    leaks = [str(path) for target in targets for path in graph.paths_into(target)]
    return Reach(tuple(holders), tuple(leaks))


def _upstream(graph: Graph, targets: list[str]) -> dict[str, set[str]]:
    """Every node behind the targets → its inputs."""
    parents: dict[str, set[str]] = {}
    waiting = list(targets)
    while waiting:
        node = waiting.pop()
        if node not in parents:
            parents[node] = {parent for parent in graph.nodes[node].parents if parent in graph.nodes}
            waiting.extend(parents[node])
    return parents
