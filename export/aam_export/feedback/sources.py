"""Where answers come from: folders and files, S3 prefixes, servers, mailboxes. Nothing there is changed (O39-O41)."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timezone
from pathlib import Path
from typing import BinaryIO, cast

from aam_export.drops.destinations import refuse_password, shown
from aam_export.errors import ConfigurationError, DropError
from aam_export.feedback.found import Found, is_unfinished, moment, unreadable
from aam_export.settings import DropSettings

KINDS = "a folder, a file, s3://<bucket>/<prefix>, sftp:// or ftps:// with <user>@<host>/<path>, imaps://<user>@<host>/<folder>"


def look_into(source: str, settings: DropSettings, project_folder: Path) -> Iterator[Found]:
    """What stands in a source, sorted by its place; raises ConfigurationError where there is no such source."""
    scheme, separator, _ = source.partition("://")
    refuse_password(source, "source")
    if not separator or scheme == "file":
        return _in_folder(source, project_folder)
    if scheme == "s3":
        return _in_bucket(source, settings)
    if scheme in ("sftp", "ftps", "ftp"):
        from aam_export.feedback.servers import on_server

        return on_server(source, settings, project_folder)
    if scheme == "imaps":
        from aam_export.feedback.mailbox import in_mailbox

        return in_mailbox(source)
    raise ConfigurationError(f"source '{shown(source)}' is of no kind that aam-export knows", hint=f"write {KINDS}")


def _in_folder(source: str, project_folder: Path) -> Iterator[Found]:
    """The files below a folder. What can't be looked at is refused by its name, and costs no other file (O36)."""
    try:
        root = project_folder / Path(source.removeprefix("file:")).expanduser()
        is_file, is_folder = root.is_file(), root.is_dir()
    except (OSError, RuntimeError) as error:  # the latter where nobody has the name behind a ~
        raise ConfigurationError(f"source '{source}' can't be looked at: {error}", hint=f"write {KINDS}") from None
    if is_file:
        is_mail = root.parent.name in ("cur", "new") and _is_maildir(root.parent.parent)
        yield from _file(root, source, source, is_mail)
        return
    if not is_folder:
        raise ConfigurationError(f"source '{source}': there is no {root}", hint=f"write {KINDS}")
    files: list[tuple[Path, bool]] = []
    failed: list[OSError] = []
    for folder, _, names in os.walk(root, onerror=failed.append):
        maildir = _maildir(Path(folder), root)
        for path in (Path(folder, name) for name in names):
            is_mail = maildir is not None and path.parent in (maildir / "cur", maildir / "new")
            if not is_unfinished(path.name) and (is_mail or maildir is None):
                files.append((path, is_mail))
    for failure in failed:
        place = Path(failure.filename).relative_to(root).as_posix()
        yield unreadable(source, place, f"it can't be looked into: {failure.strerror}", "let the user read that folder")
    for path, is_mail in sorted(files):
        yield from _file(path, source, path.relative_to(root).as_posix(), is_mail)


def _file(path: Path, source: str, inside: str, is_mail: bool) -> Iterator[Found]:
    try:
        known = path.stat()
    except FileNotFoundError:  # taken away meanwhile, or a link to what isn't there
        return
    except OSError as error:
        yield unreadable(source, inside, f"it can't be looked at: {error.strerror}", "see to its rights")
        return
    if stat.S_ISREG(known.st_mode):
        is_mail = is_mail or path.suffix.lower() == ".eml"
        yield Found(source, inside, known.st_size, moment(known.st_mtime), lambda: path.open("rb"), is_mail)


def _maildir(folder: Path, root: Path) -> Path | None:
    """The maildir that a folder is or lies in: of it, `cur` and `new` hold mails, and all else is its server's."""
    depth = len(folder.relative_to(root.parent).parts)
    return next((path for path in (folder, *list(folder.parents)[:depth]) if _is_maildir(path)), None)


def _is_maildir(folder: Path) -> bool:
    return all((folder / name).is_dir() for name in ("cur", "new", "tmp"))


def _in_bucket(source: str, settings: DropSettings) -> Iterator[Found]:
    from botocore.exceptions import ClientError

    from aam_export.drops import USUAL
    from aam_export.drops.s3.bucket import Bucket
    from aam_export.drops.s3.credentials import NO_ANSWER

    name, _, prefix = source.removeprefix("s3://").partition("/")
    if not name:
        raise ConfigurationError(f"source '{source}' names no bucket", hint="write s3://<bucket>/<prefix>")
    bucket = Bucket(name, "", settings, USUAL)

    @contextlib.contextmanager
    def open_object(key: str) -> Iterator[BinaryIO]:
        try:
            with contextlib.closing(bucket.client.get_object(Bucket=name, Key=key)["Body"]) as body:
                yield cast(BinaryIO, body)
        except (ClientError, *NO_ANSWER) as error:
            raise OSError(str(bucket.failed("read", key, error))) from error

    found = []
    try:
        for page in bucket.client.get_paginator("list_objects_v2").paginate(Bucket=name, Prefix=prefix):
            for item in page.get("Contents", []):
                key = item["Key"]
                if not key.endswith("/") and not is_unfinished(key.rpartition("/")[2]):
                    at = item["LastModified"].astimezone(timezone.utc).replace(microsecond=0)
                    is_mail = key.lower().endswith(".eml")
                    found.append(Found(f"s3://{name}", key, item["Size"], at, _opener(open_object, key), is_mail))
    except (ClientError, *NO_ANSWER) as error:
        failure = bucket.failed("list", prefix, error)
        hint = "let the reader list the prefix and get its objects: s3:ListBucket, s3:GetObject (O40)"
        raise DropError(failure.message, hint=hint if "Denied" in failure.message else failure.hint) from error
    yield from found


def _opener(
    open_: Callable[[str], AbstractContextManager[BinaryIO]], key: str
) -> Callable[[], AbstractContextManager[BinaryIO]]:
    return lambda: open_(key)
