"""What dbt calls the package, and the exposure that stands for the drop; and how to build what that is made from."""

from __future__ import annotations

PACKAGE = "aam_inbound"
EXPOSURE = "aam_drop"
BUILD = f"dbt build --select +exposure:{EXPOSURE}"
