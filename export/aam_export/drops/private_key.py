"""A private key for SFTP, in any of the forms in which keys are kept, and what is wrong with one that can't be used."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from aam_export.errors import ConfigurationError

KEY_FILE, KEY_PASSPHRASE = "AAM_DROP_KEY_FILE", "AAM_DROP_KEY_PASSPHRASE"
_KINDS: tuple[tuple[Any, type[paramiko.PKey]], ...] = (
    (ed25519.Ed25519PrivateKey, paramiko.Ed25519Key),
    (ec.EllipticCurvePrivateKey, paramiko.ECDSAKey),
    (rsa.RSAPrivateKey, paramiko.RSAKey),
)
TAKEN = "Ed25519, ECDSA or RSA, in OpenSSH's form or as PEM (PKCS#1, PKCS#8)"


def private_key() -> paramiko.PKey | None:
    """The key that the environment names, if it names one; raises ConfigurationError for one that can't be used."""
    named = os.environ.get(KEY_FILE)
    if not named:
        return None
    try:
        data = Path(named).expanduser().read_bytes()
    except (OSError, RuntimeError) as error:
        said = error.strerror if isinstance(error, OSError) else error
        raise ConfigurationError(f"the key {named} can't be read: {said}", hint=f"mend {KEY_FILE}") from None
    return _load(data.lstrip(), named, os.environ.get(KEY_PASSPHRASE))


def _load(data: bytes, named: str, passphrase: str | None) -> paramiko.PKey:
    what, hint = _other_thing(data)
    if what:
        raise ConfigurationError(f"{named} is {what}", hint=hint)
    key: Any = None
    given = passphrase.encode() if passphrase else None
    try:
        key = _read(data, given)
    except TypeError:
        # One way or the other about a passphrase: it is needed, or given for a key that has none.
        if not given:
            raise ConfigurationError(f"the key {named} needs a passphrase", hint=f"set {KEY_PASSPHRASE}") from None
        key = _read(data, None)
    except (ValueError, UnsupportedAlgorithm):
        if not _is_encrypted(data):
            raise ConfigurationError(
                f"{named} is no private key that can be read", hint=f"check {KEY_FILE}: {TAKEN}"
            ) from None
        if given is None:
            raise ConfigurationError(f"the key {named} needs a passphrase", hint=f"set {KEY_PASSPHRASE}") from None
        raise ConfigurationError(
            f"the passphrase is not that of the key {named}", hint=f"check {KEY_PASSPHRASE}"
        ) from None
    for kind, ours in _KINDS:
        if isinstance(key, kind):
            plain = key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
            )
            return ours.from_private_key(io.StringIO(plain.decode()))
    raise ConfigurationError(
        f"{named} is a key of a kind that is not used here: {type(key).__name__.removeprefix('_')}",
        hint=f"make one that is {TAKEN}",
    )


def _read(data: bytes, passphrase: bytes | None) -> Any:
    if b"BEGIN OPENSSH PRIVATE KEY" in data:
        return serialization.load_ssh_private_key(data, passphrase)
    return serialization.load_pem_private_key(data, passphrase)


def _is_encrypted(data: bytes) -> bool:
    if b"ENCRYPTED" in data:
        return True
    try:
        _read(data, None)
    except TypeError:
        return True
    except (ValueError, UnsupportedAlgorithm):
        return False
    return False


def _other_thing(data: bytes) -> tuple[str, str]:
    """What a file is that holds no private key of a form that can be read, and what to do; empty for none."""
    if data.startswith(b"PuTTY-User-Key-File"):
        return "a key in PuTTY's form", "convert it: puttygen <file> -O private-openssh -o <new file>"
    if data.startswith((b"ssh-", b"ecdsa-", b"sk-", b"---- BEGIN SSH2 PUBLIC KEY")) or b"BEGIN PUBLIC KEY" in data:
        return "a public key", f"name the private one in {KEY_FILE}: the file without .pub"
    if b"BEGIN CERTIFICATE" in data and b"PRIVATE KEY" not in data:
        return "a certificate", f"name a private key in {KEY_FILE}: {TAKEN}"
    if not data:
        return "empty", f"mend {KEY_FILE}"
    return "", ""
