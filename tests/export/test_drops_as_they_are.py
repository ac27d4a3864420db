"""Servers as they are: files that the receiver has marked as read (R9), and names of any bytes beside ours."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from needs import missing
from servers import DropServer, Folder, MotoS3, OpenSsh, PyftpdPlain, VsftpdPlain, running, unwired

from aam_export.drops import Drop, open_drop
from aam_export.errors import ConflictError
from aam_export.files.content import FileContent, StagedFile
from aam_export.files.names import DataFileName
from aam_export.settings import DropSettings

NAME = DataFileName("100001", None, 1700000000, "sync", extension="gz")
KEY = f"acme/date=2023-11-14/{NAME}"
DATA = b"not really gzip"
FOREIGN = (b"gr\xf6\xdfe.csv", b"\xff\xfe", b"caf\xe9 \x85.gz", "größe.csv".encode(), b"a\x01b", b" ", b"-rf")


SERVERS = (Folder, MotoS3, OpenSsh, PyftpdPlain, VsftpdPlain)


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DropServer]:
    if request.param.lacks():
        missing(request.param.lacks())
    with running(unwired(request.param), home / "server") as (started, _):
        if isinstance(started, Folder):
            started.move_to("inbox")
        started.start()
        if not isinstance(started, Folder):
            started.move_to("inbox")
        for name, value in started.environment.items():
            monkeypatch.setenv(name, value)
        yield started


def opened(server: DropServer, home: Path) -> Drop:
    return open_drop(server.destination, DropSettings(partner_name="acme", **server.settings), home)


def staged(folder: Path, data: bytes = DATA) -> StagedFile:
    path = folder / str(NAME)
    path.write_bytes(data)
    return StagedFile(NAME, path, FileContent(len(data), 1, 1, 1, 1, 0, hashlib.sha256(data).hexdigest()))


@pytest.mark.parametrize("mark", [DATA, b""], ids=["renamed", "an empty mark"])
def test_a_file_that_was_read_has_arrived(server: DropServer, home: Path, mark: bytes) -> None:
    """A rerun after a lost answer: our file stands there as read, and is not sent again."""
    server.write(f"{NAME}.processed", mark)
    content = opened(server, home).put(staged(home), KEY, attempted=True, advance=lambda size: None)
    assert content.sha256 == hashlib.sha256(DATA).hexdigest()
    assert {Path(name).name for name in server.files()} == {f"{NAME}.processed"}


def test_another_file_that_was_read_is_a_conflict(server: DropServer, home: Path) -> None:
    """A name that was processed is not processed again (R10)."""
    server.write(f"{NAME}.processed", b"somebody else's")
    with pytest.raises(ConflictError, match=r"\.processed exists and is not the file of this batch"):
        opened(server, home).put(staged(home), KEY, attempted=True, advance=lambda size: None)
    assert {Path(name).name for name in server.files()} == {f"{NAME}.processed"}


def test_foreign_names_are_passed_over(server: DropServer, home: Path) -> None:
    server.write(str(NAME), DATA)
    folder = server.folder / Path(KEY).parent if isinstance(server, Folder) else server.folder
    for name in FOREIGN:
        if isinstance(server, MotoS3):  # keys are UTF-8 by definition
            server.write(name.decode("latin-1"), b"x")
            continue
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(b"x")
    drop = opened(server, home)
    drop.check()
    names = drop.list_names("acme")
    assert names is not None
    assert str(NAME) in names
