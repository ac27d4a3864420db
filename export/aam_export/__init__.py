"""Delivers what dbt proved to Adobe Audience Manager.

Public are the command `aam-export` (docs/cli.md), what `aam_export.check` exports, and `__version__`. All other modules
are the command's own and may change with any release.
"""

__all__ = ["__version__"]
__version__ = "0.1.0"
