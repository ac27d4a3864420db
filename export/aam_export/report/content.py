"""All that a report says, gathered from the warehouse, the manifest and the settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from aam_export.clock import Clock
from aam_export.delivery.plan import plan as make_plan
from aam_export.delivery.results import Plan
from aam_export.drops.destinations import shown
from aam_export.errors import AamExportError
from aam_export.exposure import PACKAGE
from aam_export.ledger import (
    Batches,
    BatchRow,
    Coverage,
    FileRow,
    History,
    IdSyncTotals,
    LedgerContext,
    SourceTotals,
    coverage,
    id_sync_totals,
    open_ledger,
    source_totals,
)
from aam_export.profile import read_yaml
from aam_export.project import Project
from aam_export.proof.free_text import KeyOfText, keys_of_text
from aam_export.proof.reach import Reach, find_reach
from aam_export.proof.records import ProofTable
from aam_export.report.counts import CountedBatch, Counts, KeptOut, Match, TraitMoves
from aam_export.report.way_back import WayBack, way_back

SHOWN_BATCHES = 14
DRAWN_TRAITS = 9
DRAWN_SOURCES = 6
UNTOLD = ("role_arn", "external_id", "expected_bucket_owner", "aws_profile")
# Vars of the package that decide what is sent: what each is where nobody sets it, and in words.
VARS: dict[str, tuple[Any, str]] = {
    "aam_signal_models": ([], "models whose rows are sent"),
    "aam_id_sync_models": ([], "models whose pairs of IDs are sent"),
    "aam_suppressions_model": ("", "where opted-out people are listed"),
    "aam_site_ids_model": ("", "where IDs captured on the site are listed"),
    "aam_cross_device_data_sources": ([], "data sources that Audience Manager keeps for a later ID synchronisation"),
    "aam_hold_unsynced": (False, "users wait until Audience Manager knows their ID"),
    "aam_refresh_days": (30, "every user is sent again after so many days, so that nothing expires"),
    "aam_settle_hours": (48, "hours after which a delivery counts as processed"),
    "aam_max_reject_pct": (
        1,
        "percent of a data source's rows that may be kept out before a build fails, opted-out people left out",
    ),
    "aam_max_pii_rejects": (0, "rows with a name, an address or the like that may be kept out before a build fails"),
}


@dataclass(frozen=True)
class Content:
    """What the page shows; counts are as of the newest batch in `counted`.

    `plan` is what a run would send now, where that is asked for. `reach` is None where the compiled SQL could not be
    read, of which `reach_error` says why. `way_back` is None where the project does not read answers.
    """

    project: str
    partner: str
    destination: str
    target: str
    now: datetime
    batches: list[BatchRow]
    files: list[FileRow]
    delivered_build: str | None
    unfinished: str | None
    deliveries: int
    counted: list[CountedBatch]
    users_sent: dict[str, dict[str, int]]
    totals: list[SourceTotals]
    traits: list[TraitMoves]
    populations: dict[tuple[str, str], list[tuple[date, int]]]
    nobody_has: list[str]
    kept_out: list[KeptOut]
    kept_out_before: dict[str, list[tuple[date, str, int]]]
    coverage: list[Coverage]
    ids_are_told: bool
    id_syncs: list[IdSyncTotals]
    match: list[Match]
    known_personal_values: int
    keys_of_text: list[KeyOfText]
    reach: Reach | None
    reach_error: str
    settings: list[tuple[str, str, str]]
    plan: Plan | None
    way_back: WayBack | None

    @property
    def last(self) -> BatchRow | None:
        """The newest batch that was delivered."""
        return next((batch for batch in self.batches if batch.state in ("committed", "settled")), None)

    @property
    def age(self) -> timedelta | None:
        """Since the last delivery."""
        return self.now - self.last.at if self.last else None

    @property
    def usual_pause(self) -> timedelta | None:
        """The median of the time between deliveries that are shown; None of fewer than three."""
        times = [batch.at for batch in self.batches if batch.state in ("committed", "settled")]
        pauses = [later - earlier for later, earlier in pairwise(times)]
        return sorted(pauses)[len(pauses) // 2] if len(pauses) > 1 else None

    @property
    def is_quiet(self) -> bool:
        """Nothing for twice the usual pause, which counts for a day at least, or for three days where there is none."""
        allowed = 2 * max(self.usual_pause, timedelta(days=1)) if self.usual_pause else timedelta(days=3)
        return self.age is not None and self.age > allowed


def gather(project: Project, destination: str | None, clock: Clock, *, before: bool = False) -> Content:
    """Ask for everything; with `before`, also for what a run would send now.

    Raises an AamExportError where the warehouse can't be read.
    """
    plan = make_plan(project, destination, clock) if before else None
    settings = _settings(project)
    with open_ledger(project, clock, read_only=True) as ledger:
        reach, reach_error = _reach(project, ledger)
        counts, history, batches = Counts(project, ledger), History(ledger), Batches(ledger)
        newest = history.batches(SHOWN_BATCHES)
        unfinished = batches.unfinished()
        counted = counts.batches(before=before)
        traits = counts.traits(counted, _refresh_days(settings))
        moving = [trait for trait in traits if trait.moved] or traits
        return Content(
            project=str(project.manifest["metadata"].get("project_name") or project.folder.name),
            partner=project.settings.partner_name,
            destination=shown(destination or project.settings.destination),
            target=project.target.name,
            now=clock.now(),
            batches=newest,
            files=history.files([batch.batch_id for batch in newest]),
            delivered_build=plan.delivered_as if plan else _delivered(batches),
            unfinished=unfinished.batch_id if unfinished else None,
            deliveries=batches.committed(),
            counted=counted,
            users_sent=counts.users_sent(),
            totals=source_totals(ledger),
            traits=traits,
            populations=counts.populations(counted, moving[:DRAWN_TRAITS]),
            nobody_has=counts.nobody_has(),
            kept_out=counts.kept_out(),
            kept_out_before=counts.kept_out_before(counted),
            coverage=coverage(ledger),
            ids_are_told=project.ids_are_told,
            id_syncs=id_sync_totals(ledger),
            match=counts.match(),
            known_personal_values=counts.known_personal_values(),
            keys_of_text=keys_of_text(project, ledger.warehouse),
            reach=reach,
            reach_error=reach_error,
            settings=settings,
            plan=plan,
            way_back=way_back(project, ledger, [batch.batch_id for batch in newest]),
        )


def _delivered(batches: Batches) -> str | None:
    try:
        return batches.delivered_build()
    except AamExportError:  # the ledger is another than the build saw, of which plan and doctor tell
        return None


def _reach(project: Project, ledger: LedgerContext) -> tuple[Reach | None, str]:
    """Of the SQL that ran: the manifest has none after `dbt test` or `dbt parse`."""
    table = ProofTable(project, ledger.warehouse)
    ended = table.read().ended
    code = table.compiled_code(record.compiled_hash for record in ended.values() if record.compiled_hash)
    nodes = {
        name: {**node, "compiled_code": code.get(ended[name].compiled_hash, node.get("compiled_code"))}
        if name in ended
        else node
        for name, node in project.manifest["nodes"].items()
    }
    try:
        return find_reach({**project.manifest, "nodes": nodes}), ""
    except AamExportError as error:
        return None, error.message


def _settings(project: Project) -> list[tuple[str, str, str]]:
    """Name, value and meaning: of the drop all that tells of no account and no key, and the vars of dbt_project.yml."""
    told = []
    for name, field in type(project.settings).model_fields.items():
        value = getattr(project.settings, name)
        if value not in (None, "", ()) and name not in UNTOLD:
            said = shown(_said(value)) if name in ("destination", "endpoint_url") else _said(value)
            told.append((name, said, (field.description or "").replace("`", "")))
    given = read_yaml(project.folder / "dbt_project.yml").get("vars") or {}
    given = {**given, **(given.get(PACKAGE) or {})}
    return told + [(name, _said(given.get(name, usual)), meaning) for name, (usual, meaning) in VARS.items()]


def _refresh_days(settings: list[tuple[str, str, str]]) -> int:
    [said] = [value for name, value, _ in settings if name == "aam_refresh_days"]
    return int(said) if said.isdecimal() else VARS["aam_refresh_days"][0]  # Jinja, which dbt alone can read


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)
