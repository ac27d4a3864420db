"""A run is killed, or fails, at each of its side effects in turn; one normal run mends it (design, delivery 3 and 4)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from crash import DISK_FULL, DONE, KILLED, NEEDS_SPACE, REFUSED, Fault
from crash_cases import Case, FolderDrop, assert_one_run_mends, clean_effects, kills, prepare


@pytest.fixture(scope="module")
def in_folder(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return prepare(tmp_path_factory.mktemp("crash"), FolderDrop())


def test_killed_at_every_side_effect(in_folder: Case, tmp_path: Path, tally: Callable[[str, int], None]) -> None:
    effects = clean_effects(in_folder, tmp_path)
    faults = kills(effects)
    assert_one_run_mends(in_folder, tmp_path, faults, effects, {KILLED})
    tally("crash points killed at, folder", len(faults))


def test_disk_full_at_every_file_operation(in_folder: Case, tmp_path: Path, tally: Callable[[str, int], None]) -> None:
    effects = clean_effects(in_folder, tmp_path)
    faults = [
        Fault(number, DISK_FULL, persistent)
        for number, effect in enumerate(effects, start=1)
        if effect in NEEDS_SPACE
        for persistent in (False, True)
    ]
    assert_one_run_mends(in_folder, tmp_path, faults, effects, {0, 1})
    tally("failures of the disk, folder", len(faults))


def test_a_warehouse_that_fails_at_every_change(
    in_folder: Case, tmp_path: Path, tally: Callable[[str, int], None]
) -> None:
    """Before it did what it was asked, and after, so that nobody knows whether it did."""
    effects = clean_effects(in_folder, tmp_path)
    faults = [
        Fault(number, kind)
        for number, effect in enumerate(effects, start=1)
        if effect == "warehouse execute"
        for kind in (REFUSED, DONE)
    ]
    assert_one_run_mends(in_folder, tmp_path, faults, effects, {0, 1})
    tally("failures of the warehouse, folder", len(faults))
