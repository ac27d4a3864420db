"""Private keys in the forms in which they are kept, and errors that say what is wrong with one."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa

from aam_export.drops.private_key import KEY_FILE, KEY_PASSPHRASE, private_key
from aam_export.errors import ConfigurationError

RSA, EC, ED25519 = (
    rsa.generate_private_key(65537, 2048),
    ec.generate_private_key(ec.SECP256R1()),
    ed25519.Ed25519PrivateKey.generate(),
)
FORMS = {
    "PKCS#1": serialization.PrivateFormat.TraditionalOpenSSL,
    "PKCS#8": serialization.PrivateFormat.PKCS8,
    "OpenSSH": serialization.PrivateFormat.OpenSSH,
}
WORD = "open sesame"


def written(folder: Path, key: object, form: str, passphrase: str = "") -> Path:
    hidden = serialization.BestAvailableEncryption(passphrase.encode()) if passphrase else serialization.NoEncryption()
    path = folder / "key"
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, FORMS[form], hidden))  # type: ignore[attr-defined]
    return path


def read(monkeypatch: pytest.MonkeyPatch, path: Path, passphrase: str = "") -> str:
    monkeypatch.setenv(KEY_FILE, str(path))
    monkeypatch.setenv(KEY_PASSPHRASE, passphrase)
    key = private_key()
    assert key is not None
    return str(key.get_name())


def refused(monkeypatch: pytest.MonkeyPatch, path: Path, passphrase: str = "") -> str:
    with pytest.raises(ConfigurationError) as error:
        read(monkeypatch, path, passphrase)
    assert WORD not in f"{error.value} {error.value.hint}"
    return f"{error.value} → {error.value.hint}"


@pytest.mark.parametrize("passphrase", ["", WORD])
@pytest.mark.parametrize(
    ("key", "form", "name"),
    [
        (RSA, "PKCS#1", "ssh-rsa"),
        (RSA, "PKCS#8", "ssh-rsa"),
        (RSA, "OpenSSH", "ssh-rsa"),
        (EC, "PKCS#1", "ecdsa-sha2-nistp256"),
        (EC, "PKCS#8", "ecdsa-sha2-nistp256"),
        (EC, "OpenSSH", "ecdsa-sha2-nistp256"),
        (ED25519, "PKCS#8", "ssh-ed25519"),
        (ED25519, "OpenSSH", "ssh-ed25519"),
    ],
)
def test_a_key_in_each_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: object, form: str, name: str, passphrase: str
) -> None:
    path = written(tmp_path, key, form, passphrase)
    assert read(monkeypatch, path, passphrase) == name
    if passphrase:
        assert "needs a passphrase" in refused(monkeypatch, path)
        assert "the passphrase is not that of the key" in refused(monkeypatch, path, "another")
    else:
        assert read(monkeypatch, path, WORD) == name, "a passphrase that is not needed"


def test_a_key_of_ssh_keygen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-m", "PEM", "-N", WORD, "-f", str(path)], check=True)
    assert read(monkeypatch, path, WORD) == "ssh-rsa"
    assert "is a public key" in refused(monkeypatch, path.with_suffix(".pub"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"PuTTY-User-Key-File-3: ssh-ed25519\n", "puttygen"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "is a certificate"),
        (b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "is a public key"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "no private key that can be read"),
        (b"\xff\xfe nothing of the kind", "no private key that can be read"),
    ],
)
def test_what_is_no_private_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, said: str) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    assert said in refused(monkeypatch, path)


@pytest.mark.parametrize("key", [dsa.generate_private_key(1024), ed448.Ed448PrivateKey.generate()])
def test_a_kind_that_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: object) -> None:
    assert "of a kind that is not used here" in refused(monkeypatch, written(tmp_path, key, "PKCS#8"))


def test_a_file_that_can_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "No such file" in refused(monkeypatch, tmp_path / "none")
    assert "Is a directory" in refused(monkeypatch, tmp_path)
