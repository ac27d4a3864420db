"""Encryption for the receiver, by the gpg program: OpenPGP with AES-256, which also compresses (N8).

A file is encrypted from its finished gzip file, whose lines are counted again on their way into gpg. The same lines
give other bytes every time; what stands in the drop is therefore recognised by the hashes that the ledger keeps.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, BinaryIO

import gnupg
from isal import igzip_threaded, isal_zlib

from aam_export.errors import ConfigurationError, StagingError
from aam_export.files.content import FileContent, SplitLimits, StagedFile
from aam_export.files.private import create_private
from aam_export.files.writing import READ_BYTES

EXTENSION = "gpg"
SCAN_OPTIONS = ["--no-options", "--no-autostart"]
OPTIONS = [*SCAN_OPTIONS, "--trust-model", "always"]  # with which gpg does not show a key that has expired
CIPHER = ["--cipher-algo", "AES256", "--compress-algo", "zlib", "--compress-level", "4"]
TEMPORARY = ".part"
MARGIN, HEADERS = 64, 2048
"""Files are split a 64th, and so many bytes, below their limit: gpg compresses the lines anew, and adds headers.

At level 4 it needs 1 to 4 % fewer bytes than the gzip files have (94 MB of lines: 24.1 MB against 24.5).
"""
LARGEST = 1_000_000_000  # S2


@dataclass(frozen=True)
class Encryption:
    """`key_file` holds the receiver's public key; in `home` gpg keeps its own files, away from anybody's keyring."""

    key_file: Path
    home: Path

    def check(self) -> None:
        """Encrypt a word. Raises ConfigurationError where gpg, or the key, is not there or can't be used."""
        output = io.BytesIO()
        with self._gpg() as (gpg, key):
            self._encrypt(gpg, key, io.BytesIO(b"test"), output)

    def limits(self, limits: SplitLimits) -> SplitLimits:
        """Where to split a gzip file, so that the encrypted file keeps to `limits` (S1, S2)."""
        compressed = limits.compressed - limits.compressed // MARGIN - HEADERS
        return SplitLimits(max(compressed, limits.compressed // 2), limits.uncompressed)

    def encrypt(self, file: StagedFile, advance: Callable[[int], None]) -> StagedFile:
        """Turn a staged gzip file into an encrypted one beside it, and remove the former; `advance` is told line bytes.

        Raises StagingError; then no file has a final name that is not whole.
        """
        name = replace(file.name, extension=EXTENSION)
        final = file.path.with_name(str(name))
        temporary = final.with_name(final.name + TEMPORARY)
        try:
            with (
                self._gpg() as (gpg, key),
                igzip_threaded.open(file.path, "rb") as packed,
                create_private(temporary) as handle,
            ):
                lines, output = _Lines(packed, advance), _Output(handle)
                self._encrypt(gpg, key, lines, output)
                handle.flush()
                os.fsync(handle.fileno())
            content = replace(file.content, size=output.size, sha256=output.sha256.hexdigest())
            self._verify(file, lines, temporary, content)
            temporary.replace(final)
            file.path.unlink()
        except (OSError, EOFError, isal_zlib.error) as error:  # type: ignore[misc]
            raise StagingError(
                f"can't encrypt {file.path}: {getattr(error, 'strerror', None) or error}",
                hint="free space or mend the folder's rights, and run again: nothing has been sent",
            ) from error
        return StagedFile(name, final, content)

    def _verify(self, file: StagedFile, lines: _Lines, written: Path, content: FileContent) -> None:
        if (lines.size, lines.crc32) != (file.content.line_bytes, file.content.crc32):
            raise StagingError(
                f"{file.path} changed before it was encrypted",
                hint="nothing of it was sent; check the disk, and run again",
            )
        digest, size = hashlib.sha256(), 0
        with written.open("rb") as handle:
            while data := handle.read(READ_BYTES):
                digest.update(data)
                size += len(data)
        if (size, digest.hexdigest()) != (content.size, content.sha256):
            raise StagingError(
                f"{written} is not what gpg wrote", hint="nothing of it was sent; check the disk, and run again"
            )
        if size > LARGEST:
            raise StagingError(
                f"{written} has {size:,} bytes, and {LARGEST:,} are allowed",
                hint="nothing of it was sent; report this: files are split so that it can't happen",
                rule="S2",
            )

    @contextlib.contextmanager
    def _gpg(self) -> Iterator[tuple[Any, str]]:
        """gpg in a home of its own, and the fingerprint of the key in it."""
        if shutil.which("gpg") is None:
            raise ConfigurationError(
                "pgp_public_key is set, and there is no program gpg",
                hint="install GnuPG (Debian: apt-get install gnupg)",
                rule="N8",
            )
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            scan = gnupg.GPG(gnupghome=str(self.home), options=SCAN_OPTIONS)
            keys = scan.scan_keys(str(self.key_file)) if self.key_file.is_file() else []
            gpg = gnupg.GPG(gnupghome=str(self.home), options=OPTIONS)
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"gpg can't be used: {error}", hint="reinstall GnuPG") from error
        gpg.buffer_size = READ_BYTES
        if any(key["type"] == "sec" for key in keys):
            raise self._unusable("it holds a private key", "export the public one alone, and keep this one safe")
        if len(keys) != 1:
            raise self._unusable(
                f"it holds {len(keys)} public keys" if self.key_file.is_file() else "there is no such file",
                "name a file with the receiver's public key, and no other (gpg --armor --export …)",
            )
        if why := _why_not(keys[0]):
            raise self._unusable(*why)
        gpg.import_keys_file(str(self.key_file))
        yield gpg, keys[0]["fingerprint"]

    def _encrypt(self, gpg: Any, key: str, lines: BinaryIO | _Lines, output: BinaryIO | _Output) -> None:
        gpg.on_data = lambda data: output.write(data) is None  # False: the library need not keep them
        result = gpg.encrypt_file(lines, [key], armor=False, extra_args=CIPHER)
        failure = getattr(result, "on_data_failure", None)
        if failure:
            raise failure
        if not result.ok or result.returncode:
            said = [line for line in result.stderr.splitlines() if line.startswith("gpg: ")]
            raise self._unusable(
                f"gpg can't encrypt to {key}: {result.status_detail or result.status or 'it failed'}",
                "; ".join(said) or "has the key expired, or can it only sign?",
            )

    def _unusable(self, what: str, hint: str) -> ConfigurationError:
        return ConfigurationError(f"pgp_public_key {self.key_file}: {what}", hint=hint, rule="N8")


def _why_not(key: Any) -> tuple[str, str] | None:
    """Why nothing can be encrypted to a key, and what to do."""
    if key["trust"] == "e":
        day = datetime.fromtimestamp(int(key["expires"]), timezone.utc).date() if key["expires"] else "a day not told"
        return f"the key expired on {day}", "ask the receiver for the present key, or for this one with a later date"
    if key["trust"] == "r":
        return "the key is revoked", "ask the receiver for the present key"
    if "E" not in key["cap"]:  # in capitals: what the whole of it can do now
        return (
            "the key can't encrypt: it is for signing alone, or its part for encryption has expired or is revoked",
            "ask the receiver for the present key, one for encryption",
        )
    return None


class _Lines:
    """The lines of a gzip file on their way into gpg, counted."""

    def __init__(self, packed: Any, advance: Callable[[int], None]) -> None:
        self._packed = packed
        self._advance = advance
        self.size = self.crc32 = 0

    def read(self, size: int) -> bytes:
        data: bytes = self._packed.read(size)
        self.size += len(data)
        self.crc32 = isal_zlib.crc32(data, self.crc32)
        self._advance(len(data))
        return data


class _Output:
    """What comes out of gpg, on its way to the disk, hashed."""

    def __init__(self, handle: BinaryIO) -> None:
        self._handle = handle
        self.sha256 = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        self.sha256.update(data)
        self.size += len(data)
        return self._handle.write(data)
