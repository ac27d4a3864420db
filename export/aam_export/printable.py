"""Text from outside, as it may be shown to people."""

from __future__ import annotations

import os


def printable(text: str) -> str:
    """A path as it may be shown: what no terminal or encoding takes is written as an escape."""
    text = os.fsencode(text).decode("utf-8", "backslashreplace")
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
