"""The warehouse, as the exporter sees it: one interface, one implementation a warehouse.

Adding one means a module here that implements Warehouse, and a line in IMPLEMENTATIONS.
"""

from __future__ import annotations

import importlib

from aam_export.errors import ConfigurationError
from aam_export.profile import Target
from aam_export.warehouses.base import Warehouse

# The profile's `type` → the module whose function connect(target, …) opens it.
IMPLEMENTATIONS = {
    "duckdb": "aam_export.warehouses.duckdb",
    "postgres": "aam_export.warehouses.postgres",
    "spark": "aam_export.warehouses.spark",
}

__all__ = ["IMPLEMENTATIONS", "Warehouse", "connect"]


def connect(target: Target, *, read_only: bool, lock_name: str = "", bounded: bool = False) -> Warehouse:
    """Open the warehouse of a target; raises ConfigurationError for a type nobody implemented.

    A connection that may write keeps others of the same `lock_name`, which is the ledger's, out: BusyError is raised
    while there is one. `bounded` holds a warehouse that works in our process to as little memory as lines of usual
    length need. What takes more raises MemoryBoundError.
    """
    kind = target.type
    if kind not in IMPLEMENTATIONS:
        raise ConfigurationError(
            f"target '{target.name}' is of type '{kind}', which aam-export can't read",
            hint=f"it reads {', '.join(sorted(IMPLEMENTATIONS))}",
        )
    module = importlib.import_module(IMPLEMENTATIONS[kind])
    warehouse: Warehouse = module.connect(target, read_only=read_only, lock_name=lock_name, bounded=bounded)
    return warehouse
