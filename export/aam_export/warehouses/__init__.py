"""The warehouse, as the exporter sees it: one interface, one implementation a warehouse.

Adding one means a module here that implements Warehouse, and a line in IMPLEMENTATIONS.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from aam_export.errors import ConfigurationError
from aam_export.warehouses.base import Warehouse

if TYPE_CHECKING:
    from aam_export.project import Project

# The profile's `type` → the module whose function connect(project) opens it.
IMPLEMENTATIONS = {
    "duckdb": "aam_export.warehouses.duckdb",
    "postgres": "aam_export.warehouses.postgres",
}

__all__ = ["IMPLEMENTATIONS", "Warehouse", "connect"]


def connect(project: Project, *, read_only: bool, bounded: bool = False) -> Warehouse:
    """Open the warehouse of the project's target; raises ConfigurationError for a type nobody implemented.

    `bounded` holds one that works in our process to as little memory as lines of usual length need. What takes more
    raises MemoryBoundError.
    """
    kind = project.target.type
    if kind not in IMPLEMENTATIONS:
        raise ConfigurationError(
            f"target '{project.target.name}' is of type '{kind}', which aam-export can't read",
            hint=f"it reads {', '.join(sorted(IMPLEMENTATIONS))}",
        )
    module = importlib.import_module(IMPLEMENTATIONS[kind])
    warehouse: Warehouse = module.connect(project, read_only=read_only, bounded=bounded)
    return warehouse
