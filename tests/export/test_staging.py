"""Staged files: one gzip member, whole users, never above the limits, and never under a final name unless proved (V1, V2)."""

from __future__ import annotations

import gzip
import hashlib
import os
import random
import subprocess
import sys
import textwrap
import threading
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sandbox import TESTS

from aam_export.errors import StagingError
from aam_export.files import writing
from aam_export.files.content import BLOCK_BYTES, FileContent, SplitLimits, StagedFile
from aam_export.files.lines import Block, cut_blocks
from aam_export.files.names import DataFileName
from aam_export.files.writing import ReadBack, compare, read_back, stage_files

NAME = DataFileName("100001", None, 1700000000, "sync", extension="gz")
WIDE = SplitLimits(250_000_000, 1_000_000_000)


def lines_of(users: int, *, seed: int = 0, size: int = 40, lines: int = 1) -> list[str]:
    """Lines whose signals are close to random, so that they hardly compress."""
    source = random.Random(seed)
    alphabet = "".join(chr(code) for code in range(33, 127) if chr(code) not in '",=')
    return [
        f"{user:06}\tic={''.join(source.choices(alphabet, k=source.randint(1, size)))}\n"
        for user in range(users)
        for _ in range(source.randint(1, lines))
    ]


def blocks(lines: list[str], limits: SplitLimits, *, batch: int = 1000) -> Iterator[Block]:
    arrays = [pa.array(lines[start : start + batch], pa.string()) for start in range(0, len(lines), batch)]
    return cut_blocks(arrays, source="test", long_users=True, block_bytes=limits.block_bytes)


def stage(lines: list[str], folder: Path, limits: SplitLimits = WIDE, *, batch: int = 1000) -> list[StagedFile]:
    folder.mkdir(parents=True, exist_ok=True)
    return stage_files(blocks(lines, limits, batch=batch), NAME, folder, limits)


def verify(path: Path, content: FileContent) -> None:
    """Compare a finished file with what it should be."""
    complete = threading.Event()
    complete.set()
    compare(path, content, read_back(path, complete))


def test_a_file_is_what_gzip_reads(tmp_path: Path) -> None:
    lines = lines_of(30_000)
    [file] = stage(lines, tmp_path)
    data = file.path.read_bytes()
    text = "".join(lines).encode()
    assert gzip.decompress(data) == text
    assert file.content == FileContent(
        size=len(data),
        line_bytes=len(text),
        lines=len(lines),
        users=30_000,
        signals=len(lines),
        crc32=int.from_bytes(data[-8:-4], "little"),
        sha256=hashlib.sha256(data).hexdigest(),
    )
    assert subprocess.run(["gzip", "--test", file.path], check=False).returncode == 0


def test_a_file_is_one_member_without_name_and_time(tmp_path: Path) -> None:
    """S9. Several blocks, so that joining them shows."""
    [file] = stage(lines_of(60_000), tmp_path)
    assert file.content.line_bytes > BLOCK_BYTES
    data = file.path.read_bytes()
    assert data[:4] == b"\x1f\x8b\x08\x00", "no flag: no name, no comment, no extra field"
    assert data[4:8] == b"\x00\x00\x00\x00", "no time"
    member = zlib.decompressobj(wbits=31)
    member.decompress(data)
    assert member.eof
    assert member.unused_data == b""


def test_a_single_file_has_no_number_and_several_count_from_one(tmp_path: Path) -> None:
    """N7."""
    lines = lines_of(2000)
    [single] = stage(lines, tmp_path / "one")
    assert single.path.name == "ftp_dpm_100001_1700000000.sync.gz"
    several = stage(lines, tmp_path / "some", SplitLimits(20_000, 1_000_000))
    assert len(several) > 2
    assert [file.path.name for file in several] == [
        f"ftp_dpm_100001_1700000000.sync.{number}.gz" for number in range(1, len(several) + 1)
    ]
    assert [str(file.name) for file in several] == [file.path.name for file in several]
    assert sorted(path.name for path in (tmp_path / "some").iterdir()) == sorted(file.path.name for file in several)


