"""What a test needs of the machine: where it is missing, the test is skipped and says so, or fails where all must run."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

REQUIRE_ALL = "AAM_TEST_REQUIRE_ALL"


def missing(what: str) -> NoReturn:
    if os.environ.get(REQUIRE_ALL) == "1":
        pytest.fail(f"{what}; {REQUIRE_ALL} is set")
    pytest.skip(what)
