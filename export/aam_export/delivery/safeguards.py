"""All that may refuse a run although every line is right.

A run asks, and `plan` and `doctor` foretell, by the same lists at the end of this file.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from aam_export import __version__
from aam_export.delivery.attempt import Attempt
from aam_export.delivery.drop_history import compare_drop
from aam_export.drops import Drop, check_production
from aam_export.drops.base import OK, SKIPPED, WARNING, Finding, Probing
from aam_export.errors import AamExportError, ConfigurationError, RefusedError
from aam_export.exposure import BUILD, PACKAGE
from aam_export.files.encryption import EXTENSION as ENCRYPTED
from aam_export.files.encryption import Encryption
from aam_export.files.names import parse_file_name
from aam_export.files.writing import EXTENSION as PACKED
from aam_export.ledger import Batch, Batches, SourceTotals, opted_out_before, source_totals
from aam_export.project import Project
from aam_export.proof.gate import check_gate
from aam_export.variables import misspelt
from aam_export.versions import check_versions

SUPPRESSIONS = "aam_suppressions_model"
CLOCKS_DIFFER = timedelta(minutes=10)  # what two machines' clocks may
CLOCK_IS_WRONG = timedelta(days=1)


class Safeguard(NamedTuple):
    """`ask` says what is well, or what a person should know, or raises what refuses the run.

    It is asked after those that `needs` names, and means nothing where one of them refuses.
    """

    name: str
    ask: Callable[[Attempt], Finding]
    needs: tuple[str, ...] = ()


def foretell(attempt: Attempt, *, thoroughly: bool = False) -> Iterator[tuple[str, Finding | AamExportError]]:
    """By name, what each safeguard says or refuses a run for, in the order of a run.

    `thoroughly` tries the drop as well, where a file is made and removed for it, and looks at the drop even where the
    last build has been delivered.
    """
    refused: set[str] = set()
    for safeguard in (*BEFORE_ANY_BATCH, *BEFORE_A_NEW_BATCH, *BEFORE_SENDING):
        missing = refused.intersection(safeguard.needs)
        why_not = ""
        if missing:
            why_not = f"not asked, for a run is refused already: {', '.join(sorted(missing))}"
        elif attempt.delivered_as and safeguard in BEFORE_SENDING and not (thoroughly and safeguard is not REMOVALS):
            why_not = f"batch {attempt.delivered_as} has delivered the last build"
        elif safeguard is DROP and not thoroughly:
            why_not = "not tried"
        try:
            said = Finding(safeguard.name, SKIPPED, why_not) if why_not else safeguard.ask(attempt)
        except AamExportError as error:
            refused.add(safeguard.name)
            yield safeguard.name, error
        else:
            yield safeguard.name, said


def guard_production(project: Project, drop: Drop) -> None:
    """Raise GateError where the target may not send there. A run asks this before it looks at anything."""
    check_production(drop.destination, project.target.name, project.settings.production_targets)


def _destination(attempt: Attempt) -> Finding:
    guard_production(attempt.project, attempt.drop)
    return Finding("destination", OK, attempt.drop.destination)


def _version(attempt: Attempt) -> Finding:
    package = check_versions(attempt.project.manifest)
    return Finding("version", OK, f"aam-export {__version__}, package {PACKAGE} {package}")


def _ledger(attempt: Attempt) -> Finding:
    attempt.batches.check_version()
    attempt.batches.check_destination(attempt.drop.destination)
    before, now = attempt.batches.newest_partner(), attempt.project.settings.partner_name
    if before not in (None, now):
        return Finding(
            "ledger",
            WARNING,
            f"the last delivery went to the folder {before}, and partner_name is now {now} (N1): what was sent before "
            "is not sent again",
            "undo the change, unless Audience Manager has renamed the company's folder. If it never knew the old one, "
            "run with --full",
        )
    return Finding("ledger", OK, "belongs to this drop")


def _time(attempt: Attempt) -> Finding:
    """Refuse a clock that is a day behind the ledger, and doubt one that is behind by less.

    By less, all is safe, whichever is wrong: names go on counting from the newest batch (N3), and what the ledger says
    happens later counts as unsettled (M2). By more, files are filed under a wrong day (N1), and nothing settles.
    """
    now, last = attempt.ledger.clock.now(), attempt.batches.last_event()
    if last is None:
        return Finding("time", OK, "the ledger has no entry yet")
    said = f"The clock says {now:%Y-%m-%d %H:%M}, and the ledger's last entry is of {last:%Y-%m-%d %H:%M} (UTC)"
    if last - now > CLOCK_IS_WRONG:
        raise ConfigurationError(
            f"{said}: one is wrong, and files would be filed under a wrong day",
            hint="set the clock, or give --now rightly. If the ledger is wrong, because a run's --now or clock was "
            f"ahead, correct event_at of those rows in {attempt.ledger.batches}",
            rule="N1",
        )
    if last - now >= CLOCKS_DIFFER:
        return Finding(
            "time",
            WARNING,
            f"{said}: one is wrong. Files are filed under the clock's day (N1)",
            "set the clock. If the ledger's was wrong, mark its batches with `aam-export settle` when settle_hours "
            "have passed",
        )
    return Finding("time", OK, f"the ledger's last entry is of {last:%Y-%m-%d %H:%M} UTC")


def _encryption(attempt: Attempt) -> Finding:
    project = attempt.project
    key = project.settings.pgp_public_key
    if open_batch := attempt.batches.unfinished():
        check_packing(open_batch, attempt.batches, encrypted=bool(key))
    if not key:
        return Finding("PGP", SKIPPED, "no pgp_public_key is set")
    with tempfile.TemporaryDirectory(prefix="aam-export-") as folder:
        Encryption(project.folder / Path(key).expanduser(), Path(folder) / "gnupg").check()
    return Finding("PGP", OK, f"gpg encrypts for {key}")


def check_packing(batch: Batch, batches: Batches, *, encrypted: bool) -> None:
    """A batch keeps the names with which it began: whether they say gzip or PGP (N8) can't change on the way."""
    packing = ENCRYPTED if encrypted else PACKED
    begun = {parse_file_name(name).extension for name in batches.file_events(batch)} - {packing}
    if begun:
        raise ConfigurationError(
            f"batch {batch.batch_id} was begun with .{begun.pop()} files, and the exposure now says .{packing}",
            hint="finish it first: undo the change of pgp_public_key, run, and make the change again",
            rule="N8",
        )


