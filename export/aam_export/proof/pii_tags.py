"""Which columns of dbt's manifest are tagged as personal data: `meta: {contains_pii: true}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def is_tagged(column: Mapping[str, Any]) -> bool:
    """For a column of a source, model, seed or snapshot, as the manifest has it; under `meta` or `config: meta`."""
    meta = {**(column.get("meta") or {}), **((column.get("config") or {}).get("meta") or {})}
    return str(meta.get("contains_pii")).lower() in ("true", "yes", "1")


def has_tagged_columns(manifest: Mapping[str, Any]) -> bool:
    nodes = [*manifest.get("sources", {}).values(), *manifest["nodes"].values()]
    return any(is_tagged(column) for node in nodes for column in node.get("columns", {}).values())
