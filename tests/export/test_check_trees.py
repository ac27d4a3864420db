"""What `check` says of any tree: what it can't read, what it finds nowhere, what the receiver has marked (V13, R9, N1)."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest

from aam_export.check import CheckReport, check_paths, load_seeds
from aam_export.cli.check import NO_LISTS

NOBODY = 65534
DATA = "ftp_dpm_4711_1600000000.sync"
OTHER = "ftp_dpm_4711_1600000001.sync"
GOOD = b"crm-1\td_sid=1\n"
DAY = "acme/date=2020-09-13"


@pytest.fixture
def tree() -> Iterator[Path]:
    """A folder that anybody may look into: pytest's own admit nobody but their owner."""
    folder = Path(mkdtemp(prefix="aam-"))
    folder.chmod(0o755)
    yield folder
    subprocess.run(["chmod", "-R", "u+rwx", str(folder)], check=False)
    shutil.rmtree(folder)


def write(folder: Path, name: str, content: bytes = GOOD) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def command(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The command, run by somebody whom the rights of folders bind."""
    program = [sys.executable, "-m", "aam_export", "check", *map(str, arguments)]
    if os.geteuid() == 0:
        program = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *program]
    return subprocess.run(program, cwd=cwd or "/", capture_output=True, text=True, check=False, timeout=60)


def said(report: CheckReport) -> set[tuple[str, str]]:
    return {(Path(violation.path).name, violation.rule) for violation in report.violations}


def test_a_folder_that_may_not_be_read_is_named(tree: Path) -> None:
    write(tree, f"a/{DATA}")
    hidden = write(tree, f"b/{OTHER}").parent
    hidden.chmod(0)
    outcome = command(tree)
    assert outcome.returncode == 1, outcome.stderr
    assert str(hidden) in outcome.stdout
    assert "Permission denied" in outcome.stdout
    assert "Traceback" not in outcome.stderr


@pytest.mark.parametrize("mode", [0o000, 0o311])
def test_the_only_folder_may_not_be_read(tree: Path, mode: int) -> None:
    write(tree, f"a/{DATA}")
    (tree / "a").chmod(mode)
    outcome = command(tree / "a")
    assert outcome.returncode == 1, outcome.stdout
    assert "can't be read" in outcome.stdout


def test_a_path_below_a_folder_that_may_not_be_entered(tree: Path) -> None:
    path = write(tree, f"a/{DATA}")
    (tree / "a").chmod(0)
    outcome = command(path)
    assert (outcome.returncode, "Traceback" in outcome.stderr) == (1, False)


def test_a_file_that_may_not_be_read_keeps_no_other_from_being_checked(tree: Path) -> None:
    write(tree, DATA).chmod(0)
    write(tree, OTHER, b"crm-1 d_sid=1\n")
    outcome = command(tree, "--json")
    assert outcome.returncode == 1
    assert {(Path(found["path"]).name, found["rule"]) for found in json.loads(outcome.stdout)["found"]} == {
        (DATA, "V13"),
        (OTHER, "L1"),
    }


@pytest.mark.parametrize("name", ["nothing", "notes.txt", "deep/er/still"])
def test_nothing_found_is_no_all_clear(tree: Path, name: str) -> None:
    if name.endswith("txt"):
        write(tree, name)
    else:
        (tree / name).mkdir(parents=True)
    outcome = command(tree)
    assert outcome.returncode == 2
    assert "nothing was checked" in outcome.stderr


def test_one_of_two_paths_has_nothing(tree: Path) -> None:
    write(tree, f"a/{DATA}")
    (tree / "b").mkdir()
    assert command(tree / "a").returncode == 0
    outcome = command(tree / "a", tree / "b")
    assert outcome.returncode == 2
    assert str(tree / "b") in outcome.stderr


def test_links_are_followed_once(tmp_path: Path) -> None:
    write(tmp_path, f"elsewhere/{DATA}", b"crm-1 d_sid=1\n")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "in" / "again").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "in" / "round").symlink_to(tmp_path / "in")
    write(tmp_path, f"in/{OTHER}")
    (tmp_path / "in" / "the same").symlink_to(tmp_path / "in" / OTHER)
    report = check_paths([tmp_path / "in"])
    assert len(report.files) == 2
    assert said(report) == {(DATA, "L1")}


def test_links_that_lead_nowhere(tmp_path: Path) -> None:
    write(tmp_path, OTHER)
    (tmp_path / DATA).symlink_to(tmp_path / "gone")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert said(check_paths([tmp_path])) == {(DATA, "V13"), ("loop", "V13")}


def test_a_pipe_is_read(tmp_path: Path) -> None:
    pipe = tmp_path / DATA
    os.mkfifo(pipe)
    for named in (pipe, tmp_path):
        writer = threading.Thread(target=pipe.write_bytes, args=(b"crm-1 d_sid=1\n" * 30_000,))
        writer.start()
        report = check_paths([named])
        writer.join()
        assert {(violation.rule, violation.count) for violation in report.violations} == {("L1", 30_000), ("S5", 1)}
        assert report.files[0].compressed_bytes == 14 * 30_000


def test_a_pipe_that_nobody_writes_to(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / DATA)
    assert said(check_paths([tmp_path])) == {(DATA, "V13")}


def test_what_is_no_file(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / DATA))
        (tmp_path / OTHER).symlink_to("/dev/null")
        assert said(check_paths([tmp_path])) == {(DATA, "V13"), (OTHER, "V13")}


NAMES = (b"gr\xf6\xdfe.csv", b"ftp_dpm_4711_\xff.sync", b"line\nend.sync", b"\xe2\x80\xae.sync", b"x" * 255)


@pytest.mark.parametrize("option", ["--files", "--json", "--drop"])
def test_names_of_any_bytes(tree: Path, option: str) -> None:
    write(tree, DATA)
    for name in NAMES:
        Path(os.fsdecode(os.fsencode(tree) + b"/" + name)).write_bytes(GOOD)
    outcome = command(tree, option)
    assert (outcome.returncode, "Traceback" in outcome.stderr) == (1, False), outcome.stderr


def test_a_tree_deeper_than_a_path_may_be_long(tree: Path) -> None:
    write(tree, DATA)
    os.chdir(tree)
    for _ in range(30):
        Path("x" * 200).mkdir()
        os.chdir("x" * 200)
    os.chdir("/")
    try:
        outcome = command(tree)
        assert (outcome.returncode, "Traceback" in outcome.stderr) == (1, False), outcome.stderr
        assert "File name too long" in outcome.stdout
    finally:
        subprocess.run(["rm", "-rf", str(tree / ("x" * 200))], check=False)


def test_ten_thousand_folders_deep(tmp_path: Path) -> None:
    write(tmp_path, "/".join("d" * 500) + f"/{DATA}")
    assert len(check_paths([tmp_path]).files) == 1


# The receiver's mark


@pytest.mark.parametrize(
    "name", [DATA, DATA + ".1", "ftp_dpm_4711_1600000000.overwrite", "adobe_id_0_4711_1600000000.sync"]
)
def test_a_processed_file_counts_as_the_file(tmp_path: Path, name: str) -> None:
    content = b"12345678901234567890123456789012345678\tcrm-1\n" if name.startswith("adobe") else GOOD
    path = write(tmp_path, f"{DAY}/{name}.processed", content)
    if name.endswith(".1"):
        write(tmp_path, f"{DAY}/{DATA}.2", b"crm-2\td_sid=1\n")
    for report in (check_paths([tmp_path]), check_paths([path])):
        assert report.violations == ()
        assert report.files[0].processed
        assert report.files[0].records_received == 1


def test_what_a_processed_file_holds_is_checked(tmp_path: Path) -> None:
    import gzip

    write(tmp_path, f"{DATA}.gz.processed", gzip.compress(b"crm-1 d_sid=1\n", mtime=0))
    assert said(check_paths([tmp_path])) == {(f"{DATA}.gz.processed", "L1")}


@pytest.mark.parametrize("content", [GOOD, b""])
def test_a_mark_beside_the_file_is_no_second_file(tmp_path: Path, content: bytes) -> None:
    write(tmp_path, f"{DAY}/{DATA}")
    write(tmp_path, f"{DAY}/{DATA}.processed", content)
    report = check_paths([tmp_path])
    assert report.violations == ()
    assert [file.processed for file in report.files] == [True]


def test_an_empty_mark_is_no_empty_file(tmp_path: Path) -> None:
    write(tmp_path, f"{DAY}/{DATA}.processed", b"")
    assert check_paths([tmp_path]).violations == ()


def test_a_wrong_name_is_wrong_when_it_is_marked_too(tmp_path: Path) -> None:
    assert said(check_paths([write(tmp_path, "ftp_dpm_x_1600000000.sync.processed")])) == {
        ("ftp_dpm_x_1600000000.sync.processed", "N2")
    }


@pytest.mark.parametrize("folder", [DAY, "loose"])
def test_what_an_unfinished_upload_left_is_named_so(tmp_path: Path, folder: str) -> None:
    """V3. The drops' temporary name; its content may be half a file."""
    write(tmp_path, f"{folder}/{DATA}")
    write(tmp_path, f"{folder}/.{OTHER}.part", b"crm-2\td_s")
    report = check_paths([tmp_path])
    [found] = report.violations
    assert (found.rule, found.severity) == ("V3", "warning")
    assert "an upload that was not finished" in found.message
    assert "run `aam-export run` again" in found.message
    assert not report.failed


# Where the files of a drop stand


@pytest.mark.parametrize(
    "name",
    [
        f"acme/{DATA}",
        DATA,
        f"{DAY}/more/{DATA}",
        f"{DAY}/{DAY}/{DATA}",
        f"acme/2020-09-13/{DATA}",
        f"acme/date=20200913/{DATA}",
        f"acme/Date=2020-09-13/{DATA}",
        f"acme/date=2020-02-30/{DATA}",
        f"acme/day=2020-09-13/{DATA}",
        f"other/date=2020-09-13/{DATA}",
        f"Acme/date=2020-09-13/{DATA}",
        f"date=2020-09-13/{DATA}",
    ],
)
def test_a_file_in_a_wrong_place_of_a_drop(tmp_path: Path, name: str) -> None:
    write(tmp_path, name)
    report = check_paths([tmp_path], layout="drop", partner="acme")
    assert said(report) == {(DATA, "N1")}
    # Beside a file in its right place, all of it is a drop, whoever says so or not.
    write(tmp_path, f"{DAY}/{OTHER}", b"crm-2\td_sid=1\n")
    assert said(check_paths([tmp_path], partner="acme")) == {(DATA, "N1")}
    assert check_paths([tmp_path], layout="files", partner="acme").violations == ()


def test_loose_files_are_no_drop(tmp_path: Path) -> None:
    write(tmp_path, f"2020/{DATA}")
    report = check_paths([tmp_path], partner="acme")
    assert report.violations == ()
    assert [(tree.kind, tree.files) for tree in report.trees] == [("files", 1)]


def test_the_command_says_what_it_took_a_folder_for(tree: Path) -> None:
    write(tree, f"loose/{DATA}")
    write(tree, f"drop/{DAY}/{DATA}")
    assert "taken for loose files" in command(tree / "loose").stdout
    assert "taken for a drop" in command(tree / "drop").stdout
    assert command(tree / "loose", "--drop").returncode == 1
    assert command(tree / "loose", "--files").returncode == 0


# What the account does not have


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    folder = tmp_path / "seeds"
    write(
        folder,
        "aam_data_sources.csv",
        b"data_source,dpid,id_type,target_data_owner_dpid\n"
        b"crm,4711,dpuuid,\nandroid,20914,gaid,4711\nshop,4712,dpuuid,4711\n",
    )
    write(
        folder,
        "aam_traits.csv",
        b"trait_id,dpid,trait_type,signal_key,signal_value\n1,4711,ON_BOARDED_TRAIT,,\n2,4711,RULE_BASED_TRAIT,,\n",
    )
    write(folder, "aam_signal_keys.csv", b"data_source,signal_key\n")
    return folder


UUID = b"38400000-8cf0-11bd-b23e-10b96e40000d"
PAIR = b"12345678901234567890123456789012345678\tcrm-1\n"


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        (DATA, GOOD, ""),
        ("ftp_dpm_4712_4711_1600000000.sync", GOOD, ""),
        ("ftp_dpm_20914_4711_1600000000.sync", UUID + b"\td_sid=1\n", ""),
        ("adobe_id_0_4711_1600000000.sync", PAIR, ""),
        ("ftp_dpm_9_1600000000.sync", GOOD, "N2"),
        ("ftp_dpm_9_4711_1600000000.overwrite", GOOD, "N2"),
        ("ftp_dpm_20915_4711_1600000000.sync", UUID.upper() + b"\td_sid=1\n", "N2"),
        ("ftp_dpm_odc_9_1600000000.sync", b"gaid\t" + UUID + b"\td_sid=1\n", "N11"),
        ("adobe_id_0_9_1600000000.sync", PAIR, "N10"),
        ("adobe_id_0_4711_9_1600000000.sync", PAIR[:-1] + b"\tx1\n", "N10"),
        ("ftp_dpm_4712_1600000000.sync", GOOD, "N4"),
        ("ftp_dpm_4711_4712_1600000000.sync", GOOD, "N4"),
        ("ftp_dpm_20914_4712_1600000000.sync", UUID + b"\td_sid=1\n", "N4"),
        ("ftp_dpm_4712_20914_1600000000.sync", GOOD, "N4"),
    ],
)
def test_the_name_and_the_account(tmp_path: Path, seeds: Path, name: str, content: bytes, rule: str) -> None:
    report = check_paths([write(tmp_path, f"in/{name}", content)], load_seeds(seeds))
    assert {(violation.rule, violation.severity) for violation in report.violations if violation.rule != "L3"} == (
        {(rule, "violation")} if rule else set()
    )


