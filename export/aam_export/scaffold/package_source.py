"""Where dbt is to get the package from: an entry of packages.yml."""

from __future__ import annotations

import json
import os
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import yaml

from aam_export import __version__
from aam_export.errors import ConfigurationError
from aam_export.exposure import PACKAGE

Entry = dict[str, str]


def from_path(path: str, project: Path) -> Entry:
    """The package in a folder of this machine; a relative path stays relative, to the project's folder."""
    folder = Path(path).expanduser()
    if not holds_package(folder):
        raise ConfigurationError(
            f"{folder.absolute()} is not the package {PACKAGE}", hint="name the folder that holds its dbt_project.yml"
        )
    return {"local": path if folder.is_absolute() else Path(os.path.relpath(folder.resolve(), project)).as_posix()}


def from_git(url: str, revision: str | None) -> Entry:
    """The package in a git repository; where no revision is named, that of this program's version."""
    return {"git": url, "revision": revision or f"v{__version__}"}


def from_install() -> Entry:
    """Where this program was installed from, which holds the package too; raises ConfigurationError where unknown."""
    try:
        origin = json.loads(metadata.distribution("aam-export").read_text("direct_url.json") or "{}")
    except (metadata.PackageNotFoundError, ValueError):
        origin = {}
    if "vcs_info" in origin:
        version = origin["vcs_info"]
        return from_git(origin["url"], version.get("requested_revision") or version.get("commit_id"))
    if "dir_info" in origin:
        folder = Path(url2pathname(urlsplit(origin["url"]).path))
        if holds_package(folder):
            return {"local": str(folder)}
    raise ConfigurationError(
        f"nothing says where dbt is to get the package {PACKAGE} from",
        hint="name its git repository with --package-url, or its folder with --package-path",
    )


def holds_package(folder: Path) -> bool:
    """Whether a folder is the package's."""
    try:
        content = yaml.safe_load((folder / "dbt_project.yml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return False
    return isinstance(content, dict) and content.get("name") == PACKAGE
