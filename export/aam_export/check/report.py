"""What a check found: violations by file and rule, and counts in the words of AAM's receipts (R3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from aam_export.rules import rules

VIOLATION, WARNING = "violation", "warning"
UNCOUNTED, FORMAT_ERROR, INVALID_AAM_ID, INVALID_DEVICE_ID, FAILED_TRAIT = range(5)

# Trait IDs and keys make messages differ; beyond this many a rule and file, they are counted together.
MAX_MESSAGES = 50


class Problem(NamedTuple):
    """What is wrong with a line. `word` says under which word of a receipt AAM would count it."""

    rule: str
    message: str
    word: int = FORMAT_ERROR
    severity: str = VIOLATION


@dataclass(frozen=True)
class Violation:
    """A way in which a file breaks a rule.

    `count` is how often (lines, or users), `line` the first line (from 1; None for the file as a whole), `lines` the
    first few. Severity `violation` fails the check, `warning` does not. Messages hold no IDs and no values.
    """

    rule: str
    severity: str
    path: str
    line: int | None
    message: str
    count: int
    lines: tuple[int, ...] = ()


@dataclass
class FileSummary:
    """Counts of one file: lines as AAM would count them, as far as a file alone can tell.

    `processed` says that the receiver has marked it as read (R9), by `.processed` behind its name.
    """

    path: str
    compressed_bytes: int
    readable: bool = True
    processed: bool = False
    uncompressed_bytes: int = 0
    records_received: int = 0
    format_errors: int = 0
    invalid_aam_id: int = 0
    invalid_device_id: int = 0
    traits_failed_validation: int = 0
    traits_checked: bool = False


@dataclass
class _Found:
    severity: str
    count: int = 0
    lines: list[int] = field(default_factory=list)


class Tally:
    """Gathers what is wrong with one file: everything is counted, the first `max_examples` lines are kept."""

    def __init__(self, path: str, size: int, max_examples: int) -> None:
        self.summary = FileSummary(path, size)
        self.max_examples = max_examples
        self._found: dict[tuple[str, str], _Found] = {}
        self._messages: dict[str, int] = {}

    def add(
        self,
        rule: str,
        message: str,
        line: int | None = None,
        *,
        severity: str = VIOLATION,
        count: int = 1,
        lines: list[int] | None = None,
    ) -> None:
        """Count a problem; `lines` gives the first lines where one call stands for many."""
        if rule not in rules():
            raise KeyError(rule)
        found = self._found.get((rule, message))
        if found is None:
            self._messages[rule] = self._messages.get(rule, 0) + 1
            if self._messages[rule] > MAX_MESSAGES:
                message = "more of the same kind"
            found = self._found.setdefault((rule, message), _Found(severity))
        found.count += count
        room = self.max_examples - len(found.lines)
        if room > 0:
            found.lines += (lines if lines is not None else [line] if line is not None else [])[:room]

    def add_line(self, problems: list[Problem], line: int) -> None:
        """Count the problems of one line, and the line once under the first word that AAM would count it under."""
        for problem in dict.fromkeys(problems):
            self.add(problem.rule, problem.message, line, severity=problem.severity)
        words = {problem.word for problem in problems if problem.severity == VIOLATION}
        self.summary.traits_failed_validation += sum(p.word == FAILED_TRAIT for p in problems)
        if FORMAT_ERROR in words:
            self.summary.format_errors += 1
        elif INVALID_AAM_ID in words:
            self.summary.invalid_aam_id += 1
        elif INVALID_DEVICE_ID in words:
            self.summary.invalid_device_id += 1

    def violations(self) -> list[Violation]:
        return [
            Violation(
                rule,
                found.severity,
                self.summary.path,
                min(found.lines, default=None),
                message,
                found.count,
                tuple(sorted(found.lines)),
            )
            for (rule, message), found in self._found.items()
        ]


@dataclass(frozen=True)
class TreeSummary:
    """What was named, and what it was taken for: a `drop`, whose folders are checked as well (N1), or loose `files`.

    `why` says what decided that, `files` how many files with the name of an inbound file were found there.
    """

    path: str
    kind: str
    why: str
    files: int


@dataclass(frozen=True)
class CheckReport:
    """All files that were checked, in the order of their paths, and all that is wrong with them.

    `trees` are the paths that were named. Where one has no files, nothing vouches for it.
    """

    files: tuple[FileSummary, ...]
    violations: tuple[Violation, ...]
    trees: tuple[TreeSummary, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether a rule is broken; warnings alone do not fail a check."""
        return any(violation.severity == VIOLATION for violation in self.violations)

    @property
    def empty(self) -> tuple[str, ...]:
        """The paths at which nothing was found that could be checked."""
        return tuple(tree.path for tree in self.trees if not tree.files)

    def count(self, severity: str) -> int:
        return sum(violation.count for violation in self.violations if violation.severity == severity)

    def received(self) -> dict[str, int]:
        """The counts of all files under the words of a receipt; traits only where the seeds could tell."""
        counts = {
            "Records received": sum(f.records_received for f in self.files),
            "Format Errors": sum(f.format_errors for f in self.files),
            "Invalid AAM ID": sum(f.invalid_aam_id for f in self.files),
            "Invalid Device ID": sum(f.invalid_device_id for f in self.files),
        }
        if any(f.traits_checked for f in self.files):
            counts["Total traits failed validation"] = sum(f.traits_failed_validation for f in self.files)
        return counts
