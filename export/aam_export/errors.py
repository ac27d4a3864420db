"""What can go wrong, as one tree; the command line turns each into one message and an exit code.

AamExportError          1  a delivery or a check failed
├── ConfigurationError  2  a setting, a profile, the project or a path is not usable
│   └── FileNameError   2  a setting would make, or a file has, a name that AAM refuses (N1-N11)
├── GateError           3  what dbt did does not prove what would be sent
├── BusyError           4  another run, or another program, holds the drop or the warehouse
├── RefusedError        1  the change is too large to be believed (V9)
├── MemoryBoundError    1  the warehouse can't do it in the memory that it is held to
├── RecordError         1  the view holds a line that AAM would drop (L, S)
├── StagingError        1  a file could not be written, or read back differs from what was written
└── DropError           1  the drop did not take a file
    └── ConflictError   1  another object stands under a name of ours
"""

from __future__ import annotations

from typing import ClassVar

from aam_export.masking import mask


class AamExportError(Exception):
    """A failure that a person can act on. No secret that is known by then is in its words (V12).

    `message` says what is wrong and where, `hint` what to do, `rule` is the number in the rules of AAM, if any.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "", rule: str = "") -> None:
        self.message = mask(message)
        self.hint = mask(hint)
        super().__init__(self.message)
        self.rule = rule

    def __str__(self) -> str:
        return f"{self.message} ({self.rule})" if self.rule else self.message


class ConfigurationError(AamExportError):
    """A setting, a profile, the project or a path is not usable."""

    exit_code = 2


class FileNameError(ConfigurationError):
    """A setting would make, or a file has, a name that AAM refuses (N1-N11)."""


class GateError(AamExportError):
    """What dbt did does not prove what would be sent."""

    exit_code = 3


class BusyError(AamExportError):
    """Another run, or another program, holds the drop or the warehouse."""

    exit_code = 4


class RefusedError(AamExportError):
    """The change is too large to be believed (V9)."""


class MemoryBoundError(AamExportError):
    """The warehouse can't do it in the memory that it is held to."""


class RecordError(AamExportError):
    """The view holds a line that AAM would drop (L, S)."""


class StagingError(AamExportError):
    """A file could not be written, or read back differs from what was written."""


class DropError(AamExportError):
    """The drop did not take a file."""


class ConflictError(DropError):
    """Another object stands under a name of ours."""
