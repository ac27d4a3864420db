"""Drops by destination: a name of Audience Manager's own, `file:<folder>`, `s3://`, `sftp://`, `ftps://`, `ftp://`."""

from __future__ import annotations

import os
import re
from pathlib import Path

from aam_export.drops.base import Arrival, Drop
from aam_export.drops.destinations import NAMED, check_production, resolve, shown
from aam_export.drops.patience import USUAL, Patience
from aam_export.errors import ConfigurationError
from aam_export.masking import allow, is_secret_name
from aam_export.profile import refuse_unusable
from aam_export.settings import DropSettings

__all__ = ["USUAL", "Arrival", "Drop", "Patience", "check_production", "open_drop"]


def open_drop(destination: str, settings: DropSettings, project_folder: Path, patience: Patience | None = None) -> Drop:
    """The drop that a destination names; raises ConfigurationError for one that can't be.

    Where no `patience` is given it is USUAL of this module, which a test of a whole run may replace.
    """
    patience = patience or USUAL
    destination = resolve(destination)
    scheme, _, rest = destination.partition(":")
    allow(destination)
    _refuse_variables(scheme)
    if scheme == "file" and rest:
        from aam_export.drops.file import FileDrop

        if rest.startswith("//") and not rest.startswith("///"):
            raise ConfigurationError(
                f"destination '{destination}' names a host",
                hint="write file:<folder>, such as file:target/aam_drop",
            )
        given = Path(rest[2:] if rest.startswith("///") else rest).expanduser()
        folder = Path(os.path.normpath(project_folder / given))
        # One spelling, which survives a move of the project where the folder lies inside.
        inside = folder.relative_to(project_folder) if folder.is_relative_to(project_folder) else folder
        return FileDrop(folder, f"file:{inside.as_posix()}")
    if scheme == "s3" and rest.startswith("//"):
        from aam_export.drops.s3.put import open_s3

        bucket, path = _bucket_and_path(rest[2:])
        if not bucket:
            raise ConfigurationError(
                f"destination '{destination}' names no bucket", hint="write s3://<bucket>/<path>", rule="N1"
            )
        prefix = f"{path.strip('/')}/" if path.strip("/") else ""
        return open_s3(bucket, prefix, f"s3://{bucket}/{prefix}", settings, patience)
    if scheme in ("sftp", "ftps", "ftp") and rest.startswith("//"):
        return _open_server(destination, settings, project_folder, patience)
    raise ConfigurationError(
        f"destination '{shown(destination)}' is of no kind that aam-export knows",
        hint="write file:<folder>, s3://<bucket>/<path>, sftp:// or ftps:// with <user>@<host>/<path>, or one of "
        f"{', '.join(NAMED)}",
    )


# The ARN of an access point has a slash, or a colon, before its name; that of a bucket ends with the bucket's name.
_ACCESS_POINT = re.compile(
    r"(arn:[a-z0-9-]+:s3[a-z0-9-]*:[a-z0-9-]*:[0-9]*:(?:outpost[/:][^/:]+[/:])?accesspoint[/:][^/:]+)(?:/(.*))?"
)
_BUCKET_ARN = re.compile(r"arn:[a-z0-9-]+:s3:::([^/]+)(?:/(.*))?")


def _bucket_and_path(place: str) -> tuple[str, str]:
    """What stands behind s3://, taken apart: a bucket's name or an access point's ARN, and the path in it."""
    for pattern in (_ACCESS_POINT, _BUCKET_ARN):
        if found := pattern.fullmatch(place):
            return found[1], found[2] or ""
    if place.startswith("arn:"):
        raise ConfigurationError(
            f"destination 's3://{place}' names neither a bucket nor an access point",
            hint="write s3://<bucket>/<path>, or the ARN of an access point and the path: "
            "s3://arn:aws:s3:<region>:<account>:accesspoint/<name>/<path>",
            rule="N1",
        )
    bucket, _, path = place.partition("/")
    return bucket, path


def _refuse_variables(scheme: str) -> None:
    """Before anything is connected: what the way to a drop takes from the environment must be usable (V12)."""
    for name, value in os.environ.items():
        for_s3 = name.startswith("AWS_") or name.lower() in ("http_proxy", "https_proxy", "all_proxy")
        for_server = name.startswith("AAM_DROP_")
        if (scheme == "s3" and for_s3) or (scheme in ("sftp", "ftps", "ftp") and for_server):
            refuse_unusable(name, value, in_ascii=name.startswith("AWS_") and is_secret_name(name))


def _open_server(destination: str, settings: DropSettings, project_folder: Path, patience: Patience) -> Drop:
    from aam_export.drops.address import parse_address
    from aam_export.drops.renaming import RenamingDrop

    address = parse_address(destination)
    if address.scheme == "sftp":
        from aam_export.drops.sftp import SftpServer

        known_hosts = project_folder / Path(settings.known_hosts).expanduser()
        sftp = SftpServer(address, patience, host_key=settings.host_key, known_hosts=known_hosts)
        return RenamingDrop(sftp, address.destination, patience)
    if address.scheme == "ftp" and not settings.allow_plain_ftp:
        raise ConfigurationError(
            f"destination '{address.destination}' sends password and data unencrypted",
            hint="write ftps://; if the server has no TLS, set allow_plain_ftp: true in the exposure",
            rule="D1",
        )
    from aam_export.drops.ftp import FtpServer

    return RenamingDrop(FtpServer(address, patience), address.destination, patience)
