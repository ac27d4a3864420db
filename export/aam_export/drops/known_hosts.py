"""The keys by which a host is known, from a file as OpenSSH reads it (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT).

Host names may be patterns, negated, with a port, or hashed; a marker makes a key a certificate authority's, or a
revoked one. A line that can't be read is passed over, as OpenSSH does, and its number kept: an error may be about it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import paramiko
from paramiko.pkey import UnknownKeyType

PORT = 22
CERT_AUTHORITY, REVOKED = "@cert-authority", "@revoked"


@dataclass
class KnownKeys:
    """What a file says of one host: `keys` that are its own, `revoked` ones that no host may show.

    `authorities` are the numbers of lines that name a certificate authority for it, `broken` those of lines that can't
    be read.
    """

    keys: list[paramiko.PKey] = field(default_factory=list)
    revoked: list[paramiko.PKey] = field(default_factory=list)
    authorities: list[int] = field(default_factory=list)
    broken: list[int] = field(default_factory=list)


def known_keys(path: Path, host: str, port: int) -> KnownKeys:
    """What the file says of a host; nothing where there is no file. Raises OSError for one that can't be read.

    On another port than SSH's own, a key of the host without a port counts as well, if none with it is there.
    """
    try:
        lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n")
    except FileNotFoundError:
        return KnownKeys()
    if port == PORT:
        return _keys_of(lines, host.lower())
    found = _keys_of(lines, f"[{host.lower()}]:{port}")
    if not found.keys:
        plain = _keys_of(lines, host.lower())
        found.keys, found.revoked = plain.keys, found.revoked + plain.revoked
        found.authorities += plain.authorities
    return found


def _keys_of(lines: list[bytes], name: str) -> KnownKeys:
    found = KnownKeys()
    for number, line in enumerate(lines, 1):
        # Comments may be in any encoding; all that counts is ASCII.
        fields = line.decode("latin-1").strip(" \t\r").split(None, 4)
        if not fields or fields[0].startswith("#"):
            continue
        marker = fields.pop(0) if fields[0].startswith("@") else ""
        if len(fields) < 3 or marker not in ("", CERT_AUTHORITY, REVOKED):
            found.broken.append(number)
            continue
        if not _is_of(fields[0], name):
            continue
        if marker == CERT_AUTHORITY:
            found.authorities.append(number)
            continue
        try:
            key = _key(fields[1], fields[2])
        except UnknownKeyType:
            continue  # of a kind that this program can't use, whatever it is
        except (paramiko.SSHException, ValueError, IndexError):
            found.broken.append(number)
            continue
        (found.revoked if marker else found.keys).append(key)
    return found


def _key(kind: str, text: str) -> paramiko.PKey:
    data = base64.b64decode(text, validate=True)
    length = int.from_bytes(data[:4], "big")
    if data[4 : 4 + length] != kind.encode():
        raise ValueError(f"not a key of type {kind}")
    key: paramiko.PKey = paramiko.PKey.from_type_string(kind, data)
    return key


def _is_of(patterns: str, name: str) -> bool:
    """Whether a line is of a host; a negated pattern that matches decides against it, wherever it stands."""
    if patterns.startswith("|"):
        return _is_hash_of(patterns, name)
    matched = False
    for pattern in patterns.lower().split(","):
        if _matches(pattern.removeprefix("!"), name):
            if pattern.startswith("!"):
                return False
            matched = True
    return matched


def _matches(pattern: str, name: str) -> bool:
    """`*` and `?` as OpenSSH has them, which knows no classes in brackets."""
    return bool(re.fullmatch("".join(_translated(pattern)), name))


def _translated(pattern: str) -> Iterator[str]:
    for character in pattern:
        yield {"*": ".*", "?": "."}.get(character) or re.escape(character)


def _is_hash_of(hashed: str, name: str) -> bool:
    _, _, rest = hashed.partition("|1|")
    salt, _, digest = rest.partition("|")
    try:
        made = hmac.new(base64.b64decode(salt), name.encode("utf-8", "surrogateescape"), hashlib.sha1).digest()
        return hmac.compare_digest(made, base64.b64decode(digest))
    except (binascii.Error, ValueError):
        return False
