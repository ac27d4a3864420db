"""`aam-export doctor`: everything that can be found out about the next run without sending anything."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from aam_export.clock import Clock
from aam_export.drops import Drop, check_production, open_drop
from aam_export.drops.base import FAILED, OK, SKIPPED, WARNING, Finding, Probing
from aam_export.errors import AamExportError, GateError
from aam_export.files.encryption import Encryption
from aam_export.ledger import Batches, Tables
from aam_export.project import Project, load_project
from aam_export.proof.gate import check_gate
from aam_export.settings import MEGABYTE
from aam_export.warehouses import connect


def examine(where: dict[str, str | None], destination: str | None, clock: Clock) -> Iterator[Finding]:
    """A finding for each check, as it is made; `where` is what `load_project` takes. Changes and sends nothing."""
    try:
        project = load_project(**where)
    except AamExportError as error:
        yield _failed("gate" if isinstance(error, GateError) else "project", error)
        yield Finding("drop", SKIPPED, "its settings could not be read")
        return
    target = project.target
    yield Finding("project", OK, f"{project.folder}, profile {target.profile}, target {target.name} ({target.type})")
    yield from _gate(project)
    try:
        drop = open_drop(destination or project.settings.destination, project.settings, project.folder)
        check_production(drop.destination, target.name, project.settings.production_targets)
    except AamExportError as error:
        yield _failed("destination", error)
        yield Finding("drop", SKIPPED, "nothing would be sent there")
        return
    yield Finding("destination", OK, drop.destination)
    yield from _warehouse(project, drop, clock)
    yield _encryption(project)
    if isinstance(drop, Probing):
        yield from drop.probe(project.settings.partner_name, clock.now())
    else:
        yield _drop(drop)


def _failed(check: str, error: AamExportError) -> Finding:
    return Finding(check, FAILED, str(error), error.hint)


def _gate(project: Project) -> Iterator[Finding]:
    try:
        with contextlib.closing(connect(project, read_only=True)) as warehouse:
            proof = check_gate(project, warehouse)
    except AamExportError as error:
        yield _failed("gate", error)
        return
    warned = f", {proof.warnings} of them warned" if proof.warnings else ""
    yield Finding("gate", OK, f"{proof.models} models, {proof.tests} tests{warned}, the last at {proof.generated_at}")


def _warehouse(project: Project, drop: Drop, clock: Clock) -> Iterator[Finding]:
    """The ledger, whether it is this drop's, and the disk that the next run needs."""
    try:
        with contextlib.closing(connect(project, read_only=True)) as warehouse:
            batches = Batches(Tables(warehouse, project, clock))
            batches.check_destination(drop.destination)
            unfinished = batches.unfinished()
            planned = sum(stream.line_bytes for stream in batches.streams(unfinished))
    except AamExportError as error:
        yield _failed("ledger", error)
        yield Finding("disk", SKIPPED, "what a run would send is not known")
        return
    if unfinished:
        hint = "the next run finishes it before anything else"
        yield Finding("ledger", WARNING, f"batch {unfinished.batch_id} is open", hint)
    else:
        yield Finding("ledger", OK, "belongs to this drop, no batch is open")
    yield _disk(project.target_path, planned, copies=2 if drop.destination.startswith("file:") else 1)


def _encryption(project: Project) -> Finding:
    key = project.settings.pgp_public_key
    if not key:
        return Finding("PGP", SKIPPED, "no pgp_public_key is set")
    with tempfile.TemporaryDirectory(prefix="aam-export-doctor-") as folder:
        try:
            Encryption(project.folder / Path(key).expanduser(), Path(folder) / "gnupg").check()
        except AamExportError as error:
            return _failed("PGP", error)
    return Finding("PGP", OK, f"gpg encrypts for {key}")


def _drop(drop: Drop) -> Finding:
    """As a run does before it freezes: a server's host key or TLS, the login, an empty file that goes again."""
    try:
        drop.check()
    except AamExportError as error:
        return _failed("drop", error)
    return Finding("drop", OK, "can be reached, and files can be made and named there")


def _disk(folder: Path, planned: int, copies: int) -> Finding:
    """Room for the files that will be staged, as large as they are before compression: it is often a third of that."""
    while not folder.is_dir():
        folder = folder.parent
    free, needed = shutil.disk_usage(folder).free, planned * copies
    also = ", staged and delivered" if copies > 1 else ""
    said = f"{free / MEGABYTE:,.0f} MB free, {needed / MEGABYTE:,.1f} MB to be written before compression{also}"
    if free >= needed:
        return Finding("disk", OK, said)
    return Finding(
        "disk", WARNING if free >= needed / 2 else FAILED, f"{folder}: {said}", "free space, or move target-path"
    )
