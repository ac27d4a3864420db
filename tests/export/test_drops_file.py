"""A folder as a drop: a final name appears complete or not at all, and nothing is ever overwritten."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest
from sandbox import TESTS
from servers import without_root_rights

from aam_export.drops import Drop, file, open_drop
from aam_export.errors import ConflictError, DropError, StagingError
from aam_export.files.content import FileContent, StagedFile
from aam_export.files.names import DataFileName
from aam_export.settings import DropSettings

KEY = "acme/date=2023-11-14/ftp_dpm_100001_1700000000.sync.gz"
NAME = DataFileName("100001", None, 1700000000, "sync", extension="gz")
SETTINGS = DropSettings(partner_name="acme")


def staged(folder: Path, data: bytes = b"not really gzip" * 10_000) -> StagedFile:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / str(NAME)
    path.write_bytes(data)
    return StagedFile(NAME, path, FileContent(len(data), 1, 1, 1, 1, 0, hashlib.sha256(data).hexdigest()))


def put(drop: Drop, what: StagedFile, *, attempted: bool = False) -> None:
    told: list[int] = []
    drop.put(what, KEY, attempted=attempted, advance=told.append)
    assert sum(told) == what.content.size


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "some" / "drop"


@pytest.fixture
def drop(folder: Path, tmp_path: Path) -> Drop:
    return open_drop(f"file:{folder}", SETTINGS, tmp_path)


def test_a_file_stands_under_its_key_and_nothing_else_does(drop: Drop, folder: Path, tmp_path: Path) -> None:
    drop.check()
    assert folder.is_dir()
    assert list(folder.iterdir()) == [], "looking leaves nothing behind"
    what = staged(tmp_path)
    put(drop, what)
    assert files(folder) == [KEY]
    assert (folder / KEY).read_bytes() == what.path.read_bytes()
    assert (folder / KEY).stat().st_nlink == 1
    assert drop.url(KEY) == f"file:{folder}/{KEY}"


@pytest.mark.parametrize("attempted", [False, True])
def test_an_equal_file_is_ours(drop: Drop, folder: Path, tmp_path: Path, attempted: bool) -> None:
    what = staged(tmp_path)
    put(drop, what)
    before = (folder / KEY).stat().st_ino
    put(drop, what, attempted=attempted)
    assert (folder / KEY).stat().st_ino == before
    assert files(folder) == [KEY]


@pytest.mark.parametrize("attempted", [False, True])
def test_another_file_under_the_name_is_a_conflict(drop: Drop, folder: Path, tmp_path: Path, attempted: bool) -> None:
    (folder / KEY).parent.mkdir(parents=True)
    (folder / KEY).write_bytes(b"somebody else's")
    with pytest.raises(ConflictError, match="exists and is not the file of this batch") as caught:
        put(drop, staged(tmp_path), attempted=attempted)
    assert str(folder / KEY) in str(caught.value)
    assert (folder / KEY).read_bytes() == b"somebody else's"
    assert files(folder) == [KEY]


def test_a_file_that_appears_meanwhile_is_not_overwritten(
    drop: Drop, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look and the last step: the last step itself must not overwrite."""
    sync = file._sync

    def somebody_writes(path: Path) -> None:
        if path.suffix == ".part":
            (folder / KEY).write_bytes(b"somebody else's")
        sync(path)

    monkeypatch.setattr(file, "_sync", somebody_writes)
    with pytest.raises(ConflictError):
        put(drop, staged(tmp_path))
    assert (folder / KEY).read_bytes() == b"somebody else's"
    assert files(folder) == [KEY]


@pytest.mark.parametrize("leftover", [b"", b"half a file", b"x" * 1_000_000])
def test_what_a_killed_run_left_is_cleared_away(drop: Drop, folder: Path, tmp_path: Path, leftover: bytes) -> None:
    temporary = (folder / KEY).with_name(f".{NAME}.part")
    temporary.parent.mkdir(parents=True)
    temporary.write_bytes(leftover)
    what = staged(tmp_path)
    put(drop, what, attempted=True)
    assert files(folder) == [KEY]
    assert (folder / KEY).read_bytes() == what.path.read_bytes()
    # Killed after the link and before the temporary name was removed:
    os.link(folder / KEY, temporary)
    put(drop, what, attempted=True)
    assert files(folder) == [KEY]


