"""What every kind of drop must hold (V3, V4; N9), case by case, against real servers that break in the middle of things.

docs/drops.md keeps the table of drops and cases; a server that this machine lacks is skipped, and with
AAM_TEST_REQUIRE_ALL=1 a failure. AAM_TEST_LARGE_MB is how large the large file is.
"""

from __future__ import annotations

import contextlib
import dataclasses
import gzip
import hashlib
import itertools
import os
import random
import shutil
import subprocess
import sys
import tempfile
import textwrap
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import conformance
import pytest
from needs import missing
from sandbox import REPOSITORY, Sandbox
from servers import KINDS, DropServer, Folder, running, without_root_rights
from wire import Wire

from aam_export.check import check_trees
from aam_export.check.sources import local_trees
from aam_export.clock import Clock
from aam_export.delivery.results import RunResult
from aam_export.delivery.run import run
from aam_export.drops import Arrival, Drop, Patience, open_drop
from aam_export.drops.renaming import InterruptedTransferError, RenamingDrop
from aam_export.drops.s3.put import S3Drop
from aam_export.errors import ConflictError, DropError
from aam_export.files.content import FileContent, StagedFile
from aam_export.files.names import DataFileName, object_key
from aam_export.ledger import ARRIVED, UPLOADING, FileEvents
from aam_export.progress import Reporter
from aam_export.project import load_project
from aam_export.settings import DropSettings

NOW = datetime(2023, 11, 14, 22, 13, 20, tzinfo=timezone.utc)
SIZE = 400_000
LARGE_MB = int(os.environ.get("AAM_TEST_LARGE_MB", "330"))


class Bench:
    """A server with a place of the test's own, and what a run would do with it."""

    def __init__(
        self,
        server: DropServer,
        wire: Wire | None,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        request: pytest.FixtureRequest,
    ) -> None:
        self.server = server
        self.request = request
        self.folder = folder
        self.monkeypatch = monkeypatch
        self.patience = Patience(attempts=5, pauses=(0.05, 0.1, 0.5, 1.0))
        self.drop = self.another_drop()
        self._wire = wire

    @property
    def wire(self) -> Wire:
        assert self._wire is not None
        return self._wire

    def another_drop(self, **settings: Any) -> Drop:
        """As another process would open it."""
        for name, value in self.server.environment.items():
            self.monkeypatch.setenv(name, value)
        return open_drop(self.server.destination, self.settings(**settings), self.folder, self.patience)

    def settings(self, **changed: Any) -> DropSettings:
        return DropSettings(partner_name="acme", **{**self.server.settings, **changed})

    def file(self, split: int | None = None, size: int = SIZE) -> StagedFile:
        name = DataFileName("100001", None, int(NOW.timestamp()), "sync", split_number=split, extension="gz")
        path = self.folder / str(name)
        data = random.Random(split or 0).randbytes(size)
        path.write_bytes(data)
        return StagedFile(name, path, FileContent(size, 1, 1, 1, 1, 0, hashlib.sha256(data).hexdigest()))

    def put(
        self,
        file: StagedFile,
        events: FileEvents | None = None,
        *,
        drop: Drop | None = None,
        on_note: Callable[[bool], None] = lambda arrived: None,
    ) -> None:
        """As delivery does it, with what the ledger would know in `events`."""
        known = events or FileEvents()

        def note(arrived: bool) -> None:
            known.add(ARRIVED if arrived else UPLOADING, file.content)
            on_note(arrived)

        arrival = Arrival(known.arrived, note)
        attempted = known.attempted
        if not arrival.known:
            note(False)
        told: list[int] = []
        key = object_key("acme", NOW.date(), file.name)
        content = (drop or self.drop).put(file, key, attempted=attempted, advance=told.append, arrival=arrival)
        assert content == file.content
        assert sum(told) == file.content.size, "the progress bar ends where the file does"

    def stands(self, *files: StagedFile) -> bool:
        """Whether these files stand there, and nothing else does."""
        return self.server.files() == {self.server.key(str(file.name)): file.path.read_bytes() for file in files}

    def give_up_at_once(self) -> None:
        """A failure shall end an attempt, as if the process had died."""
        self.patience = dataclasses.replace(self.patience, attempts=1, pauses=())
        self.drop = self.another_drop()

    def lose_patience_after(self, seconds: float) -> None:
        self.patience = dataclasses.replace(self.patience, silence=seconds)
        self.drop = self.another_drop()


