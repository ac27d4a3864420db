"""A run, in the order that makes it safe to be killed anywhere (design, delivery 2).

lease → finish an open batch → gate and guards → freeze → stage all → upload and verify each → commit
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from aam_export.clock import Clock
from aam_export.drops import Arrival, Drop, check_production, open_drop
from aam_export.errors import ConfigurationError, FileNameError, GateError, MemoryBoundError, RecordError, StagingError
from aam_export.gate import check_gate, check_unchanged
from aam_export.guard import check_drop_history, check_removals, clock_doubts
from aam_export.ledger import (
    ARRIVED,
    DELIVERED,
    STAGED,
    UPLOADING,
    Batch,
    Batches,
    Coverage,
    FileEvents,
    IdSyncStream,
    IdSyncTotals,
    Lease,
    SignalTotals,
    SourceTotals,
    Stream,
    Tables,
    UserChange,
    coverage,
    hold_lease,
    id_sync_totals,
    signal_totals,
    source_totals,
    user_changes,
)
from aam_export.lines import Block, cut_blocks
from aam_export.names import IdSyncFileName, object_key, parse_file_name
from aam_export.pgp import EXTENSION as ENCRYPTED
from aam_export.pgp import Encryption
from aam_export.progress import Reporter, Task
from aam_export.project import MEGABYTE, Project
from aam_export.staging import FileContent, SplitLimits, StagedFile, stage_files
from aam_export.uploads import Upload, upload_all
from aam_export.warehouses import connect

STAGING_FOLDER = "aam_staging"
PACKED = "gz"


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
    check_production(drop.destination, project.target.name, project.settings.production_targets)
    delivered: list[DeliveredBatch] = []

    def attempt(*, bounded: bool) -> None:
        with contextlib.closing(connect(project, read_only=False, bounded=bounded)) as warehouse:
            tables = Tables(warehouse, project, clock)
            for batch in _deliver_all(project, drop, tables, report, full=full, accepted_removals=accepted_removals):
                delivered.append(batch)  # kept, whatever comes after it

    try:
        attempt(bounded=True)
    except MemoryBoundError:
        # As if the run had been killed there: the next one mends it.
        report.say("These rows need more memory than usual ones: beginning again with all that DuckDB may have")
        attempt(bounded=False)
    return RunResult(drop.destination, tuple(delivered))


def _deliver_all(
    project: Project,
    drop: Drop,
    tables: Tables,
    report: Reporter,
    *,
    full: bool,
    accepted_removals: int | None,
) -> Iterator[DeliveredBatch]:
    """Finish the open batch, if any, and deliver what the last build proposes, if anything."""
    batches = Batches(tables)
    with hold_lease(tables) as lease:
        delivery = _Delivery(project, batches, lease, drop, report)
        batches.check_version()
        batches.check_destination(drop.destination)
        if doubts := clock_doubts(tables.clock, batches):
            report.say(doubts)
        delivery.clear_staging()
        delivery.check_encryption()
        unfinished = batches.unfinished()
        if unfinished:
            report.say(f"Finishing batch {unfinished.batch_id}, which an earlier run began")
            yield delivery.deliver(unfinished, resumed=True)
        proof = check_gate(project)
        report.say(f"Gate passed: {proof.models} models, {proof.tests} tests, built {proof.generated_at}")
        earlier = batches.delivered_build()
        if earlier:
            report.say(f"Batch {earlier} has delivered the last build: build anew to find what changed since")
            return
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
            build=proof.invocation_id,
            check=lambda: check_unchanged(project),
        )
        if fresh:
            yield delivery.deliver(fresh, resumed=False)


def plan(project: Project, destination: str | None, clock: Clock, *, full: bool = False) -> Plan:
    """What `run` would do now; sends and changes nothing."""
    drop = open_drop(destination or project.settings.destination, project.settings, project.folder)
    try:
        check_production(drop.destination, project.target.name, project.settings.production_targets)
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
            name = stream.file_name(int(now.timestamp()), ENCRYPTED if project.settings.pgp_public_key else PACKED)
            url = drop.url(object_key(project.settings.partner_name, now.date(), name))
            if isinstance(stream, IdSyncStream):
                kind, sources, users = "id_sync", stream.id_syncs, 0
            else:
                kind, sources, users = "data", stream.data_sources, stream.users
            files.append(PlannedFile(kind, sources, str(name), url, stream.lines, users, stream.line_bytes))
        return Plan(
            drop.destination,
            unfinished.batch_id if unfinished else None,
            gate,
            batches.delivered_build(),
            tuple(source_totals(tables)),
            tuple(signal_totals(tables)),
            tuple(id_sync_totals(tables)),
            tuple(coverage(tables)),
            tuple(files),
        )


def explain_user(project: Project, user_id: str, clock: Clock) -> UserPlan:
    """What a run would say of one user, and why."""
    with contextlib.closing(connect(project, read_only=True)) as warehouse:
        tables = Tables(warehouse, project, clock)
        return UserPlan(user_id, Batches(tables).delivered_build(), tuple(user_changes(tables, user_id)))


def split_limits(project: Project) -> SplitLimits:
    settings = project.settings
    return SplitLimits(
        compressed=int(settings.split_compressed_mb * MEGABYTE),
        uncompressed=int(settings.split_uncompressed_mb * MEGABYTE),
    )


class _Delivery:
    """Brings batches from the ledger to the drop."""

    def __init__(self, project: Project, batches: Batches, lease: Lease, drop: Drop, report: Reporter) -> None:
        self._batches = batches
        self._lease = lease
        self._drop = drop
        self._staging = project.target_path / STAGING_FOLDER
        self._upload_minutes = project.settings.upload_minutes
        self._report = report
        key = project.settings.pgp_public_key
        self._encryption = Encryption(project.folder / Path(key).expanduser(), self._staging / "gnupg") if key else None

    def check_encryption(self) -> None:
        """Find out what would keep files from being encrypted, before anything is frozen or staged."""
        if self._encryption:
            self._encryption.check()

    def clear_staging(self) -> None:
        """Remove what killed runs left: files are always made anew from the frozen rows."""
        shutil.rmtree(self._staging, ignore_errors=True)

    def deliver(self, batch: Batch, *, resumed: bool) -> DeliveredBatch:
        events = self._batches.file_events(batch)
        self._check_packing(batch, events)
        files = self._encrypt(self._stage(batch, self._staging / batch.batch_id), events)
        keys = [object_key(batch.partner_name, batch.drop_date, file.name) for file in files]
        urls = [self._drop.url(key) for key in keys]
        events = {str(file.name): events.get(str(file.name), FileEvents()) for file in files}
        fresh = [(file, url) for file, url in zip(files, urls, strict=True) if not events[str(file.name)].has(file)]
        self._batches.record_files(batch, [file for file, _ in fresh], [url for _, url in fresh], STAGED)
        with self._report.task("Uploading", total_bytes=sum(file.content.size for file in files)) as task:
            contents = self._upload(batch, files, keys, urls, events, task)
        self._batches.commit(batch, self._lease)
        self.clear_staging()
        return DeliveredBatch(
            batch.batch_id,
            resumed,
            tuple(
                DeliveredFile(
                    str(file.name),
                    url,
                    content.size,
                    content.line_bytes,
                    content.lines,
                    content.users,
                    content.signals,
                    content.sha256,
                )
                for file, url, content in zip(files, urls, contents, strict=True)
            ),
        )

    def _check_packing(self, batch: Batch, events: dict[str, FileEvents]) -> None:
        """A batch keeps the names with which it began: whether they say gzip or PGP (N8) can't change on the way."""
        packing = ENCRYPTED if self._encryption else PACKED
        begun = {parse_file_name(name).extension for name in events} - {packing}
        if begun:
            raise ConfigurationError(
                f"batch {batch.batch_id} was begun with .{begun.pop()} files, and the exposure now says .{packing}",
                hint="finish it first: undo the change of pgp_public_key, run, and make the change again",
                rule="N8",
            )

    def _encrypt(self, files: list[StagedFile], events: dict[str, FileEvents]) -> list[StagedFile]:
        """Encrypt what was staged, where the exposure asks for it; and say what has stood for each file before."""
        encryption = self._encryption
        if encryption:
            with self._report.task("Encrypting", total_bytes=sum(file.content.line_bytes for file in files)) as task:

                def encrypt(file: StagedFile) -> StagedFile:
                    return encryption.encrypt(file, lambda size: self._advance(task, size))

                try:
                    with ThreadPoolExecutor(os.cpu_count()) as pool:
                        files = list(pool.map(encrypt, files))
                except StagingError:
                    self.clear_staging()
                    raise
        return [
            replace(file, earlier=tuple(events[str(file.name)].contents)) if str(file.name) in events else file
            for file in files
        ]

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
            streams = self._batches.streams(batch, sized=False)
            with self._report.task("Writing", total_rows=sum(stream.lines for stream in streams)) as task:
                return [file for stream in streams for file in self._stage_stream(batch, stream, folder, task)]
        except (RecordError, FileNameError) as error:
            # Nothing has left yet, and nothing can: the rows stay refused until they are built anew.
            self.clear_staging()
            self._batches.abandon(batch, str(error))
            raise
        except StagingError:
            self.clear_staging()
            raise

    def _stage_stream(self, batch: Batch, stream: Stream | IdSyncStream, folder: Path, task: Task) -> list[StagedFile]:
        def advance(block: Block) -> None:
            task.advance(len(block.data), block.lines)
            self._lease.keep()

        limits = self._encryption.limits(batch.limits) if self._encryption else batch.limits
        # Closed at once when a line is refused: an open query would keep the batch from being abandoned.
        with contextlib.closing(self._blocks(batch, stream)) as blocks:
            return stage_files(blocks, stream.file_name(batch.timestamp, PACKED), folder, limits, advance)

    def _blocks(self, batch: Batch, stream: Stream | IdSyncStream) -> Generator[Block, None, None]:
        """Users of one line as they come, then the few of several, sorted so that their lines stand together (S8)."""
        if isinstance(stream, IdSyncStream):
            yield from self._pair_blocks(batch, stream)
            return
        for long_users in (False, True):
            yield from cut_blocks(
                self._batches.lines(batch, stream, long_users=long_users),
                source=f"inbound_records, data source {stream.data_sources}",
                long_users=long_users,
                block_bytes=batch.limits.block_bytes,
            )

    def _pair_blocks(self, batch: Batch, stream: IdSyncStream) -> Generator[Block, None, None]:
        yield from cut_blocks(
            self._batches.id_sync_lines(batch, stream),
            source=f"id_sync_records, ID synchronisation {stream.id_syncs}",
            id_columns=len(stream.dpids),
            block_bytes=batch.limits.block_bytes,
        )

    def _upload(
        self,
        batch: Batch,
        files: list[StagedFile],
        keys: list[str],
        urls: list[str],
        events: dict[str, FileEvents],
        task: Task,
    ) -> list[FileContent]:
        """Bring what is not there yet into the drop; returns the contents that stand there, in the order of files."""
        contents: dict[str, FileContent] = {}

        def begin(upload: Upload) -> None:
            if not upload.arrival.known:
                upload.arrival.note(False)

        def end(upload: Upload, content: FileContent) -> None:
            contents[upload.url] = content
            self._batches.record_files(batch, [replace(upload.file, content=content)], [upload.url], DELIVERED)
            self._report.say(f"Delivered {upload.url}")

        id_files: list[Upload] = []
        data_files: list[Upload] = []
        for file, key, url in zip(files, keys, urls, strict=True):
            known = events[str(file.name)]
            if known.delivered:
                contents[url] = known.delivered
                task.advance(file.content.size)
            else:
                note = partial(self._note, batch, file, url)
                round_of_file = id_files if isinstance(file.name, IdSyncFileName) else data_files
                round_of_file.append(Upload(file, key, url, known.attempted, Arrival(known.arrived, note)))
        # IDs first, and only then what is said of them: the best that can be done for their order at AAM (M2).
        upload_all(
            self._drop,
            (id_files, data_files),
            begin=begin,
            end=end,
            tick=partial(self._advance, task),
            limit_minutes=self._upload_minutes,
        )
        return [contents[url] for url in urls]

    def _note(self, batch: Batch, file: StagedFile, url: str, arrived: bool) -> None:
        self._batches.record_files(batch, [file], [url], ARRIVED if arrived else UPLOADING)

    def _advance(self, task: Task, size: int) -> None:
        task.advance(size)
        self._lease.keep()
