"""dbt's manifest.json, whichever version of dbt wrote it.

dbt 1 and dbt v2 write the same keys, but v2 leaves out what is empty or writes it as null (`meta`, `config: meta`,
`compiled_code`, …), and its previews called the manifest version 20.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from aam_export.errors import AamExportError, ConfigurationError, GateError
from aam_export.exposure import BUILD

KNOWN = {"v12": "dbt 1.8 to 1.12 and dbt v2", "v20": "previews of dbt v2 before 2.0.0-preview.164"}
SCHEMA = re.compile(r"/manifest/(v\d+)\.json$")


def read_manifest(path: Path, *, made_by: str = BUILD, failure: type[AamExportError] = GateError) -> dict[str, Any]:
    """The manifest, complete: it has every kind of node, and each node `config`, `meta`, `columns` and `depends_on`.

    Raises `failure` where it is missing or broken, with the command that makes it as advice, and ConfigurationError
    where it is of a version that nobody here has seen.
    """
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise failure(f"there is no {path}: nothing proves what would be sent", hint=f"run `{made_by}`") from None
    except (OSError, ValueError) as error:
        raise failure(f"{path} can't be read: {error}", hint=f"run `{made_by}` again") from error
    metadata = content.get("metadata") if isinstance(content, dict) else None
    schema = SCHEMA.search(str(metadata.get("dbt_schema_version"))) if isinstance(metadata, dict) else None
    if not isinstance(metadata, dict) or not schema:
        raise failure(f"{path} is not an artifact of dbt", hint=f"run `{made_by}` again")
    if schema[1] not in KNOWN:
        known = ", ".join(f"{version} ({writers})" for version, writers in KNOWN.items())
        raise ConfigurationError(
            f"{path} is a manifest {schema[1]} (dbt {metadata.get('dbt_version')}), which aam-export does not know",
            hint=f"it knows {known}: upgrade aam-export, or build with one of these",
        )
    return _complete(content)


def _complete(manifest: dict[str, Any]) -> dict[str, Any]:
    for kind in ("nodes", "sources", "exposures", "unit_tests", "macros", "disabled"):
        manifest[kind] = manifest.get(kind) or {}
    for kind in ("nodes", "sources", "exposures", "unit_tests"):
        for node in manifest[kind].values():
            for key in ("config", "meta", "columns", "depends_on"):
                node[key] = node.get(key) or {}
            node["config"]["meta"] = node["config"].get("meta") or {}
            node["depends_on"]["nodes"] = node["depends_on"].get("nodes") or []
    return manifest