# The cases. Each is given with its title in the table, and the kinds of drops that it says nothing of.

Case = Callable[[Bench], None]
CASES: dict[str, Case] = {}
NOT_FOR: dict[str, dict[str, str]] = {}

NO_NETWORK = "there is no network"
NO_RIGHTS = "moto admits everybody to everything"
NAMES = {kind.name: kind for kind in KINDS}


def case(title: str, **not_for: str) -> Callable[[Case], Case]:
    """A case of the table. `not_for`: why it does not concern the kinds whose names begin so."""

    def keep(function: Case) -> Case:
        CASES[title] = function
        NOT_FOR[title] = {
            name: reason
            for start, reason in not_for.items()
            for name in NAMES
            if name.lower().replace(" (", "_").startswith(start)
        }
        return function

    return keep


@case("complete or not at all")
def complete(bench: Bench) -> None:
    file = bench.file()
    seen: list[dict[str, bytes]] = []
    if bench.server.wired:
        bench.wire.after(SIZE // 2, lambda: seen.append(bench.server.files()))
    bench.put(file, on_note=lambda arrived: seen.append(bench.server.files()))
    assert len(seen) >= 2
    assert all(bench.server.key(str(file.name)) not in files for files in seen), "not before it was whole"
    assert bench.stands(file)


@case("never overwrites", s3_rclone="ignores If-None-Match")
def never_overwrites(bench: Bench) -> None:
    file, name = bench.file(), str(bench.file().name)
    for earlier in (FileEvents(), FileEvents()):
        if earlier is not None:
            earlier.add(UPLOADING, file.content)
        bench.server.write(name, b"somebody else's")
        with pytest.raises(ConflictError, match="is not the file of this batch") as caught:
            bench.put(file, earlier)
        assert name in str(caught.value)
        assert bench.server.files() == {bench.server.key(name): b"somebody else's"}
    bench.server.take(name)
    events = FileEvents()

    def somebody_is_quicker(arrived: bool) -> None:
        if arrived:
            bench.server.write(name, b"somebody else's")

    if not isinstance(bench.drop, S3Drop):
        with pytest.raises(ConflictError):
            bench.put(file, events, on_note=somebody_is_quicker)
        assert bench.server.files() == {bench.server.key(name): b"somebody else's"}
        bench.server.take(name)
    bench.put(file, events)
    assert bench.stands(file), "and once the other is out of the way, one more run mends it"


@case("resumes")
def resumes(bench: Bench) -> None:
    file, events = bench.file(), FileEvents()
    if bench.server.wired:
        bench.give_up_at_once()
        bench.wire.after(SIZE // 2, bench.wire.reset)
        with pytest.raises(DropError):
            bench.put(file, events)
    else:
        events.add(UPLOADING, file.content)
        bench.server.write(f".{file.name}.part", file.path.read_bytes()[: SIZE // 2])
    assert bench.server.key(str(file.name)) not in bench.server.files()
    bench.put(file, events, drop=bench.another_drop())
    assert bench.stands(file)
    bench.put(file, events, drop=bench.another_drop())  # killed before the ledger was told
    assert bench.stands(file), "and is not sent again"


@case("server killed mid-transfer", folder=NO_NETWORK)
def server_killed(bench: Bench) -> None:
    file, events = bench.file(), FileEvents()
    bench.give_up_at_once()
    bench.wire.after(SIZE // 2, bench.server.kill)
    with pytest.raises(DropError) as caught:
        bench.put(file, events)
    assert caught.value.hint
    bench.server.start()
    bench.server.come_back()
    assert bench.server.key(str(file.name)) not in bench.server.files()
    bench.put(file, events)
    # What a server of another kind left of the upload that it did not survive (rclone: *.partial) is its own.
    assert bench.server.files()[bench.server.key(str(file.name))] == file.path.read_bytes()


@case("connection reset", folder=NO_NETWORK)
def connection_reset(bench: Bench) -> None:
    file, events = bench.file(), FileEvents()
    for _ in range(2):
        bench.wire.after(SIZE // 2, bench.wire.reset)
    bench.put(file, events)
    assert bench.stands(file), "it is tried again without a person"


@case("connection stalled", folder=NO_NETWORK)
def connection_stalled(bench: Bench) -> None:
    file, events = bench.file(), FileEvents()
    bench.lose_patience_after(2)
    threads: list[threading.Thread] = []

    def stall() -> None:
        bench.wire.stall()
        threads.append(threading.Timer(3, bench.wire.heal))
        threads[0].start()

    bench.wire.after(SIZE // 2, stall)
    bench.put(file, events)
    for thread in threads:
        thread.join()
    assert threads, "it did stall"
    assert bench.stands(file)


@case("connection throttled", folder=NO_NETWORK)
def connection_throttled(bench: Bench) -> None:
    """Slow is not silent: the transfer takes longer than any silence would be borne."""
    file = bench.file()
    bench.lose_patience_after(5)
    bench.give_up_at_once()
    bench.wire.seconds_a_piece = 0.02
    bench.put(file)
    assert bench.stands(file)


@case(
    "disk full on the server",
    s3="a store's disk is not ours to fill; test_drops_s3.py has its errors 500 and 503",
    sftp_rclone="writes a file of its own making, not to /dev/full",
)
def disk_full(bench: Bench) -> None:
    file, events = bench.file(), FileEvents()
    bench.server.fill_disk(str(file.name))
    bench.give_up_at_once()
    with pytest.raises(DropError) as caught:
        bench.put(file, events)
    assert "space" in caught.value.hint or "disk" in caught.value.hint, caught.value.hint
    assert bench.server.key(str(file.name)) not in bench.server.files()
    bench.server.free_disk(str(file.name))
    bench.put(file, events)
    assert bench.stands(file)


@case("read-only folder", s3_moto=NO_RIGHTS)
def read_only(bench: Bench) -> None:
    file = bench.file()
    bench.server.restart(read_only=True)
    bench.give_up_at_once()
    bound = without_root_rights() if isinstance(bench.server, Folder) else contextlib.nullcontext()
    try:
        with bound:
            if not isinstance(bench.drop, S3Drop):  # which has no harmless way to try
                with pytest.raises(DropError):
                    bench.drop.check()
            with pytest.raises(DropError) as caught:
                bench.put(file)
        assert bench.server.files() == {}
    finally:
        bench.server.restart()
    assert caught.value.hint
    bench.put(file)
    assert bench.stands(file)


@case("wrong credentials", folder=NO_NETWORK, s3_moto=NO_RIGHTS)
def wrong_credentials(bench: Bench) -> None:
    for name, value in bench.server.wrong_credentials.items():
        bench.monkeypatch.setenv(name, value)
    drop = open_drop(bench.server.wrong_destination, bench.settings(), bench.folder)
    before = bench.wire.connections
    with pytest.raises(DropError) as caught:
        bench.put(bench.file(), drop=drop)
    assert any(name in caught.value.hint for name in ("AAM_DROP_", "key"))
    assert "Authentication" in str(caught.value) or "530" in str(caught.value) or "Signature" in str(caught.value)
    assert PASSWORDS.isdisjoint(str(caught.value).split())
    assert bench.wire.connections <= before + 1, "asking again would not help, and might lock the account"
    assert bench.server.files() == {}


PASSWORDS = {"another", "correct horse"}


@case(
    "the server is another",
    folder=NO_NETWORK,
    s3="HTTPS proves it, which boto3 sees to",
    ftp_="nothing proves it: that is why ftp:// must be allowed by name",
)
def another_server(bench: Bench) -> None:
    file = bench.file()
    for variables, settings in bench.server.impostors():
        for variable, value in variables.items():
            bench.monkeypatch.setenv(variable, value)
        drop = open_drop(bench.server.destination, bench.settings(**settings), bench.folder)
        with pytest.raises(DropError) as caught:
            bench.put(file, drop=drop)
        assert "fingerprint" in caught.value.hint or "SSL_CERT_FILE" in caught.value.hint
        assert bench.server.files() == {}
    bench.put(file, drop=bench.another_drop())
    assert bench.stands(file)


@case("taken away at once")
def taken_away(bench: Bench) -> None:
    file, name = bench.file(), str(bench.file().name)
    taken: list[bytes] = []
    done = threading.Event()

    def receive() -> None:
        while not done.is_set():
            data = bench.server.take(name)
            if data is not None:
                taken.append(data)

    receiver = threading.Thread(target=receive)
    receiver.start()
    try:
        bench.put(file)
        while not taken:
            assert receiver.is_alive()
    finally:
        done.set()
        receiver.join()
    assert taken == [file.path.read_bytes()]
    assert bench.server.files() == {}


@case("taken away, and the answer lost", folder="the last step is the kernel's", s3="objects stay 30 days (M4)")
def taken_and_answer_lost(bench: Bench) -> None:
    """The server renames, its answer gets lost, and when we look the receiver has been there."""
    file, name = bench.file(), str(bench.file().name)
    taken: list[bytes | None] = []
    assert isinstance(bench.drop, RenamingDrop)
    rename = bench.drop._server.rename

    def rename_and_vanish(old: str, new: str) -> None:
        rename(old, new)
        if not old.startswith(".aam"):
            taken.append(bench.server.take(name))
            raise InterruptedTransferError("lost")

    bench.monkeypatch.setattr(bench.drop._server, "rename", rename_and_vanish)
    bench.put(file)
    assert taken == [file.path.read_bytes()]
    assert bench.server.files() == {}


@case("killed after the last step, then taken away", s3="objects stay 30 days (M4)")
def taken_before_the_rerun(bench: Bench) -> None:
    file, events = bench.file(), FileEvents()
    bench.put(file, events)
    assert bench.server.take(str(file.name)) == file.path.read_bytes()
    assert not events.delivered, "the ledger was not told any more"
    bench.put(file, events, drop=bench.another_drop())
    assert bench.server.files() == {}, "no second object"


@case("marked as read before a rerun")
def marked_as_read(bench: Bench) -> None:
    """R9: what has .processed behind its name is the file. It is not sent again, and `check` says that it was read."""
    file, events, name = bench.file(), FileEvents(), str(bench.file().name)
    bench.put(file, events)
    data = bench.server.take(name)
    assert data == file.path.read_bytes()
    bench.server.write(f"{name}.processed", data)
    bench.put(file, events, drop=bench.another_drop())
    marked = bench.server.key(f"{name}.processed")
    assert bench.server.files() == {marked: data}
    assert bench.drop.list_names("acme") == [f"{name}.processed"]
    seen = bench.folder / "seen" / marked
    seen.parent.mkdir(parents=True)
    seen.write_bytes(data)
    report = check_trees(local_trees([bench.folder / "seen"]), None)
    assert [summary.processed for summary in report.files] == [True]
    assert {"N1", "N2", "N3"}.isdisjoint(violation.rule for violation in report.violations)


@case("200 files")
def many_files(bench: Bench) -> None:
    files = [bench.file(split, size=1000) for split in range(1, 201)]
    bench.drop.check()
    for file in files:
        bench.put(file)
    assert bench.stands(*files)
    assert sorted(bench.drop.list_names("acme") or ()) == sorted(str(file.name) for file in files)


@case("a large file in little memory")
def large_file(bench: Bench) -> None:
    program = """
        import hashlib, re, sys
        from datetime import date
        from pathlib import Path
        from aam_export.drops import open_drop
        from aam_export.files.names import object_key, parse_file_name
        from aam_export.settings import DropSettings
        from aam_export.files.content import FileContent, StagedFile
        path, destination, size, settings = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), eval(sys.argv[4])
        with path.open("wb") as handle:
            handle.truncate(size)
        with path.open("rb") as handle:
            digest = hashlib.file_digest(handle, "sha256") if sys.version_info >= (3, 11) else hashlib.sha256()
            while data := handle.read(1 << 20):
                digest.update(data)
        name = parse_file_name(path.name)
        file = StagedFile(name, path, FileContent(size, 1, 1, 1, 1, 0, digest.hexdigest()))
        drop = open_drop(destination, DropSettings(partner_name="acme", **settings), path.parent)
        drop.put(file, object_key("acme", date(2023, 11, 14), name), attempted=False, advance=lambda size: None)
        print(re.search("VmHWM:\\s+([0-9]+) kB", Path("/proc/self/status").read_text())[1])
        """
    name, size = str(bench.file().name), LARGE_MB * 1_000_000
    with bench.server.direct():
        given = [str(bench.folder / name), bench.server.destination, str(size), repr(bench.server.settings)]
        outcome = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(program), *given],
            env={**os.environ, **bench.server.environment},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
    assert outcome.returncode == 0, outcome.stderr[-2000:]
    assert bench.server.sizes() == {bench.server.key(name): size}
    peak = int(outcome.stdout) * 1024
    assert peak < 300_000_000, f"{peak / 1e6:.0f} MB"


@case("a whole run, plain and encrypted")
def whole_run(bench: Bench) -> None:
    """Three files; what the receiver decrypts is what a plain run delivers, and `check` finds nothing wrong with it."""
    key, decrypt = bench.request.getfixturevalue("receiver_key")
    built: Sandbox = bench.request.getfixturevalue("built_small_project")
    delivered: list[list[bytes]] = []
    for settings in ({}, {"pgp_public_key": str(key)}):
        project = built.copy(bench.folder / f"project-{len(delivered)}")
        result = run_project(project, bench, **settings)
        [batch] = result.batches
        files = {path.rpartition("/")[2]: data for path, data in bench.server.files().items()}
        assert {file.name: (file.size, file.sha256) for file in batch.files} == {
            name: (len(data), hashlib.sha256(data).hexdigest()) for name, data in files.items()
        }
        assert len(files) >= 3
        extension = "gpg" if settings else "gz"
        assert {name.rpartition(".")[2] for name in files} == {extension}
        texts = {name: decrypt(data) if settings else gzip.decompress(data) for name, data in files.items()}
        for name, text in texts.items():
            path = bench.folder / "received" / name.replace(".gpg", "")
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(text if settings else files[name])
        delivered.append(sorted(line for text in texts.values() for line in text.splitlines()))
        assert not check_trees(local_trees([bench.folder / "received"]), None).failed
        shutil.rmtree(bench.folder / "received")
        for name in files:
            bench.server.take(name)
    plain, encrypted = delivered
    assert len(plain) == 1000
    assert plain == encrypted


def run_project(project: Sandbox, bench: Bench, **settings: Any) -> RunResult:
    folder = str(project.folder)
    loaded = load_project(project_dir=folder, profiles_dir=folder)
    changed = {
        **bench.server.settings,
        "partner_name": "acme",
        "split_compressed_mb": 0.004,
        "destination": bench.server.destination,
    }
    loaded = dataclasses.replace(loaded, settings=loaded.settings.model_copy(update={**changed, **settings}))
    bench.monkeypatch.chdir(project.folder)
    return run(loaded, None, Clock(NOW), Reporter(quiet=True))


# Running them


@pytest.fixture(scope="module")
def started(request: pytest.FixtureRequest) -> Iterator[tuple[DropServer, Wire | None]]:
    kind = NAMES[request.param]
    if kind.lacks():
        missing(kind.lacks())
    home = Path(tempfile.mkdtemp(prefix="aam-"))  # pytest's own folders admit nobody but their owner
    home.chmod(0o755)
    try:
        with running(kind, home / "server") as pair:
            yield pair
    finally:
        shutil.rmtree(home)


@pytest.fixture
def bench(
    started: tuple[DropServer, Wire | None], request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bench]:
    server, wire = started
    for name in ("AAM_DROP_USER", "AAM_DROP_PASSWORD", "AAM_DROP_KEY_FILE", "SSL_CERT_FILE", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    server.move_to(f"place-{next(PLACES)}")
    folder = Path(tempfile.mkdtemp(dir=server.home.parent))
    folder.chmod(0o755)
    yield Bench(server, wire, folder, monkeypatch, request)
    if wire is not None:
        wire.heal()
    server.clear()
    shutil.rmtree(folder)


PLACES = itertools.count()
PAIRS = [(name, title) for name in NAMES for title in CASES if name not in NOT_FOR[title]]


@pytest.mark.parametrize(
    ("started", "title"), PAIRS, indirect=["started"], ids=[conformance.test_id(*pair) for pair in PAIRS]
)
def test_conformance(started: tuple[DropServer, Wire | None], bench: Bench, title: str) -> None:
    CASES[title](bench)


def test_the_table_in_the_docs_is_what_the_suite_runs() -> None:
    table = conformance.render(list(NAMES), list(CASES), dict.fromkeys(PAIRS, conformance.DONE))
    reasons = [
        f"- {title}: " + "; ".join(f"{name}: {reason}" for name, reason in NOT_FOR[title].items())
        for title in CASES
        if NOT_FOR[title]
    ]
    expected = "\n".join([*table, "", *reasons])
    text = (REPOSITORY / "docs" / "drops.md").read_text(encoding="utf-8")
    _, _, kept = text.partition("<!-- conformance -->\n")
    assert kept.partition("<!-- /conformance -->")[0].strip() == expected, expected
