"""Check inbound files, ours or not, against the rules: `check_paths`, what it takes, and what it returns or raises.

What is exported here is public: none of it goes, or means another thing, within a major version.
"""

from __future__ import annotations

from aam_export.check.checker import check_paths, check_trees
from aam_export.check.report import CheckReport, FileSummary, TreeSummary, Violation
from aam_export.check.seeds import Seeds, load_seeds
from aam_export.check.sources import Source, Tree, local_trees
from aam_export.errors import ConfigurationError

__all__ = [
    "CheckReport",
    "ConfigurationError",
    "FileSummary",
    "Seeds",
    "Source",
    "Tree",
    "TreeSummary",
    "Violation",
    "check_paths",
    "check_trees",
    "load_seeds",
    "local_trees",
]
