"""`aam-export doctor`: everything that can be found out about the next run without sending anything."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from aam_export.clock import Clock
from aam_export.delivery.attempt import Attempt
from aam_export.delivery.safeguards import foretell, guard_production, try_drop
from aam_export.drops import Drop, open_drop
from aam_export.drops.base import FAILED, OK, SKIPPED, WARNING, Finding, Probing
from aam_export.errors import AamExportError, ConfigurationError, GateError
from aam_export.feedback.fates import examine as examine_answers
from aam_export.ledger import Batches, LedgerContext, files_of, open_ledger
from aam_export.project import Project, load_project
from aam_export.proof.free_text import keys_of_text
from aam_export.settings import MEGABYTE

SHOWN_KEYS = 5
IN_VARS = "name it in dbt_project.yml, directly under vars or under vars: aam_inbound"
INPUTS = (
    (
        "aam_signal_models",
        "signals",
        WARNING,
        "nothing is wanted of anybody, and what was sent is to be taken away",
        f"write a signals model and {IN_VARS}",
    ),
    ("aam_site_ids_model", "site IDs", SKIPPED, "offline IDs are not compared with the site's (L7)", ""),
)


def examine(where: dict[str, str | None], destination: str | None, clock: Clock) -> Iterator[Finding]:
    """A finding for each check, as it is made; `where` is what `load_project` takes. Sends nothing, leaves nothing."""
    try:
        project = load_project(**where)
    except AamExportError as error:
        yield _failed("gate" if isinstance(error, GateError) else "project", error)
        yield Finding("drop", SKIPPED, "its settings could not be read")
        return
    yield _project(project)
    yield from _inputs(project)
    try:
        drop = open_drop(destination or project.settings.destination, project.settings, project.folder)
    except AamExportError as error:
        yield _failed("destination", error)
        yield Finding("drop", SKIPPED, "nothing would be sent there")
        return
    with contextlib.ExitStack() as stack:
        try:
            ledger = stack.enter_context(open_ledger(project, clock, read_only=True))
        except AamExportError as error:
            yield _failed("ledger", error)
            yield Finding("disk", SKIPPED, "what a run would send is not known")
            yield from _drop_alone(project, drop, clock)
            return
        yield from _examine(project, drop, ledger)


def _project(project: Project) -> Finding:
    target = project.target
    said = f"{project.folder}, profile {target.profile}, target {target.name} ({target.type})"
    path = str(target.settings.get("path", ""))
    if target.type == "duckdb" and ":" not in path and not Path(path).expanduser().is_absolute():
        return Finding(
            "project",
            WARNING,
            f"{said}, whose path {path} is another file, with a ledger of its own, in each folder that dbt is started "
            "from",
            "write an absolute path into profiles.yml",
        )
    return Finding("project", OK, said)


def _inputs(project: Project) -> Iterator[Finding]:
    """What it means that a var which names models is empty: the package's model for it then reads nothing."""
    for var, check, state, said, hint in INPUTS:
        if not project.names_models(var):
            yield Finding(check, state, f"the var {var} is empty: {said}", hint)


def _examine(project: Project, drop: Drop, ledger: LedgerContext) -> Iterator[Finding]:
    """What the safeguards of a run say, and then what only doctor looks at."""
    states = {}
    for name, said in foretell(Attempt(project, drop, ledger), thoroughly=True):
        finding = _failed(name, said) if isinstance(said, AamExportError) else said
        states[name] = finding.state
        yield _open_batch(ledger) or finding if name == "ledger" and finding.state == OK else finding
    yield from _free_text(project, ledger)
    yield from examine_answers(project, ledger)
    yield _disk_of(project, drop, ledger)
    if states["destination"] == OK:
        yield from _probe(project, drop, ledger.clock)


def _free_text(project: Project, ledger: LedgerContext) -> Iterator[Finding]:
    """Keys that accept text of words, where personal data hides, and nobody has written down why (P1)."""
    try:
        unexplained = [key for key in keys_of_text(project, ledger.warehouse) if not key.why]
    except ConfigurationError:
        return  # not built, as the gate says
    if unexplained:
        shown = ", ".join(f"{key.data_source} {key.signal_key}" for key in unexplained[:SHOWN_KEYS])
        more = f" and {len(unexplained) - SHOWN_KEYS:,} more" if len(unexplained) > SHOWN_KEYS else ""
        yield Finding(
            "free text",
            WARNING,
            f"patterns that accept text of words, where names and addresses hide (P1): {shown}{more}",
            "narrow accepts in aam_signal_keys to the codes that are meant, or declare an enum; where text is needed, "
            "say so in the column why",
        )


def _drop_alone(project: Project, drop: Drop, clock: Clock) -> Iterator[Finding]:
    try:
        guard_production(project, drop)
        yield try_drop(drop)
        drop.list_names(project.settings.partner_name)  # as a run does
    except AamExportError as error:
        yield _failed("drop", error)
    else:
        yield from _probe(project, drop, clock)


def _probe(project: Project, drop: Drop, clock: Clock) -> Iterator[Finding]:
    if isinstance(drop, Probing):
        yield from drop.probe(project.settings.partner_name, clock.now())


def _failed(check: str, error: AamExportError) -> Finding:
    return Finding(check, FAILED, str(error), error.hint)


def _open_batch(ledger: LedgerContext) -> Finding | None:
    if unfinished := Batches(ledger).unfinished():
        hint = "the next run finishes it before anything else"
        return Finding("ledger", WARNING, f"batch {unfinished.batch_id} is open", hint)
    return None


def _disk_of(project: Project, drop: Drop, ledger: LedgerContext) -> Finding:
    """The disk that the next run needs."""
    try:
        planned = sum(file.line_bytes for file in files_of(ledger, Batches(ledger).unfinished()))
    except AamExportError:
        return Finding("disk", SKIPPED, "what a run would send is not known")
    return _disk(project.target_path, planned, copies=2 if drop.destination.startswith("file:") else 1)


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