def test_nothing_makes_no_file(tmp_path: Path) -> None:
    """S3."""
    assert stage([], tmp_path) == []
    assert list(tmp_path.iterdir()) == []


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    users=st.integers(1, 300),
    size=st.sampled_from([3, 40, 900]),
    lines=st.sampled_from([1, 4]),
    compressed=st.sampled_from([60, 500, 3_000, 30_000]),
    uncompressed=st.sampled_from([60, 800, 5_000, 40_000]),
    seed=st.integers(0, 1000),
)
def test_limits_hold_and_users_stay_whole(
    tmp_path: Path, users: int, size: int, lines: int, compressed: int, uncompressed: int, seed: int
) -> None:
    """S1, S2, S8: with data that does not compress, which takes more room than its lines."""
    folder = tmp_path / f"{users}-{size}-{lines}-{compressed}-{uncompressed}-{seed}"
    given_lines = lines_of(users, seed=seed, size=size, lines=lines)
    files = stage(given_lines, folder, SplitLimits(compressed, uncompressed))
    contents = [gzip.decompress(file.path.read_bytes()).decode() for file in files]
    assert "".join(contents) == "".join(given_lines)
    seen: set[str] = set()
    for file, content in zip(files, contents, strict=True):
        own = {line.split("\t")[0] for line in content.splitlines()}
        assert not seen & own, "a user spans two files"
        seen |= own
        assert file.content.users == len(own)
        assert file.content.users == 1 or (
            file.path.stat().st_size <= compressed and len(content.encode()) <= uncompressed
        )
    assert sum(file.content.users for file in files) == users


def test_files_come_close_to_their_limit(tmp_path: Path) -> None:
    """Too many small files would be within the limits too."""
    files = stage(lines_of(50_000), tmp_path, SplitLimits(100_000, 100_000_000))
    assert len(files) > 5
    assert all(file.content.size > 60_000 for file in files[:-1]), [file.content.size for file in files]


