"""The vars of the package: dbt takes a misspelt one for none, and says nothing."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path

from aam_export.exposure import PACKAGE
from aam_export.profile import read_yaml

VARIABLES = (
    "aam_allow_commas_in_values",
    "aam_cross_device_data_sources",
    "aam_customer_ids_model",
    "aam_delivery_hours",
    "aam_feedback",
    "aam_hold_unsynced",
    "aam_id_sync_models",
    "aam_ledger_schema",
    "aam_max_case_near_miss_pct",
    "aam_max_decimal_digits",
    "aam_max_near_miss_pct",
    "aam_max_pii_rejects",
    "aam_max_reject_pct",
    "aam_newest_by",
    "aam_now",
    "aam_pii_models",
    "aam_placeholder_dates",
    "aam_placeholder_ids",
    "aam_refresh_days",
    "aam_settle_hours",
    "aam_shape_decisions_model",
    "aam_signal_models",
    "aam_site_ids_model",
    "aam_suppress_near_misses",
    "aam_suppressions_model",
)


def misspelt(folder: Path) -> Iterator[tuple[str, str]]:
    """The vars in a project's dbt_project.yml that the package does not know, each with the one that may be meant.

    Directly under `vars`, where a project has vars of its own, only those are told that are nearly the package's.
    """
    given = read_yaml(folder / "dbt_project.yml").get("vars")
    if not isinstance(given, dict):
        return
    of_package = given.get(PACKAGE)
    for name in of_package if isinstance(of_package, dict) else ():
        if name not in VARIABLES:
            yield str(name), _nearest(str(name), cutoff=0.6)
    for name in given:
        if name not in VARIABLES and (meant := _nearest(str(name), cutoff=0.85)):
            yield str(name), meant


def _nearest(name: str, cutoff: float) -> str:
    return next(iter(difflib.get_close_matches(name.lower(), VARIABLES, n=1, cutoff=cutoff)), "")
