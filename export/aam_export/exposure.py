"""What dbt calls the package, the drop (an exposure) and the ledger (a source); and how to build what leaves."""

from __future__ import annotations

PACKAGE = "aam_inbound"
EXPOSURE = "aam_drop"
LEDGER = "aam_ledger"
BUILD = f"dbt build --select +exposure:{EXPOSURE}"
