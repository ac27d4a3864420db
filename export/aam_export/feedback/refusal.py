"""A file that is not received, and why."""

from __future__ import annotations


class RefusedFile(Exception):  # noqa: N818  (what it says is of the file, not of the program)
    """Why a file is not received: nothing of it is kept. `hint` says what to do, `rule` which rule it breaks."""

    def __init__(self, reason: str, hint: str = "", rule: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint
        self.rule = rule

    def __str__(self) -> str:
        return f"{self.reason} ({self.rule})" if self.rule else self.reason
