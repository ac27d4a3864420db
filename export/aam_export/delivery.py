"""A run, in the order that makes it safe to be killed anywhere (design, delivery 2).

lease → finish an open batch → gate and guards → freeze → stage all → upload and verify each → commit
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from aam_export.clock import Clock
from aam_export.drops import Drop, open_drop
from aam_export.errors import FileNameError, GateError, RecordError, StagingError
from aam_export.gate import check_gate
from aam_export.guard import check_drop_history, check_removals, clock_doubts
from aam_export.ledger import (
    DELIVERED,
    STAGED,
    UPLOADING,
    Batch,
    Batches,
    Lease,
    SignalTotals,
    SourceTotals,
    Stream,
    Tables,
    UserChange,
    hold_lease,
    signal_totals,
    source_totals,
    user_changes,
)
from aam_export.lines import Block, cut_blocks
from aam_export.names import object_key
from aam_export.progress import Reporter, Task
from aam_export.project import MEGABYTE, Project
from aam_export.staging import SplitLimits, StagedFile, stage_files
from aam_export.warehouses import connect

STAGING_FOLDER = "aam_staging"


@dataclass(frozen=True)
class DeliveredFile:
    """A file that stands in the drop. Sizes in bytes."""

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
    batch_id: str
    resumed: bool
    files: tuple[DeliveredFile, ...]


@dataclass(frozen=True)
class RunResult:
    """What a run did: the batches it delivered, in order; none where there was nothing to send."""

    destination: str
    batches: tuple[DeliveredBatch, ...]


@dataclass(frozen=True)
class Plan:
    """What a run would send now.

    `gate` is why it would be refused, or empty; `delivered_as` the batch that has delivered this build already.
    """

    destination: str
    open_batch: str | None
    gate: str
    delivered_as: str | None
    data_sources: tuple[SourceTotals, ...]
    signals: tuple[SignalTotals, ...]
    files: tuple[PlannedFile, ...]


@dataclass(frozen=True)
class PlannedFile:
    """The file of one name, before it is split; its TIMESTAMP will be that of the run."""

    data_sources: str
    name: str
    url: str
    lines: int
    users: int
    line_bytes: int


def run(
    project: Project,
    destination: str | None,
    clock: Clock,
    report: Reporter,
    *,
    full: bool = False,
    accepted_removals: int | None = None,
) -> RunResult:
    """Deliver the last build. Raises an AamExportError, after which one more run mends whatever was begun.

    `full` sends every user's whole state. `accepted_removals` is how many users a person has agreed to take something
    away from, where that is more than the settings allow.
    """
    drop = open_drop(destination or project.settings.destination, project.settings, project.folder)
    warehouse = connect(project, read_only=False)
    with contextlib.closing(warehouse):
        tables = Tables(warehouse, project, clock)
        batches = Batches(tables)
        with hold_lease(tables) as lease:
            delivery = _Delivery(batches, lease, drop, project.target_path / STAGING_FOLDER, report)
            batches.check_version()
            batches.check_destination(drop.destination)
            if doubts := clock_doubts(clock, batches):
                report.say(doubts)
            delivery.clear_staging()
            delivered = []
            unfinished = batches.unfinished()
            if unfinished:
                report.say(f"Finishing batch {unfinished.batch_id}, which an earlier run began")
                delivered.append(delivery.deliver(unfinished, resumed=True))
            proof = check_gate(project)
            report.say(f"Gate passed: {proof.models} models, {proof.tests} tests, built {proof.generated_at}")
            earlier = batches.delivered_build()
            if earlier:
                report.say(f"Batch {earlier} has delivered the last build: build anew to find what changed since")
                return RunResult(drop.destination, tuple(delivered))
            drop.check()
            newest_in_drop = check_drop_history(drop, tables, batches, project.settings.partner_name, full=full)
            check_removals(source_totals(tables), project.settings.max_removal_pct, accepted_removals)
            fresh = batches.freeze(
                drop.destination,
                project.settings.partner_name,
                split_limits(project),
                lease,
                full=full,
                not_before=newest_in_drop + 1,
            )
            if fresh:
                delivered.append(delivery.deliver(fresh, resumed=False))
    return RunResult(drop.destination, tuple(delivered))


def plan(project: Project, destination: str | None, clock: Clock, *, full: bool = False) -> Plan:
    """What `run` would do now; sends and changes nothing."""
    drop = open_drop(destination or project.settings.destination, project.settings, project.folder)
    try:
        check_gate(project)
        gate = ""
    except GateError as error:
        gate = str(error)
    warehouse = connect(project, read_only=True)
    with contextlib.closing(warehouse):
        tables = Tables(warehouse, project, clock)
        batches = Batches(tables)
        batches.check_version()
        batches.check_destination(drop.destination)
        unfinished = batches.unfinished()
        now = clock.now()
        files = []
        for stream in batches.streams(None, full=full):
            name = stream.file_name(int(now.timestamp()))
            url = drop.url(object_key(project.settings.partner_name, now.date(), name))
            files.append(
                PlannedFile(
                    stream.data_sources,
                    str(name),
                    url,
                    stream.lines,
                    stream.users,
                    stream.line_bytes,
                )
            )
        return Plan(
            drop.destination,
            unfinished.batch_id if unfinished else None,
            gate,
            batches.delivered_build(),
            tuple(source_totals(tables)),
            tuple(signal_totals(tables)),
            tuple(files),
        )


def explain_user(project: Project, user_id: str, clock: Clock) -> list[UserChange]:
    """What a run would say of one user, and why, a data source each."""
    with contextlib.closing(connect(project, read_only=True)) as warehouse:
        return user_changes(Tables(warehouse, project, clock), user_id)


def split_limits(project: Project) -> SplitLimits:
    settings = project.settings
    return SplitLimits(
        compressed=int(settings.split_compressed_mb * MEGABYTE),
        uncompressed=int(settings.split_uncompressed_mb * MEGABYTE),
    )


class _Delivery:
    """Brings batches from the ledger to the drop."""

    def __init__(self, batches: Batches, lease: Lease, drop: Drop, staging: Path, report: Reporter) -> None:
        self._batches = batches
        self._lease = lease
        self._drop = drop
        self._staging = staging
        self._report = report

    def clear_staging(self) -> None:
        """Remove what killed runs left: files are always made anew from the frozen rows."""
        shutil.rmtree(self._staging, ignore_errors=True)

    def deliver(self, batch: Batch, *, resumed: bool) -> DeliveredBatch:
        folder = self._staging / batch.batch_id
        files = self._stage(batch, folder)
        keys = [object_key(batch.partner_name, batch.drop_date, file.name) for file in files]
        urls = [self._drop.url(key) for key in keys]
        events = self._batches.file_events(batch)
        if not events:
            self._batches.record_files(batch, files, urls, STAGED)
        with self._report.task("Uploading", sum(file.content.size for file in files)) as task:
            for file, key, url in zip(files, keys, urls, strict=True):
                self._upload(batch, file, key, url, events.get(str(file.name), set()), task)
        self._batches.commit(batch, self._lease)
        self.clear_staging()
        return DeliveredBatch(
            batch.batch_id,
            resumed,
            tuple(
                DeliveredFile(
                    str(file.name),
                    url,
                    file.content.size,
                    file.content.line_bytes,
                    file.content.lines,
                    file.content.users,
                    file.content.signals,
                    file.content.sha256,
                )
                for file, url in zip(files, urls, strict=True)
            ),
        )

    def _stage(self, batch: Batch, folder: Path) -> list[StagedFile]:
        """All files of the batch, from its frozen rows."""
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            raise StagingError(
                f"can't make the staging folder {folder}: {error.strerror}",
                hint="mend the rights of dbt's target folder",
            ) from error
        try:
            streams = self._batches.streams(batch)
            with self._report.task("Writing", sum(stream.line_bytes for stream in streams)) as task:
                return [file for stream in streams for file in self._stage_stream(batch, stream, folder, task)]
        except (RecordError, FileNameError) as error:
            # Nothing has left yet, and nothing can: the rows stay refused until they are built anew.
            self.clear_staging()
            self._batches.abandon(batch, str(error))
            raise
        except StagingError:
            self.clear_staging()
            raise

    def _stage_stream(self, batch: Batch, stream: Stream, folder: Path, task: Task) -> list[StagedFile]:
        def advance(block: Block) -> None:
            task.advance(len(block.data), block.lines)
            self._lease.keep()

        # Closed at once when a line is refused: an open query would keep the batch from being abandoned.
        with contextlib.closing(self._blocks(batch, stream)) as blocks:
            return stage_files(blocks, stream.file_name(batch.timestamp), folder, batch.limits, advance)

    def _blocks(self, batch: Batch, stream: Stream) -> Generator[Block, None, None]:
        """Users of one line as they come, then the few of several, sorted so that their lines stand together (S8)."""
        for long_users in (False, True):
            yield from cut_blocks(
                self._batches.lines(batch, stream, long_users=long_users),
                source=f"inbound_records, data source {stream.data_sources}",
                long_users=long_users,
                commas_in_values=stream.commas_in_values,
                block_bytes=batch.limits.block_bytes,
            )

    def _upload(self, batch: Batch, file: StagedFile, key: str, url: str, events: set[str], task: Task) -> None:
        if DELIVERED in events:
            task.advance(file.content.size)
            return

        def advance(size: int) -> None:
            task.advance(size)
            self._lease.keep()

        self._batches.record_files(batch, [file], [url], UPLOADING)
        self._drop.put(file, key, attempted=UPLOADING in events, advance=advance)
        self._batches.record_files(batch, [file], [url], DELIVERED)
        self._report.say(f"Delivered {url}")
