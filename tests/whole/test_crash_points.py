"""A run is killed, or fails, at each of its side effects in turn; one normal run mends it (V2 to V4)."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import tiny
from crash import DISK_FULL, DONE, KILLED, NEEDS_SPACE, REFUSED, Fault
from crash_cases import DAYS, Case, FolderDrop, assert_one_run_mends, clean_effects, copy_of, kills, prepare, run


@pytest.fixture(scope="module")
def in_folder(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return prepare(tmp_path_factory.mktemp("crash"), FolderDrop())


def test_killed_at_every_side_effect(in_folder: Case, tmp_path: Path, tally: Callable[[str, int], None]) -> None:
    effects = clean_effects(in_folder, tmp_path)
    faults = kills(effects)
    tried = assert_one_run_mends(in_folder, tmp_path, faults, effects, {KILLED})
    tally("crash points killed at, folder", tried)


def test_disk_full_at_every_file_operation(in_folder: Case, tmp_path: Path, tally: Callable[[str, int], None]) -> None:
    effects = clean_effects(in_folder, tmp_path)
    faults = [
        Fault(number, DISK_FULL, persistent)
        for number, effect in enumerate(effects, start=1)
        if effect in NEEDS_SPACE
        for persistent in (False, True)
    ]
    tried = assert_one_run_mends(in_folder, tmp_path, faults, effects, {0, 1})
    tally("failures of the disk, folder", tried)


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
    tried = assert_one_run_mends(in_folder, tmp_path, faults, effects, {0, 1})
    tally("failures of the warehouse, folder", tried)


@pytest.mark.thorough
def test_the_target_folder_is_no_memory(in_folder: Case, tmp_path: Path) -> None:
    """Deleted between two runs it is built anew, and what is sent is the same: all memory is in the warehouse."""
    with copy_of(in_folder, tmp_path) as project:
        shutil.rmtree(project.folder / "target")
        tiny.build(project, f"{DAYS[1]} 06:00:00")
        outcome = run(project.folder, in_folder.drop)
        assert outcome.exit_code == 0, outcome.output
        objects = in_folder.drop.objects(project.folder)
        assert (
            sorted(line for data in objects.values() for line in gzip.decompress(data).decode().splitlines())
            == in_folder.lines
        )
        assert all(f"date={DAYS[1]}/" in key for key in objects)
