"""What a node's code is, so that two states of a project can be told apart: the hashes of the macros in macros/proof.

They are of the code as the project has it. Compiled SQL would not do: the time of the build stands in it, and the
manifest that `dbt test` or `dbt parse` leaves has none. MD5 is the one hash that dbt lends to macros, and nobody is
deceived by it: who can change the project can change the tests.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

TEST_OPTIONS = ("where", "severity", "warn_if", "error_if", "fail_calc", "limit")


def code_hash(node: Mapping[str, Any]) -> str:
    """Of its SQL and, of a test, of what it is told and what makes it fail; macro `code_hash`."""
    parts = [node.get("raw_code") or ""]
    config = node.get("config", {})
    if node["resource_type"] == "test":
        kwargs = (node.get("test_metadata") or {}).get("kwargs") or {}
        parts += [json.dumps(kwargs, sort_keys=True), *(str(config.get(option)) for option in TEST_OPTIONS)]
    elif node["resource_type"] == "model":
        parts.append(str(config.get("materialized")))
    return _md5("\n".join(parts))


def macros_hash(node: Mapping[str, Any], manifest: Mapping[str, Any]) -> str:
    """Of all macros that it uses, but for dbt's own; macro `macros_hash`."""
    own = {"dbt", f"dbt_{manifest['metadata'].get('adapter_type')}"}
    found: dict[str, str] = {}
    waiting = list(node.get("depends_on", {}).get("macros", ()))
    while waiting:
        unique_id = waiting.pop()
        if unique_id in found or unique_id.split(".")[1] in own:
            continue
        macro = manifest["macros"].get(unique_id, {})
        found[unique_id] = macro.get("macro_sql", "")
        waiting.extend(macro.get("depends_on", {}).get("macros", ()))
    return _md5("\n".join(f"{unique_id}\n{found[unique_id]}" for unique_id in sorted(found)))


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