def _variables(attempt: Attempt) -> Finding:
    """Refuse a misspelt var: with one, opt-outs would be off without a word (P2)."""
    if wrong := list(misspelt(attempt.project.folder)):
        names = ", ".join(f"'{name}'" for name, _ in wrong)
        meant = ", ".join(f"'{meant}'" for _, meant in wrong if meant)
        raise ConfigurationError(
            f"dbt_project.yml: vars: the package has no var {names}, so dbt takes it for nothing",
            hint=(f"did you mean {meant}? Correct it" if meant else "leave it out") + f", then run `{BUILD}`",
        )
    return Finding("vars", OK, "those of the package are spelt as it reads them")


def _opt_outs(attempt: Attempt) -> Finding:
    """Refuse to forget who opted out (P2), and doubt that nobody ever has."""
    if attempt.project.names_models(SUPPRESSIONS):
        return Finding("opt-outs", OK, f"read from the model that {SUPPRESSIONS} names")
    how = "If nobody has opted out, name a model without rows"
    if known := opted_out_before(attempt.ledger):
        raise ConfigurationError(
            f"the last delivery kept out {known:,} rows of opted-out people, and now the var {SUPPRESSIONS} is empty: "
            "they would be sent",
            hint=f"name the model of the opted-out people's IDs in dbt_project.yml again, then run `{BUILD}`. {how}",
            rule="P2",
        )
    return Finding(
        "opt-outs",
        WARNING,
        f"the var {SUPPRESSIONS} is empty: nobody counts as opted out, and everybody is sent (P2)",
        f"write a model of the opted-out people's IDs and name it in dbt_project.yml, under vars. {how}",
    )


def _gate(attempt: Attempt) -> Finding:
    proof = attempt.proof = check_gate(attempt.project, attempt.ledger.warehouse)
    attempt.delivered_as = attempt.batches.delivered_build()
    if not attempt.delivered_as:
        attempt.batches.check_proposal(proof.invocation_id)
    warned = f", {proof.warnings} of them warned" if proof.warnings else ""
    return Finding("gate", OK, f"{proof.models} models, {proof.tests} tests{warned}, the last at {proof.generated_at}")


def _drop(attempt: Attempt) -> Finding:
    return try_drop(attempt.drop)


def try_drop(drop: Drop) -> Finding:
    """Do what can be done there without leaving anything behind."""
    drop.check()
    made = "" if isinstance(drop, Probing) else ", and files can be made and named there"
    return Finding("drop", OK, f"can be reached{made}")


def _removals(attempt: Attempt) -> Finding:
    totals = source_totals(attempt.ledger)
    check_removals(totals, attempt.project.settings.max_removal_pct, attempt.accepted_removals)
    losing, known = sum(total.losing for total in totals), sum(total.known for total in totals)
    return Finding("removals", OK, f"{losing:,} of {known:,} users would only lose")


def check_removals(totals: Sequence[SourceTotals], max_removal_pct: float, accepted: int | None) -> None:
    """Raise RefusedError where a data source loses more users than is likely (V9).

    `accepted` is the number of losing users, over all data sources, that a person has agreed to.
    """
    suspicious = [
        total
        for total in totals
        if total.losing and (total.desired == 0 or total.losing * 100 > max_removal_pct * total.known)
    ]
    losing = sum(total.losing for total in totals)
    if not suspicious or (accepted is not None and losing <= accepted):
        return
    said = "; ".join(
        f"{total.data_source}: {total.losing:,} of {total.known:,} users would only lose"
        + (", the source came back empty" if total.desired == 0 else "")
        for total in suspicious
    )
    agreed = f" (accepted: {accepted:,}, needed: {losing:,})" if accepted is not None else ""
    raise RefusedError(
        f"more removals than max_removal_pct ({max_removal_pct:g} %) allows: {said}{agreed}",
        hint=f"find out whether a source failed to load; if it is right, run with --accept-removals {losing}",
    )


DROP = Safeguard("drop", _drop, needs=("destination",))
REMOVALS = Safeguard("removals", _removals, needs=("ledger",))

# Also before a batch is finished that an earlier run began.
BEFORE_ANY_BATCH = (
    Safeguard("destination", _destination),
    Safeguard("version", _version),
    Safeguard("ledger", _ledger),
    Safeguard("time", _time, needs=("ledger",)),
    Safeguard("PGP", _encryption, needs=("ledger",)),
)
BEFORE_A_NEW_BATCH = (
    Safeguard("vars", _variables),
    Safeguard("gate", _gate),
    Safeguard("opt-outs", _opt_outs, needs=("ledger",)),
)
# Where the last build has not been delivered yet.
BEFORE_SENDING = (DROP, Safeguard("history", compare_drop, needs=("destination", "ledger", "drop")), REMOVALS)
