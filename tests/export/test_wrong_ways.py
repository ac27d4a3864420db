"""Errors that say what is wrong, and not something else: PGP keys that can't be used, FTPS that begins with TLS."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from aam_export.drops import ftp, open_drop
from aam_export.errors import ConfigurationError
from aam_export.files.encryption import Encryption
from aam_export.settings import DropSettings


def gpg(home: Path, *arguments: str) -> bytes:
    home.mkdir(mode=0o700, exist_ok=True)
    command = ["gpg", "--homedir", str(home), "--batch", "--quiet", "--passphrase", "", "--pinentry-mode", "loopback"]
    return subprocess.run([*command, *arguments], check=True, capture_output=True).stdout


PAST = ("--faked-system-time", "20200101T000000")
KEYS = {
    "expired": ((*PAST, "--quick-gen-key", "a@example.com", "rsa2048", "encr", "1y"), "the key expired on 2020-12-31"),
    "for signing": (("--quick-gen-key", "a@example.com", "rsa2048", "sign", "never"), "the key can't encrypt"),
    "good": (("--quick-gen-key", "a@example.com", "rsa2048", "encr", "never"), ""),
}


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    import shutil
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="g"))  # gpg's sockets want a short path
    yield folder / "h"
    subprocess.run(["gpgconf", "--homedir", str(folder / "h"), "--kill", "all"], check=False, capture_output=True)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("kind", KEYS)
def test_a_pgp_key_that_can_not_be_used(tmp_path: Path, home: Path, kind: str) -> None:
    make, said = KEYS[kind]
    gpg(home, *make)
    key = tmp_path / "key.asc"
    key.write_bytes(gpg(home, "--armor", "--export"))
    encryption = Encryption(key, tmp_path / "own")
    if not said:
        encryption.check()
        return
    with pytest.raises(ConfigurationError) as refused:
        encryption.check()
    assert said in str(refused.value)
    assert "ask the receiver" in refused.value.hint


def test_an_encryption_part_that_has_expired(tmp_path: Path, home: Path) -> None:
    gpg(home, *PAST, "--quick-gen-key", "a@example.com", "rsa2048", "sign", "never")
    fingerprint = next(
        line.split(":")[9]
        for line in gpg(home, "--with-colons", "--list-keys").decode().splitlines()
        if line.startswith("fpr")
    )
    gpg(home, *PAST, "--quick-add-key", fingerprint, "rsa2048", "encr", "1y")
    key = tmp_path / "key.asc"
    key.write_bytes(gpg(home, "--armor", "--export"))
    with pytest.raises(ConfigurationError, match="its part for encryption has expired"):
        Encryption(key, tmp_path / "own").check()


@pytest.fixture
def implicit() -> Iterator[int]:
    """A server that says nothing before TLS stands."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve(plain: socket.socket) -> None:
            try:
                with context.wrap_socket(plain, server_side=True) as secure:
                    secure.sendall(b"220 ready\r\n")
                    secure.recv(100)
            except OSError:
                plain.close()

        def accept() -> None:
            while True:
                try:
                    plain, _ = listening.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=(plain,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield listening.getsockname()[1]


@pytest.mark.parametrize("scheme", ["ftps", "ftp"])
def test_implicit_ftps(tmp_path: Path, implicit: int, scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AAM_DROP_PASSWORD", "not used here")
    monkeypatch.setattr(ftp, "CONNECT_SECONDS", 1)
    settings = DropSettings(partner_name="acme", allow_plain_ftp=True)
    drop = open_drop(f"{scheme}://acme@127.0.0.1:{implicit}/in", settings, tmp_path)
    with pytest.raises(ConfigurationError, match="implicit FTPS"):
        drop.check()


def test_the_port_of_implicit_ftps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AAM_DROP_PASSWORD", "not used here")
    drop = open_drop("ftps://acme@drop.example.com:990/in", DropSettings(partner_name="acme"), tmp_path)
    with pytest.raises(ConfigurationError, match="implicit FTPS"):
        drop.check()
