"""Files into a drop, several at a time: what the caller's thread is told, and what a failure leaves."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from aam_export.delivery.uploads import Upload, upload_all
from aam_export.drops import Drop
from aam_export.errors import DropError
from aam_export.files.content import FileContent, StagedFile
from aam_export.files.names import DataFileName

FILES, ROUND = 12, 7


class Shelf:
    """A drop that lets files stand when the test says so; each leaves in four pieces."""

    destination = "shelf"

    def __init__(self, parallel_files: int, when: Callable[[str], None] = lambda key: None) -> None:
        self.parallel_files = parallel_files
        self.stand: list[str] = []
        self.threads: set[str] = set()
        self._when = when

    def put(self, file: StagedFile, key: str, *, advance: Callable[[int], None], **more: Any) -> FileContent:
        self.threads.add(threading.current_thread().name)
        for _ in range(4):
            self._when(key)
            advance(1)
        self.stand.append(key)
        return file.content


def uploads() -> list[Upload]:
    content = FileContent(4, 1, 1, 1, 1, 0, "")
    return [
        Upload(
            StagedFile(DataFileName("1", None, 1700000000, "sync", number, "gz"), Path(), content),
            str(number),
            "",
            False,
        )
        for number in range(1, FILES + 1)
    ]


class Books:
    """What the caller was told, in order; from its own thread only."""

    def __init__(self) -> None:
        self.events: list[tuple[str, str]] = []
        self.bytes = 0
        self._thread = threading.current_thread()

    def begin(self, upload: Upload) -> None:
        self._note("begin", upload)

    def end(self, upload: Upload, content: FileContent) -> None:
        assert content is upload.file.content
        self._note("end", upload)

    def advance(self, size: int) -> None:
        assert threading.current_thread() is self._thread
        self.bytes += size

    def _note(self, what: str, upload: Upload) -> None:
        assert threading.current_thread() is self._thread
        self.events.append((what, upload.key))

    def keys(self, what: str) -> list[str]:
        return [key for event, key in self.events if event == what]


def put_all(shelf: Any, books: Books, limit_minutes: float = 60) -> None:
    drop: Drop = shelf
    rounds = [uploads()[:ROUND], [], uploads()[ROUND:]]
    upload_all(drop, rounds, books, limit_minutes=limit_minutes)


@pytest.mark.parametrize("parallel", [1, 3, 64])
def test_every_file_is_begun_before_and_ended_after_it_stands(parallel: int) -> None:
    books = Books()
    shelf = Shelf(parallel, when=lambda key: check_begun(books, key))
    put_all(shelf, books)
    assert sorted(shelf.stand) == sorted(books.keys("begin")) == sorted(books.keys("end"))
    assert books.bytes == 4 * FILES
    assert all(thread.startswith("file" if parallel > 1 else "MainThread") for thread in shelf.threads)
    first_round = {str(number) for number in range(1, ROUND + 1)}
    assert {key for _, key in books.events[: 2 * ROUND]} == first_round, "the second round waits for the first"


def check_begun(books: Books, key: str) -> None:
    assert ("begin", key) in books.events


@pytest.mark.parametrize("parallel", [1, 3])
def test_a_failure_is_raised_when_nothing_is_under_way_and_what_stands_is_told(parallel: int) -> None:
    def fail(key: str) -> None:
        if key == "5":
            raise DropError("full")

    books, shelf = Books(), Shelf(parallel, when=fail)
    with pytest.raises(DropError, match="full"):
        put_all(shelf, books)
    assert sorted(books.keys("end")) == sorted(shelf.stand)
    assert len(books.keys("begin")) <= 5 + parallel, "no more are begun"


def test_others_stop_at_their_next_piece_after_a_failure() -> None:
    failed = threading.Event()

    def fail(key: str) -> None:
        if key == "1":
            failed.set()
            raise DropError("full")
        failed.wait(10)

    books, shelf = Books(), Shelf(2, when=fail)
    with pytest.raises(DropError, match="full"):
        put_all(shelf, books)
    assert books.keys("begin")[:2] == ["1", "2"]
    assert sorted(books.keys("end")) == sorted(shelf.stand)


@pytest.mark.parametrize("parallel", [1, 3])
def test_books_that_can_not_be_kept_end_the_upload(parallel: int) -> None:
    """As where the lease is lost."""
    books, shelf = Books(), Shelf(parallel)

    def lost(size: int) -> None:
        raise DropError("another run has begun")

    books.advance = lost  # type: ignore[method-assign]
    with pytest.raises(DropError, match="another run has begun"):
        put_all(shelf, books)
    assert len(shelf.stand) <= parallel


@pytest.mark.parametrize("parallel", [1, 3])
def test_an_upload_has_a_time_limit(parallel: int) -> None:
    books, shelf = Books(), Shelf(parallel)
    with pytest.raises(DropError, match=r"longer than upload_minutes \(1e-09\)") as caught:
        put_all(shelf, books, limit_minutes=1e-9)
    assert "run again" in caught.value.hint
    assert shelf.stand == []


def test_the_limit_is_for_all_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = 0

    def slow(key: str) -> None:
        nonlocal seconds
        seconds += 8 if key in (str(ROUND), str(ROUND + 3)) else 0  # each of four pieces

    monkeypatch.setattr("aam_export.delivery.uploads.time", SimpleNamespace(monotonic=lambda: seconds))
    books, shelf = Books(), Shelf(1, when=slow)
    with pytest.raises(DropError, match="longer than upload_minutes"):
        put_all(shelf, books, limit_minutes=1)
    assert len(shelf.stand) == ROUND + 3