def test_the_lists_are_found_below_the_projects_seed_folders(tree: Path, seeds: Path) -> None:
    """As `aam-export init` writes them, and where the project says that its seeds are."""
    write(tree, f"in/{DATA}", b"crm-1\td_sid=2\n")
    lists = write(tree, "seeds/other.csv").parent / "account"
    shutil.copytree(seeds, lists)
    bare = command("in", cwd=tree)
    assert "trait 2 is not an onboarded trait" in bare.stdout
    assert "not checked" not in bare.stdout
    write(tree, "dbt_project.yml", b"name: shop\nprofile: shop\nseed-paths: [more, data]\n")
    assert NO_LISTS in command("in", cwd=tree).stdout
    assert "trait 2 is not an onboarded trait" in command("in", "--seeds", "seeds", cwd=tree).stdout
    (tree / "data/deep").mkdir(parents=True)
    lists.rename(tree / "data/deep/account")
    assert "trait 2 is not an onboarded trait" in command(".", cwd=tree / "in").stdout


def test_two_folders_with_lists_are_both_named(tree: Path, seeds: Path) -> None:
    write(tree, f"in/{DATA}")
    for copy in ("seeds", "seeds/b"):
        shutil.copytree(seeds, tree / copy)
    for option in ((), ("--seeds", ".")):
        outcome = command("in", *option, cwd=tree)
        assert outcome.returncode == 2
        assert "aam_data_sources.csv stands in several folders: seeds, seeds/b" in outcome.stderr
        assert "--seeds FOLDER" in outcome.stderr
    assert command("in", "--seeds", "seeds", cwd=tree).returncode == 0  # its own come first


