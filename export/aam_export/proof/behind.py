"""What stands behind the drop, by dbt's manifest: the nodes that the exposure is made from, and the tests on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aam_export.exposure import PACKAGE
from aam_export.project import find_exposure

BUILT = ("model", "snapshot", "seed")


@dataclass(frozen=True)
class Behind:
    """Unique IDs. `models` (snapshots too) and `tests` must be proved; `seeds` and `unit_tests` must not have failed.

    Seeds need not have been loaded by dbt, and unit tests prove code, not data: a schedule may leave both out, as dbt's
    guides advise for production.
    """

    models: frozenset[str]
    seeds: frozenset[str]
    tests: Mapping[str, tuple[str, ...]]
    """Test → the nodes that it is a test of."""
    unit_tests: Mapping[str, tuple[str, ...]]
    disabled_tests: frozenset[str]
    """Tests that the package brings for these nodes, and that the project has turned off."""
    parents: Mapping[str, tuple[str, ...]]
    """Model → the models, snapshots and seeds that it reads, through ephemeral models too."""


def behind_the_drop(manifest: Mapping[str, Any]) -> Behind:
    nodes = {
        unique_id: node
        for unique_id, node in manifest["nodes"].items()
        if node.get("config", {}).get("enabled", True) is not False
    }
    ancestors: set[str] = set()
    waiting = list(find_exposure(manifest)["depends_on"]["nodes"])
    while waiting:
        unique_id = waiting.pop()
        if unique_id not in ancestors:
            ancestors.add(unique_id)
            waiting.extend(nodes.get(unique_id, {}).get("depends_on", {}).get("nodes", ()))

    def of_kind(*kinds: str) -> frozenset[str]:
        return frozenset(name for name in ancestors if name in nodes and nodes[name]["resource_type"] in kinds)

    built = {name for name in of_kind(*BUILT) if nodes[name]["config"].get("materialized") != "ephemeral"}
    return Behind(
        models=of_kind("model", "snapshot") & built,
        seeds=of_kind("seed"),
        tests=_on(ancestors, {name: node for name, node in nodes.items() if node["resource_type"] == "test"}),
        unit_tests=_on(ancestors, manifest.get("unit_tests", {})),
        disabled_tests=frozenset(_disabled_tests(manifest, {nodes[name]["name"] for name in ancestors & nodes.keys()})),
        parents={name: tuple(sorted(_parents(name, nodes, built))) for name in built},
    )


def tested_nodes(test: Mapping[str, Any]) -> tuple[str, ...]:
    """The node that a test is attached to or else, as for a singular one, all that it reads."""
    attached = test.get("attached_node")
    return (attached,) if attached else tuple(test["depends_on"]["nodes"])


def _on(ancestors: set[str], tests: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Tests of nothing but ancestors: somebody else's model that is compared with one of ours is theirs to prove."""
    tested = {name: tested_nodes(test) for name, test in tests.items()}
    return {name: of for name, of in tested.items() if of and ancestors.issuperset(of)}


def _disabled_tests(manifest: Mapping[str, Any], names: set[str]) -> Iterator[str]:
    """dbt resolves no reference of what is disabled: the names must do."""
    for unique_id, versions in manifest.get("disabled", {}).items():
        for node in versions:
            refs = {ref["name"] for ref in node.get("refs") or ()}
            if node["resource_type"] == "test" and node["package_name"] == PACKAGE and refs and refs <= names:
                yield unique_id


def _parents(name: str, nodes: Mapping[str, Any], built: set[str]) -> set[str]:
    found: set[str] = set()
    seen: set[str] = set()
    waiting = list(nodes[name].get("depends_on", {}).get("nodes", ()))
    while waiting:
        parent = waiting.pop()
        if parent in seen:
            continue
        seen.add(parent)
        if parent in built:
            found.add(parent)
        else:
            waiting.extend(nodes.get(parent, {}).get("depends_on", {}).get("nodes", ()))
    return found - {name}
