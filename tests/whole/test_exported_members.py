"""What is public, and nothing else: the command, and what `aam_export.check` exports."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import aam_export
from aam_export import check

REPOSITORY = Path(__file__).resolve().parents[2]
CHECK = {
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
}


def test_the_package_exports_its_version_alone() -> None:
    assert aam_export.__all__ == ["__version__"]


def test_check_exports_what_it_did() -> None:
    """A name that goes breaks somebody's program; one that comes is here to stay."""
    assert set(check.__all__) == CHECK
    assert check.__all__ == sorted(check.__all__)


@pytest.mark.parametrize("name", sorted(CHECK))
def test_what_is_exported_says_what_it_is(name: str) -> None:
    member = getattr(check, name)
    text = inspect.getdoc(member)
    assert text, "no docstring"
    assert not re.match(rf"{name}\(", text), "the one that dataclasses make"


def test_the_page_and_the_package_name_the_surface() -> None:
    page = (REPOSITORY / "docs" / "check.md").read_text(encoding="utf-8")
    section = page.partition("## From Python\n")[2].partition("\n## ")[0]
    assert set(re.findall(r"`(\w+)`", section)) & CHECK == CHECK
    assert "aam_export.check" in str(aam_export.__doc__)


def test_the_example_of_the_page_runs(tmp_path: Path) -> None:
    page = (REPOSITORY / "docs" / "check.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "ftp_dpm_100001_1514793600.sync").write_bytes(b"a\td_sid=1")
    outcome = subprocess.run([sys.executable, "-c", example], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (outcome.returncode, outcome.stdout) == (
        0,
        "S6 in/ftp_dpm_100001_1514793600.sync no newline after the last line\n",
    )
