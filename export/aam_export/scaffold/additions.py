"""What is to be added to a project: new files, and lines in files that are there."""

from __future__ import annotations

import difflib
import os
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from aam_export.errors import ConfigurationError


@dataclass(frozen=True)
class Addition:
    """A file as it is to be; `before` is its text now, or None where it is new."""

    path: Path
    before: str | None
    after: str

    def diff(self, folder: Path) -> str:
        """As `git diff` would show it, with paths from the folder on."""
        name = self.path.relative_to(folder).as_posix()
        lines = difflib.unified_diff(
            (self.before or "").splitlines(keepends=True),
            self.after.splitlines(keepends=True),
            "/dev/null" if self.before is None else f"a/{name}",
            f"b/{name}",
        )
        return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def write(additions: Iterable[Addition]) -> None:
    """Write the files, each whole or not at all. Raises ConfigurationError where one can't be, or has changed."""
    for addition in additions:
        path = addition.path.resolve()  # of a link, what it points to
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, addition)
        except OSError as error:
            raise ConfigurationError(
                f"{addition.path} can't be written: {error.strerror}",
                hint="mend that and run `aam-export init` again: it adds what is still missing",
            ) from error


def _write(path: Path, addition: Addition) -> None:
    if addition.before is None:
        with path.open("x", encoding="utf-8", newline="") as new:
            new.write(addition.after)
        return
    if read_text(path) != addition.before:
        raise ConfigurationError(f"{path} has changed meanwhile", hint="run `aam-export init` again")
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as changed:
            changed.write(addition.after)
        shutil.copymode(path, name)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read_text(path: Path) -> str:
    """A file's text with its line ends as they are; raises ConfigurationError where it is not UTF-8."""
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"{path} is not UTF-8: {error}", hint="save it as UTF-8; dbt needs that too"
        ) from error
    except OSError as error:
        raise ConfigurationError(f"{path} can't be read: {error.strerror}") from error


def read_mapping(path: Path) -> dict[str, Any]:
    """A YAML file's content, {} where it holds nothing or no mapping; raises ConfigurationError where it is no YAML."""
    try:
        content = yaml.safe_load(read_text(path))
    except yaml.YAMLError as error:
        raise ConfigurationError(
            f"{path} is not valid YAML: {error}", hint="mend the file; dbt needs it too"
        ) from error
    return content if isinstance(content, dict) else {}
