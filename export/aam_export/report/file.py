"""The page as a file: where it may stand, and written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from aam_export.clock import Clock
from aam_export.drops import open_drop
from aam_export.drops.file import FileDrop
from aam_export.errors import AamExportError, ConfigurationError
from aam_export.project import Project
from aam_export.report.charts import require
from aam_export.report.content import gather
from aam_export.report.page import render

NAME = "aam_report.html"


@dataclass(frozen=True)
class ReportFile:
    """A page that was written: its `file`, the `url` that opens it, at a part if one was asked for; `size` in bytes."""

    file: str
    url: str
    size: int


def place_for(project: Project, destination: str | None, named: str | None) -> Path:
    """The file that a report goes to: what is named, or the one in a folder that is, or else beside dbt's artifacts.

    Raises ConfigurationError for a place in Audience Manager's drop, which takes every file for one of ours, for a URL,
    and where the library that draws is not installed: whoever delivers before writes nothing in vain.
    """
    require()
    if named and "://" in named:
        raise ConfigurationError(
            f"a report is written to a file, and {named.partition('://')[0]}:// is none",
            hint="name a file here, and copy it to where it is wanted",
        )
    file = Path(named).expanduser().absolute() if named else project.target_path / NAME
    if file.is_dir():
        file /= NAME
    drop = open_drop(destination or project.settings.destination, project.settings, project.folder)
    folder = Path(drop.url("").removeprefix("file:"))
    if isinstance(drop, FileDrop) and file.resolve().is_relative_to(folder.resolve()):
        raise ConfigurationError(
            f"{file} lies in the drop {drop.destination}, and Audience Manager would take it for data",
            hint="name a file outside of it",
            rule="N1",
        )
    return file


def write_report(
    project: Project, destination: str | None, clock: Clock, file: Path, *, before: bool = False, part: str = ""
) -> ReportFile:
    """Gather, draw and write the page; `part` is the section at which the URL opens it. Raises an AamExportError."""
    page = render(gather(project, destination, clock, before=before)).encode()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(page)
            Path(temporary).chmod(0o644)
            Path(temporary).replace(file)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise AamExportError(
            f"the report {file} can't be written: {error.strerror or error}",
            hint="check the folder's rights and the disk's free space",
        ) from error
    return ReportFile(str(file), file.absolute().as_uri() + (f"#{part}" if part else ""), len(page))
