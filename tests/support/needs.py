"""What a test needs of the machine: where it is missing, the test is skipped and says so, or fails where all must run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

import pytest

REQUIRE_ALL = "AAM_TEST_REQUIRE_ALL"
DEMO = Path(__file__).resolve().parents[2] / "demo"


def demo() -> Path:
    """The demo's folder. Who has deleted it has deleted what would be tested: its tests are skipped."""
    if not DEMO.is_dir():
        pytest.skip("the demo was deleted", allow_module_level=True)
    return DEMO


def missing(what: str) -> NoReturn:
    if os.environ.get(REQUIRE_ALL) == "1":
        pytest.fail(f"{what}; {REQUIRE_ALL} is set")
    pytest.skip(what)
