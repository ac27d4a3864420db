"""Keys whose values may be text of words, where names and addresses hide that no detector finds (P1)."""

from __future__ import annotations

from dataclasses import dataclass

from aam_export.project import Project
from aam_export.warehouses import Warehouse


@dataclass(frozen=True)
class KeyOfText:
    """A key of aam_signal_keys whose pattern accepts text; `why` is the reason that was written down, or empty."""

    data_source: str
    signal_key: str
    why: str


def keys_of_text(project: Project, warehouse: Warehouse) -> list[KeyOfText]:
    """By data source and key. Raises ConfigurationError where the list is not in the build, or not in the warehouse."""
    rows = warehouse.fetch(
        f"select data_source, signal_key, coalesce(why, '') from {project.relation('input__aam_signal_keys')} "
        "where accepts_text order by data_source, signal_key"
    )
    return [KeyOfText(*map(str, row)) for row in rows]
