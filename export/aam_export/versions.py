"""Whether the program and the dbt package belong together: the hooks of one write what the other reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from aam_export import __version__
from aam_export.errors import ConfigurationError
from aam_export.exposure import BUILD, PACKAGE


def check_versions(manifest: Mapping[str, Any], program: str = __version__) -> str:
    """The version of the package that the manifest was made with, which its macro `package_version` says.

    Raises ConfigurationError where it differs from the program's: by the first number or, below 1.0, by the second.
    """
    macro = manifest["macros"].get(f"macro.{PACKAGE}.package_version", {})
    said = re.search(r"return\('([0-9.]+)'\)", macro.get("macro_sql", ""))
    package = said[1] if said else ""
    if _compatible(package) == _compatible(program):
        return package
    which = f"of version {package}" if package else "of a version that does not say so"
    hint = f"write `revision: v{program}` for it in packages.yml, and run `dbt deps` and `{BUILD}`"
    if _numbers(package) > _numbers(program):
        hint = (
            f"run `pip install 'aam-export=={'.'.join(package.split('.')[: len(_compatible(package))])}.*'`; or {hint}"
        )
    raise ConfigurationError(
        f"aam-export is of version {program}, and the package {PACKAGE} {which}: they don't belong together", hint=hint
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split(".") if number.isdecimal())


def _compatible(version: str) -> tuple[int, ...]:
    numbers = _numbers(version)
    return numbers[:2] if numbers[:1] == (0,) else numbers[:1]