def test_what_is_not_checked_without_lists_is_said(tree: Path) -> None:
    write(tree, f"in/{DATA}")
    (tree / "seeds").mkdir()
    outcome = command("in", cwd=tree)
    assert outcome.returncode == 0
    assert outcome.stdout.count(f"{NO_LISTS}\n") == 1
    assert NO_LISTS not in command("in", "--json", cwd=tree).stdout
    # Lists that were asked for are not done without, and nothing advises to.
    outcome = command("in", "--seeds", "seeds", cwd=tree)
    assert outcome.returncode == 2
    assert "there is no aam_data_sources.csv in seeds or below" in outcome.stderr
    assert "aam-export init" in outcome.stderr
    assert "leave" not in outcome.stderr


def test_lists_that_do_not_stand_together(tree: Path, seeds: Path) -> None:
    write(tree, f"in/{DATA}")
    shutil.copytree(seeds, tree / "seeds", ignore=shutil.ignore_patterns("aam_traits.csv"))
    outcome = command("in", cwd=tree)
    assert outcome.returncode == 2
    assert "aam_traits.csv can't be read" in outcome.stderr
    assert "in one folder, and name it with --seeds" in outcome.stderr


def test_traits_in_either_spelling(tmp_path: Path, seeds: Path) -> None:
    """A7."""
    report = check_paths([write(tmp_path, f"in/{DATA}", GOOD + b"crm-2\td_sid=2\n")], load_seeds(seeds))
    assert [(violation.rule, violation.line) for violation in report.violations] == [("L3", 2)]


