"""What a run, and a plan, answer."""

from __future__ import annotations

from dataclasses import dataclass

from aam_export.ledger import Coverage, IdSyncTotals, SignalTotals, SourceTotals, UserChange


@dataclass(frozen=True)
class DeliveredFile:
    """A file that stands in the drop. Sizes in bytes. An ID file has lines, and no users or signals."""

    name: str
    url: str
    size: int
    line_bytes: int
    lines: int
    users: int
    signals: int
    sha256: str


@dataclass(frozen=True)
class DeliveredBatch:
    """A batch that a run brought into the drop; `resumed` where an earlier run had begun it."""

    batch_id: str
    resumed: bool
    files: tuple[DeliveredFile, ...]


@dataclass(frozen=True)
class RunResult:
    """What a run did: the batches it delivered, in order; none where there was nothing to send."""

    destination: str
    batches: tuple[DeliveredBatch, ...]


@dataclass(frozen=True)
class Refusal:
    """Why a run would be refused: by which safeguard, in whose words, and with which exit code."""

    check: str
    message: str
    hint: str
    rule: str
    exit_code: int

    def __str__(self) -> str:
        return f"{self.message} ({self.rule})" if self.rule else self.message


@dataclass(frozen=True)
class Plan:
    """What a run would send now.

    `refusals` are in the order of a run, which ends with the first of them; `gate` is that of them by which the build
    is not proved, or its target may not send there, or empty. A run would say `warnings` and go on. `delivered_as` is
    the batch that has delivered this build already.
    """

    destination: str
    refusals: tuple[Refusal, ...]
    warnings: tuple[str, ...]
    open_batch: str | None
    gate: str
    delivered_as: str | None
    data_sources: tuple[SourceTotals, ...]
    signals: tuple[SignalTotals, ...]
    id_syncs: tuple[IdSyncTotals, ...]
    coverage: tuple[Coverage, ...]
    files: tuple[PlannedFile, ...]


@dataclass(frozen=True)
class UserPlan:
    """What the last build changes for one user, a row a data source; `delivered_as` is the batch that has sent it."""

    user_id: str
    delivered_as: str | None
    data_sources: tuple[UserChange, ...]


@dataclass(frozen=True)
class PlannedFile:
    """The file of one name, before it is split; its TIMESTAMP will be that of the run.

    `kind` is `id_sync`, whose file has no users and is named in `data_sources` by its synchronisation, or `data`.
    """

    kind: str
    data_sources: str
    name: str
    url: str
    lines: int
    users: int
    line_bytes: int
