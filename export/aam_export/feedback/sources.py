"""Where answers come from: folders and files, S3 prefixes, servers, mailboxes. Nothing there is changed (O39-O41)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timezone
from pathlib import Path
from typing import BinaryIO, cast

from aam_export.drops.destinations import refuse_password, shown
from aam_export.errors import ConfigurationError, DropError
from aam_export.feedback.found import Found, is_unfinished
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
    root = project_folder / Path(source.removeprefix("file:")).expanduser()
    if root.is_file():
        yield _file(root, source, source)
        return
    if not root.is_dir():
        raise ConfigurationError(f"source '{source}': there is no {root}", hint=f"write {KINDS}")
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        inside = path.relative_to(root)
        if is_unfinished(path.name) or (path.parent.name == "tmp" and _is_maildir(path.parent.parent)):
            continue
        yield _file(path, source, inside.as_posix())


def _file(path: Path, source: str, inside: str) -> Found:
    known = path.stat()
    is_mail = path.suffix.lower() == ".eml" or (path.parent.name in ("cur", "new") and _is_maildir(path.parent.parent))
    modified = datetime.fromtimestamp(known.st_mtime, timezone.utc)
    return Found(source, inside, known.st_size, modified, lambda: path.open("rb"), is_mail)


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
