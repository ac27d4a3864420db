"""A pooler before PostgreSQL: one that keeps sessions works, one that lends them is refused and left as it was."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from needs import missing
from postgres import UNPRIVILEGED, Database, Server
from sandbox import Sandbox, Warehouse

from aam_export.errors import BusyError, ConfigurationError
from aam_export.profile import Target, load_target
from aam_export.warehouses import connect
from aam_export.warehouses.postgres import Session, connection_string

READ_ONLY = "select current_setting('default_transaction_read_only')"
PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@pytest.fixture
def on_postgres(postgres_server: Server, tmp_path: Path) -> Sandbox:
    return Warehouse("postgres", postgres_server).adopt(tmp_path)


def target_of(place: Sandbox) -> Target:
    return load_target("aam_inbound", None, place.folder)


def database(place: Sandbox) -> Database:
    assert place.postgres
    return place.postgres


@contextlib.contextmanager
def pooler(place: Sandbox, home: Path, mode: str, pool_size: int) -> Iterator[None]:
    """PgBouncer of Debian's, before the test's database; the profile then names it."""
    if PGBOUNCER is None:
        missing("there is no pgbouncer")
    output = database(place).output()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home.mkdir()
    users = home / "users.txt"
    users.write_text(f'"{output["user"]}" "{output["password"]}"\n')
    configuration = home / "pgbouncer.ini"
    configuration.write_text(
        f"[databases]\n* = host={output['host']} port={output['port']}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = plain\n"
        f"auth_file = {users}\npool_mode = {mode}\ndefault_pool_size = {pool_size}\nlogfile = {home}/log\n"
        "ignore_startup_parameters = extra_float_digits\n"
    )
    command = [PGBOUNCER, str(configuration)]
    if os.geteuid() == 0:  # which it refuses to run as
        for path in (home, users, configuration):
            os.chown(path, UNPRIVILEGED, UNPRIVILEGED)
        command = ["setpriv", f"--reuid={UNPRIVILEGED}", f"--regid={UNPRIVILEGED}", "--clear-groups", *command]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            assert process.poll() is None, (home / "log").read_text()
            time.sleep(0.05)
        place.write_profiles({**output, "host": "127.0.0.1", "port": port})
        yield
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="aam-"))
    folder.chmod(0o755)
    yield folder / "pgbouncer"
    shutil.rmtree(folder)


def locks(place: Sandbox) -> int:
    [(number,)] = database(place).query("select count(*) from pg_locks where locktype = 'advisory'")
    return int(number)


def test_a_pool_of_sessions(on_postgres: Sandbox, home: Path) -> None:
    with pooler(on_postgres, home, "session", 5):
        target = target_of(on_postgres)
        with contextlib.closing(connect(target, read_only=False, lock_name="one")) as opened:
            assert opened.fetch("select current_setting('standard_conforming_strings')") == [("on",)]
            assert opened.fetch(READ_ONLY) == [("off",)]
            assert next(opened.stream("select 'a'::text")).to_pylist() == ["a"]
            assert locks(on_postgres) == 1
            with pytest.raises(BusyError):
                connect(target, read_only=False, lock_name="one")
        with contextlib.closing(connect(target, read_only=True)) as reader:
            assert reader.fetch(READ_ONLY) == [("on",)]
        connect(target, read_only=False, lock_name="one").close()


@pytest.mark.parametrize("mode", ["transaction", "statement"])
@pytest.mark.parametrize("pool_size", [1, 5])
@pytest.mark.parametrize("read_only", [False, True])
def test_a_pool_that_lends_sessions(
    on_postgres: Sandbox, home: Path, mode: str, pool_size: int, read_only: bool
) -> None:
    with pooler(on_postgres, home, mode, pool_size):
        for _ in range(2):
            with pytest.raises(ConfigurationError) as refused:
                connect(target_of(on_postgres), read_only=read_only, lock_name="one")
            assert "pooler that lends one session to many clients" in str(refused.value)
            assert "session" in refused.value.hint
        assert locks(on_postgres) == 0
        # What the pool lends next is as the server made it.
        session = Session(connection_string(target_of(on_postgres).settings))
        with contextlib.closing(session), session.query(READ_ONLY) as reader:
            assert reader.read_all().column(0)[0].as_py() == "off"