def test_a_staged_file_that_changed_is_not_delivered(drop: Drop, folder: Path, tmp_path: Path) -> None:
    what = staged(tmp_path)
    with what.path.open("r+b") as handle:
        handle.write(b"N")
    with pytest.raises(StagingError, match="changed since it was verified"):
        put(drop, what)
    assert files(folder) == []


@pytest.mark.parametrize("step", ["check", "put"])
@pytest.mark.parametrize("place", ["some", "some/drop"])
def test_a_file_where_a_folder_should_be(drop: Drop, tmp_path: Path, place: str, step: str) -> None:
    (tmp_path / place).parent.mkdir(exist_ok=True)
    (tmp_path / place).write_bytes(b"")
    what = staged(tmp_path / "staging")
    with pytest.raises(DropError, match=r"can't write to the drop: .*(File exists|Not a directory)") as caught:
        drop.check() if step == "check" else put(drop, what)
    assert str(tmp_path / "some") in str(caught.value)
    assert "folder's rights" in caught.value.hint


def test_a_folder_that_can_not_be_written() -> None:
    place = Path(tempfile.mkdtemp())  # pytest's own folders admit nobody but their owner
    try:
        what = staged(place)
        (place / "drop" / KEY).parent.mkdir(parents=True)
        place.chmod(0o755)
        for path in (place / "drop" / "acme" / "date=2023-11-14", place / "drop" / "acme", place / "drop"):
            path.chmod(0o555)
        drop = open_drop(f"file:{place / 'drop'}", SETTINGS, place)
        with without_root_rights():
            for step in (drop.check, lambda: put(drop, what)):
                with pytest.raises(DropError, match=rf"can't write to the drop: {place}/drop.*Permission denied"):
                    step()
        assert files(place / "drop") == []
    finally:
        for path in (place / "drop", place / "drop" / "acme", place / "drop" / "acme" / "date=2023-11-14"):
            path.chmod(0o755)
        shutil.rmtree(place)


def test_a_full_disk_leaves_nothing_in_the_drop(tmp_path: Path) -> None:
    """The kernel refuses more than so many bytes a file, as a full disk would."""
    program = """
        import resource, signal, sys
        from pathlib import Path
        from test_drops_file import SETTINGS, open_drop, put, staged
        from aam_export.errors import DropError
        folder = Path(sys.argv[1])
        what = staged(folder / "staging")
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, resource.RLIM_INFINITY))
        try:
            put(open_drop("file:drop", SETTINGS, folder), what)
        except DropError as error:
            print(error, error.hint)
        """
    outcome = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, TESTS))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stderr
    assert "can't write to the drop" in outcome.stdout
    assert "free space" in outcome.stdout
    assert files(tmp_path / "drop") == []


def test_a_file_system_without_hard_links_is_refused_before_anything_is_written(
    drop: Drop, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FAT answers EPERM. There is no other portable step that never overwrites, so there is no other way."""

    def link(source: Path, target: Path) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM), str(source), None, str(target))

    monkeypatch.setattr(os, "link", link)
    for step in (drop.check, lambda: put(drop, staged(tmp_path))):
        with pytest.raises(DropError, match="file system without hard links") as caught:
            step()
        assert "another file system" in caught.value.hint
        assert files(folder) == []


@pytest.mark.parametrize(
    ("destination", "place", "spelling"),
    [
        ("file:out", "project/out", "file:out"),
        ("file:./out/", "project/out", "file:out"),
        ("file:out/../out/deep", "project/out/deep", "file:out/deep"),
        ("file:.", "project", "file:."),
        ("file:../out", "out", "file:{tmp}/out"),
        ("file:{tmp}/out", "out", "file:{tmp}/out"),
        ("file://{tmp}/out", "out", "file:{tmp}/out"),
        ("file:{tmp}/project/out", "project/out", "file:out"),
        ("file:~/out", "home/out", "file:{tmp}/home/out"),
    ],
)
def test_one_folder_has_one_spelling(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, destination: str, place: str, spelling: str
) -> None:
    """The ledger belongs to one drop: another spelling of the same folder is the same drop."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    drop = open_drop(destination.replace("{tmp}", str(tmp_path)), SETTINGS, tmp_path / "project")
    assert drop.destination == spelling.replace("{tmp}", str(tmp_path))
    put(drop, staged(tmp_path))
    assert (tmp_path / place / KEY).is_file()
