"""The upload step beside other programs that put the same finished files into the same S3 server.

    make bench, or: python scripts/bench_upload.py --files 8 --megabytes 128

The server is rclone's, on this machine and over plain HTTP, so what is compared is what each program itself costs.
Python's start and its imports are left out, for a run has them behind it. Rounds alternate, and the best of each
counts: machines are noisy.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

BIN = Path(sys.executable).parent
KEYS = {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "benchbench", "AWS_REGION": "us-east-1"}
BUCKET = "bench"

# Each upload runs in a process of its own, `python -c … <endpoint> <key prefix> <file>…`, and prints its seconds.
BOTO3 = """
import sys, time, boto3
endpoint, prefix, *files = sys.argv[1:]
began = time.perf_counter()
client = boto3.client("s3", endpoint_url=endpoint)
for file in files:
    client.upload_file(file, "bench", prefix + file.rsplit("/", 1)[1])
print(time.perf_counter() - began)
"""
OURS = """
import pathlib, sys, time, types
from aam_export.drops import open_drop
from aam_export.drops.s3 import put
from aam_export.files.names import parse_file_name
from aam_export.settings import DropSettings
from aam_export.files.content import FileContent, StagedFile
from aam_export.delivery.uploads import Upload, upload_all
endpoint, prefix, *files = sys.argv[1:]
began = time.perf_counter()
drop = open_drop("s3://bench", DropSettings(partner_name="bench", endpoint_url=endpoint), pathlib.Path())
uploads = []
for path in map(pathlib.Path, files):
    digest = path.with_name(path.name + ".sha256").read_text()  # what staging leaves of each file
    content = FileContent(path.stat().st_size, 1, 1, 1, 1, 0, digest)
    key = prefix + path.name
    uploads.append(Upload(StagedFile(parse_file_name(path.name), path, content), key, drop.url(key), attempted=False))
nothing = types.SimpleNamespace(begin=lambda *_: None, advance=lambda *_: None, end=lambda *_: None)
upload_all(drop, [uploads], nothing, limit_minutes=60)
print(time.perf_counter() - began)
"""


@contextmanager
def s3_server(folder: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (folder / BUCKET).mkdir(parents=True)
    command = [str(BIN / "rclone"), "serve", "s3", "--addr", f"127.0.0.1:{port}", "--config", str(folder / "none")]
    # No ETag: this server would read a whole object again for every look at it, which Amazon's does not.
    command += [
        "--auth-key",
        f"{KEYS['AWS_ACCESS_KEY_ID']},{KEYS['AWS_SECRET_ACCESS_KEY']}",
        "--etag-hash",
        "",
        str(folder),
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def make_files(folder: Path, count: int, megabytes: int) -> list[Path]:
    folder.mkdir()
    files = []
    for number in range(1, count + 1):
        path = folder / f"ftp_dpm_100001_1700000000.sync.{number}.gz"
        data = os.urandom(megabytes * 1_000_000)
        path.write_bytes(data)
        path.with_name(f"{path.name}.sha256").write_text(hashlib.sha256(data).hexdigest())
        files.append(path)
    return files


def timed(command: list[str]) -> float:
    """Seconds of an upload: what the program says, or else what its process took."""
    began = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=600, env={**os.environ, **KEYS})
    seconds = time.perf_counter() - began
    return float(done.stdout) if command[0] == sys.executable else seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=4)
    parser.add_argument("--megabytes", type=int, default=128, help="of each file")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="aam-bench-upload-") as root:
        files = make_files(Path(root) / "staged", options.files, options.megabytes)
        names = [str(file) for file in files]
        stored = Path(root) / "server"
        with s3_server(stored) as endpoint:
            programs: dict[str, Callable[[str], list[str]]] = {
                "aam-export, the upload step": lambda prefix: [sys.executable, "-c", OURS, endpoint, prefix, *names],
                "boto3 upload_file": lambda prefix: [sys.executable, "-c", BOTO3, endpoint, prefix, *names],
                "s5cmd cp": lambda prefix: [
                    str(BIN / "s5cmd"), "--endpoint-url", endpoint, "cp", "--exclude", "*.sha256",
                    f"{files[0].parent}/*.gz", f"s3://{BUCKET}/{prefix}",
                ],
            }  # fmt: skip
            best: dict[str, float] = {}
            for round_number in range(options.rounds):
                for name, command in programs.items():
                    prefix = f"{round_number}-{name.split()[0]}/"
                    measured = timed(command(prefix))
                    best[name] = min(best.get(name, measured), measured)
                    arrived = sorted((stored / BUCKET / prefix).rglob("*.gz"))
                    if [path.stat().st_size for path in arrived] != [options.megabytes * 1_000_000] * options.files:
                        sys.exit(f"{name} left {len(arrived)} of {options.files} files")
                    shutil.rmtree(stored / BUCKET / prefix)
    total = options.files * options.megabytes
    print(f"upload of {options.files} files of {options.megabytes} MB, {os.cpu_count()} cores")
    for name, seconds in best.items():
        print(f"{name:64}{seconds:8.1f} s {total / seconds:8.0f} MB/s")
    ours, *others = best.values()
    print(f"aam-export against the faster of the others: {min(others) / ours:.2f} times as fast")


if __name__ == "__main__":
    main()
