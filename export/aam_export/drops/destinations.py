"""The drops that Audience Manager has, by name (D1), and who may send to production."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from aam_export.errors import ConfigurationError, GateError

# D: name → URL. A path behind the name, such as production/<path>, goes behind the URL.
NAMED = {
    "production": "s3://demdex-s2s-clients",
    "beta": "s3://demdex-s2s-clients-sandbox-us-east-1",
    "production-ftp": "ftps://ftp-in.demdex.com",
    "beta-ftp": "ftps://sandbox-ftp-in.demdex.com",
}
PRODUCTION_HOSTS = {urlsplit(NAMED[name]).hostname for name in ("production", "production-ftp")}


def resolve(destination: str) -> str:
    """A destination with its name, if it has one, replaced by the URL that the name stands for.

    Raises ConfigurationError where it holds a password: a destination is written down in many places.
    """
    name, slash, path = destination.partition("/")
    if name in NAMED:
        return f"{NAMED[name]}{slash}{path}"
    refuse_password(destination, "destination")
    return destination


def refuse_password(url: str, what: str) -> None:
    """Raise ConfigurationError where `url` has something between a user's name and the host; never shows it."""
    scheme, colon, rest = url.partition(":")
    before, at, host = rest.removeprefix("//").rpartition("@")
    if scheme != "file" and colon and at and ":" in before:
        raise ConfigurationError(
            f"the {what} {scheme}://…@{host} holds a password",
            hint="take it out: secrets come from the environment only (docs/drops.md)",
        )


def shown(text: str) -> str:
    """A URL, or a message with one, without the user and whatever else stands before its host."""
    return re.sub(r"\S*@", "…@", text)


def check_production(destination: str, target: str, production_targets: Collection[str]) -> None:
    """Raise GateError where the drop is Audience Manager's production one and the target is not marked for it.

    What counts is where the destination (a URL, resolved) lies, whichever way it was written.
    """
    host = (urlsplit(destination).hostname or "").rstrip(".")
    if host in PRODUCTION_HOSTS and target not in production_targets:
        marked = f"production_targets are {', '.join(production_targets)}" if production_targets else "none is marked"
        raise GateError(
            f"{destination} is Audience Manager's production, and the build is on target '{target}', "
            f"which is not marked for it ({marked})",
            hint="deliver to beta, or build and run with --target on a target that the exposure's production_targets "
            "lists",
            rule="D",
        )
