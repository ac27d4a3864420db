"""A file that is not received, and why."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from aam_export.errors import AamExportError


class RefusedFile(Exception):  # noqa: N818  (what it says is of the file, not of the program)
    """Why a file is not received: nothing of it is kept. `hint` says what to do, `rule` which rule it breaks."""

    def __init__(self, reason: str, hint: str = "", rule: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint
        self.rule = rule

    def __str__(self) -> str:
        return f"{self.reason} ({self.rule})" if self.rule else self.reason


@contextlib.contextmanager
def refusing() -> Iterator[None]:
    """Around whatever reads what others wrote: in whichever way that fails, it costs this file alone.

    Anybody can write a mail, and parsers, the standard library's among them, fail at some in ways that they don't
    document: one such file must not keep those after it from being received.
    """
    try:
        yield
    except (RefusedFile, AamExportError, OSError):
        raise
    except Exception as error:
        said = " ".join(str(error).split())[:100]
        raise RefusedFile(
            f"it can't be read: {type(error).__name__}" + (f", {said}" if said else ""),
            "move it out of the source, or have it sent or saved anew; if it came from Adobe as it is, report it: it "
            "should be read",
        ) from error