# One operation a user and trait in a batch


@pytest.mark.parametrize(
    ("files", "where"),
    [
        ({DATA: b"a1\td_sid=1\na2\td_sid=1\na1\td_unsid=1\n"}, {(DATA, 3)}),
        ({DATA: b"a1\td_unsid=1\na1\td_sid=1\n"}, {(DATA, 2)}),
        ({DATA: b"a1\td_unsid=1\na1\tD_SID=1\n"}, {(DATA, 2)}),
        ({DATA: b"a1\t1:0\na1\td_sid=1\n"}, {(DATA, 2)}),
        ({DATA: b"a1\td_unsid=1\na1\td_sid=11,d_unsid=2\n"}, set()),
        ({DATA: b"a1\td_unsid=1\nA1\td_sid=1\n"}, set()),
        ({f"{DATA}.1": b"a1\td_sid=1\n", f"{DATA}.2": b"a2\td_sid=1\na1\td_unsid=1\n"}, {(f"{DATA}.2", 2)}),
        # Another batch may well take away what one has added.
        ({DATA: b"a1\td_sid=1\n", OTHER: b"a1\td_unsid=1\n"}, set()),
        ({DATA: b"a1\td_sid=1\r\na1\td_unsid=1\r\n"}, {(DATA, 2)}),
        # Behind a tab or a blank that should not be there.
        ({DATA: b"a1\td_sid=1\na1\td_unsid=1\t\n"}, {(DATA, 2)}),
        ({DATA: b"a1\td_unsid=1 \t \na1\td_sid=1\n"}, {(DATA, 2)}),
        ({DATA: b"a1\t1:0\t\r\na1\td_sid=1\t\n"}, {(DATA, 2)}),
        ({DATA: b"d_unsid=1\t\nd_unsid=1\td_sid=1\n"}, set()),
    ],
)
@pytest.mark.parametrize("padding", [0, 200])
def test_a_trait_is_added_and_taken_away_in_a_batch(
    tmp_path: Path, files: dict[str, bytes], where: set[tuple[str, int]], padding: int
) -> None:
    """V6, where few lines are read one by one, and where more are read as a block."""
    for number, (name, content) in enumerate(files.items()):
        more = b"".join(b"pad-%d-%d\td_sid=1,d_unsid=2\n" % (number, line) for line in range(padding))
        write(tmp_path, name, content + more)
    report = check_paths([tmp_path])
    assert {(Path(v.path).name, v.line) for v in report.violations if v.rule == "V6"} == where


@pytest.mark.parametrize("padding", [0, 200])
@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        (b"d_sid=1,d_sid=1", True),
        (b"d_sid=1,ic=a,d_sid=1", True),
        (b"d_sid=1,D_SID=1", True),
        (b'k="v","k"=v', True),
        (b"ic=a,a", True),
        (b"d_unsid=1,1:0", True),
        (b"d_sid=1,d_unsid=1", True),
        (b"1:-1,d_sid=1", True),
        (b"d_sid=1,d_sid=11", False),
        (b'k="v","k"=w', False),
        (b"d_sid=1,d_unsid=2,ic=1", False),
        (b"k=v,K=v", False),
    ],
)
def test_signals_of_one_line(tmp_path: Path, line: bytes, wrong: bool, padding: int) -> None:
    more = b"".join(b"pad-%d\td_sid=1,d_unsid=2,ic=a,k=v\n" % number for number in range(padding))
    report = check_paths([write(tmp_path, DATA, more + b"a1\t" + line + b"\n")])
    assert [(v.rule, v.line) for v in report.violations] == ([("V6", padding + 1)] if wrong else [])