def test_bytes_depend_on_the_lines_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the batches of the warehouse, the number of cores and which thread is faster."""
    lines = lines_of(3000, lines=3)
    limits = SplitLimits(30_000, 50_000)

    def digests(folder: str, batch: int) -> list[tuple[str, str]]:
        return [(str(file.name), file.content.sha256) for file in stage(lines, tmp_path / folder, limits, batch=batch)]

    wanted = digests("a", 1000)
    assert len(wanted) > 3
    assert digests("b", 7) == wanted
    assert digests("c", 100_000) == wanted
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert digests("d", 333) == wanted
    monkeypatch.setattr(os, "cpu_count", lambda: 5)
    compress = writing._compress
    source = random.Random(1)

    def uneven(block: Block) -> writing._Compressed:
        time.sleep(source.choice([0, 0, 0.003]))
        return compress(block)

    monkeypatch.setattr(writing, "_compress", uneven)
    assert digests("e", 1000) == wanted


def test_progress_counts_every_line_once(tmp_path: Path) -> None:
    lines = lines_of(2000)
    limits = SplitLimits(20_000, 1_000_000)
    told: list[tuple[int, int]] = []
    stage_files(
        blocks(lines, limits), NAME, tmp_path, limits, lambda block: told.append((len(block.data), block.lines))
    )
    assert sum(size for size, _ in told) == len("".join(lines).encode())
    assert sum(count for _, count in told) == len(lines)


def test_one_wrong_byte_anywhere_is_found(tmp_path: Path) -> None:
    [file] = stage(lines_of(40), tmp_path)
    verify(file.path, file.content)
    data = file.path.read_bytes()
    for position in range(len(data)):
        wrong = bytearray(data)
        wrong[position] ^= 1 << position % 8
        file.path.write_bytes(wrong)
        with pytest.raises(StagingError) as caught:
            verify(file.path, file.content)
        assert file.path.name in str(caught.value)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:-1],
        lambda data: data[: len(data) // 2],
        lambda data: data + b"\x00",
        lambda data: data + data,
        lambda data: data + gzip.compress(b"more\tx\n", mtime=0),
        lambda data: gzip.compress(gzip.decompress(data), mtime=1),
    ],
    ids=["empty", "last byte", "half", "byte more", "two members", "another member", "time in the header"],
)
def test_a_file_that_is_longer_or_shorter_is_found(tmp_path: Path, damage: object) -> None:
    [file] = stage(lines_of(40), tmp_path)
    file.path.write_bytes(damage(file.path.read_bytes()))  # type: ignore[operator]
    with pytest.raises(StagingError):
        verify(file.path, file.content)


def test_lines_are_looked_at_and_not_only_the_hash(tmp_path: Path) -> None:
    """What a wrong writer makes has the right hash: the lines must be there, too."""
    [file] = stage(["a\tx\n", "b\ty\n"], tmp_path)
    for text in (b"a\tx\n", b"a\tx\nb\tz\n", b"a\tx\nb\ty y", b"a\tx b\ty\n"):
        data = gzip.compress(text, mtime=0)
        file.path.write_bytes(data)
        content = FileContent(**{**vars(file.content), "size": len(data), "sha256": hashlib.sha256(data).hexdigest()})
        with pytest.raises(StagingError):
            verify(file.path, content)


def test_a_missing_file_is_found(tmp_path: Path) -> None:
    [file] = stage(["a\tx\n"], tmp_path)
    file.path.unlink()
    with pytest.raises(StagingError, match="can't be read back"):
        verify(file.path, file.content)


def test_a_file_is_read_to_its_end_however_slowly_it_grows(tmp_path: Path) -> None:
    [file] = stage(lines_of(2000), tmp_path)
    data = file.path.read_bytes()
    growing, complete = tmp_path / "growing", threading.Event()
    with growing.open("wb", buffering=0) as handle, ThreadPoolExecutor() as pool:
        reading = pool.submit(read_back, growing, complete)
        for start in range(0, len(data), 4000):
            handle.write(data[start : start + 4000])
            time.sleep(0.001)
        assert not reading.done()
        complete.set()
        compare(growing, file.content, reading.result())


def test_a_file_that_reads_back_wrong_gets_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk lies about the third file: none after it has a name, and what has one is whole."""

    def third_is_damaged(path: Path, complete: threading.Event) -> ReadBack:
        if path.name.endswith(f".3{writing.TEMPORARY}"):
            complete.wait()
            with path.open("r+b") as handle:
                handle.seek(20)
                handle.write(b"\x00\x00\x00")
        return read_back(path, complete)

    monkeypatch.setattr(writing, "read_back", third_is_damaged)
    with pytest.raises(StagingError, match="is not what was written"):
        stage(lines_of(2000), tmp_path, SplitLimits(10_000, 1_000_000))
    named = [path for path in tmp_path.iterdir() if path.suffix != writing.TEMPORARY]
    assert sorted(path.name for path in named) == [f"ftp_dpm_100001_1700000000.sync.{number}.gz" for number in (1, 2)]
    for path in named:
        gzip.decompress(path.read_bytes())


def test_a_failure_of_the_lines_leaves_no_final_name(tmp_path: Path) -> None:
    def broken() -> Iterator[Block]:
        yield from blocks(lines_of(1000), WIDE)
        raise RuntimeError("the warehouse went away")

    with pytest.raises(RuntimeError, match="went away"):
        stage_files(broken(), NAME, tmp_path, WIDE)
    assert [path.suffix for path in tmp_path.iterdir()] == [writing.TEMPORARY]


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    """The kernel refuses more than so many bytes a file, as a full disk would."""
    program = """
        import resource, signal, sys
        from pathlib import Path
        from test_staging import lines_of, stage
        from aam_export.errors import StagingError
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
        try:
            stage(lines_of(30_000), Path(sys.argv[1]))
        except StagingError as error:
            print(error, error.hint)
        """
    for size in (0, 5, 100_000):
        folder = tmp_path / str(size)
        outcome = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(program), str(folder), str(size)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, TESTS))},
            capture_output=True,
            text=True,
            check=False,
        )
        assert outcome.returncode == 0, outcome.stderr
        assert f"can't write to the staging folder {folder}: File too large" in outcome.stdout
        assert "free space" in outcome.stdout
        assert all(path.suffix == writing.TEMPORARY for path in folder.iterdir())


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(StagingError, match="can't write to the staging folder"):
        stage_files(blocks(lines_of(10), WIDE), NAME, tmp_path / "gone", WIDE)
