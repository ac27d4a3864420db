"""The exposure that stands for the drop in dbt, and how to build all that it is made from."""

from __future__ import annotations

EXPOSURE = "aam_drop"
BUILD = f"dbt build --select +exposure:{EXPOSURE}"
