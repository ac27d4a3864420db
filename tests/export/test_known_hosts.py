"""`known_hosts` as OpenSSH reads it: what ssh-keygen -F finds there, we find too."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import paramiko
import pytest

from aam_export.drops.known_hosts import known_keys

KEYS = [paramiko.ECDSAKey.generate() for _ in range(3)]


def line(hosts: str, key: paramiko.PKey = KEYS[0], marker: str = "", comment: str = "") -> bytes:
    return f"{marker} {hosts} {key.get_name()} {key.get_base64()} {comment}\n".lstrip().encode("latin-1")


def hashed(tmp_path: Path, name: str) -> bytes:
    """By ssh-keygen itself."""
    file = tmp_path / "hashing"
    file.write_bytes(line(name))
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(file)], check=True, capture_output=True)
    return file.read_bytes()


@pytest.mark.parametrize(
    ("hosts", "port", "found"),
    [
        ("drop.example.com", 22, True),
        ("other.example.com,drop.example.com", 22, True),
        ("DROP.Example.com", 22, True),
        ("*.example.com", 22, True),
        ("d?op.example.com", 22, True),
        ("*.example.com,!drop.example.com", 22, False),
        ("!drop.example.com,*.example.com", 22, False),
        ("*.example.org", 22, False),
        ("drop.example.com.evil.org", 22, False),
        ("d[r]op.example.com", 22, False),
        ("[drop.example.com]:2222", 2222, True),
        ("[drop.example.com]:2222", 22, False),
        ("[*.example.com]:2222", 2222, True),
        ("drop.example.com", 2222, True),
        ("[drop.example.com]:22", 22, False),
    ],
)
def test_names(tmp_path: Path, hosts: str, port: int, found: bool) -> None:
    file = tmp_path / "known_hosts"
    file.write_bytes(b"# a comment\n\n" + line(hosts))
    assert known_keys(file, "drop.example.com", port).keys == ([KEYS[0]] if found else [])


@pytest.mark.parametrize(("name", "port"), [("drop.example.com", 22), ("[drop.example.com]:2222", 2222)])
def test_hashed_names(tmp_path: Path, name: str, port: int) -> None:
    file = tmp_path / "known_hosts"
    file.write_bytes(hashed(tmp_path, name))
    assert b"|1|" in file.read_bytes()
    assert known_keys(file, "drop.example.com", port).keys == [KEYS[0]]
    assert known_keys(file, "other.example.com", port).keys == []


def test_markers(tmp_path: Path) -> None:
    file = tmp_path / "known_hosts"
    file.write_bytes(
        line("*.example.com", KEYS[1], "@cert-authority") + line("*", KEYS[2], "@revoked") + line("drop.example.com")
    )
    known = known_keys(file, "drop.example.com", 22)
    assert (known.keys, known.revoked, known.authorities, known.broken) == ([KEYS[0]], [KEYS[2]], [1], [])


@pytest.mark.parametrize(
    "broken",
    [
        b"drop.example.com\n",
        b"drop.example.com ssh-ed25519\n",
        b"drop.example.com ssh-ed25519 AAAA!\n",
        b"drop.example.com ssh-ed25519 AAAA\n",
        b"drop.example.com ssh-rsa " + base64.b64encode(b"\x00\x00\x00\x07ssh-rsa\x00") + b"\n",
        b"@unheard-of drop.example.com ssh-ed25519 AAAA\n",
        b"@cert-authority\n",
        b"\xff\xfe\x00\n",
        b"drop.example.com ssh-ed25519 " + KEYS[0].get_base64().encode() + b"\n",
    ],
)
def test_a_broken_line_is_passed_over_and_told(tmp_path: Path, broken: bytes) -> None:
    file = tmp_path / "known_hosts"
    file.write_bytes(broken + line("drop.example.com"))
    known = known_keys(file, "drop.example.com", 22)
    assert (known.keys, known.broken) == ([KEYS[0]], [1])


@pytest.mark.parametrize("comment", ["", "grö\xdfe", "a b c # d", "\t tabs"])
@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b""])
def test_comments_and_line_ends(tmp_path: Path, comment: str, ending: bytes) -> None:
    file = tmp_path / "known_hosts"
    text = line("drop.example.com", comment=comment).rstrip(b"\n") + ending
    file.write_bytes(b"\xef\xbb\xbf  " + text)
    assert known_keys(file, "drop.example.com", 22).keys == [KEYS[0]]


def test_several_keys_of_a_kind(tmp_path: Path) -> None:
    """As while a server changes its key."""
    file = tmp_path / "known_hosts"
    file.write_bytes(line("drop.example.com", KEYS[1]) + line("drop.example.com", KEYS[0]))
    assert known_keys(file, "drop.example.com", 22).keys == [KEYS[1], KEYS[0]]


def test_no_file(tmp_path: Path) -> None:
    assert known_keys(tmp_path / "none", "drop.example.com", 22).keys == []
