"""The way of one batch: from its frozen rows to files on the disk, into the drop, and its commit (V2, V4)."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

from aam_export.delivery.results import DeliveredBatch, DeliveredFile
from aam_export.delivery.uploads import Upload, upload_all
from aam_export.drops import Arrival, Drop
from aam_export.errors import FileNameError, RecordError, StagingError
from aam_export.files.content import FileContent, StagedFile
from aam_export.files.encryption import Encryption
from aam_export.files.lines import Block, cut_blocks
from aam_export.files.names import IdSyncFileName, object_key
from aam_export.files.private import OWNER_FOLDER, private_folder
from aam_export.files.writing import EXTENSION as PACKED
from aam_export.files.writing import stage_files
from aam_export.ledger import (
    ARRIVED,
    DELIVERED,
    STAGED,
    UPLOADING,
    Batch,
    Batches,
    BatchWriter,
    FileEvents,
    FileLines,
    IdSyncFileLines,
    Lease,
    LedgerContext,
    data_lines,
    files_of,
    pair_lines,
)
from aam_export.progress import Reporter, Task
from aam_export.project import Project

STAGING_FOLDER = "aam_staging"


class Delivery:
    """Brings batches from the ledger to the drop."""

    def __init__(self, project: Project, ledger: LedgerContext, lease: Lease, drop: Drop, report: Reporter) -> None:
        self._ledger = ledger
        self._writer = BatchWriter(ledger)
        self._lease = lease
        self._drop = drop
        self._staging = project.target_path / STAGING_FOLDER
        self._upload_minutes = project.settings.upload_minutes
        self._report = report
        key = project.settings.pgp_public_key
        self._encryption = Encryption(project.folder / Path(key).expanduser(), self._staging / "gnupg") if key else None

    def clear_staging(self) -> None:
        """Remove what killed runs left: files are always made anew from the frozen rows."""
        shutil.rmtree(self._staging, ignore_errors=True)

    def deliver(self, batch: Batch, *, resumed: bool) -> DeliveredBatch:
        events = Batches(self._ledger).file_events(batch)
        files = self._encrypt(self._stage(batch, self._staging / batch.batch_id), events)
        keys = [object_key(batch.partner_name, batch.drop_date, file.name) for file in files]
        urls = [self._drop.url(key) for key in keys]
        events = {str(file.name): events.get(str(file.name), FileEvents()) for file in files}
        fresh = [(file, url) for file, url in zip(files, urls, strict=True) if not events[str(file.name)].has(file)]
        self._writer.record_files(batch, [file for file, _ in fresh], [url for _, url in fresh], STAGED)
        with self._report.task("Uploading", total_bytes=sum(file.content.size for file in files)) as task:
            contents = self._upload(batch, files, keys, urls, events, task)
        self._writer.commit(batch, self._lease)
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
            private_folder(folder.parent)
            folder.mkdir(mode=OWNER_FOLDER)
        except OSError as error:
            raise StagingError(
                f"can't make the staging folder {folder}: {error.strerror}",
                hint="mend the rights of dbt's target folder",
            ) from error
        try:
            planned = files_of(self._ledger, batch, sized=False)
            with self._report.task("Writing", total_rows=sum(lines.lines for lines in planned)) as task:
                return [file for lines in planned for file in self._stage_lines(batch, lines, folder, task)]
        except (RecordError, FileNameError) as error:
            # Nothing has left yet, and nothing can: the rows stay refused until they are built anew.
            self.clear_staging()
            self._writer.abandon(batch, str(error))
            raise
        except StagingError:
            self.clear_staging()
            raise

    def _stage_lines(self, batch: Batch, lines: FileLines, folder: Path, task: Task) -> list[StagedFile]:
        def advance(block: Block) -> None:
            task.advance(len(block.data), block.lines)
            self._lease.keep()

        limits = self._encryption.limits(batch.limits) if self._encryption else batch.limits
        # Closed at once when a line is refused: an open query would keep the batch from being abandoned.
        with contextlib.closing(self._blocks(batch, lines)) as blocks:
            return stage_files(blocks, lines.file_name(batch.timestamp, PACKED), folder, limits, advance)

    def _blocks(self, batch: Batch, lines: FileLines) -> Generator[Block, None, None]:
        """Users of one line as they come, then the few of several, sorted so that their lines stand together (S8)."""
        if isinstance(lines, IdSyncFileLines):
            yield from self._pair_blocks(batch, lines)
            return
        for long_users in (False, True):
            yield from cut_blocks(
                data_lines(self._ledger, batch, lines, long_users=long_users),
                source=f"inbound_records, data source {lines.data_sources}",
                long_users=long_users,
                block_bytes=batch.limits.block_bytes,
            )

    def _pair_blocks(self, batch: Batch, lines: IdSyncFileLines) -> Generator[Block, None, None]:
        yield from cut_blocks(
            pair_lines(self._ledger, batch.batch_id, lines),
            source=f"id_sync_records, ID synchronisation {lines.id_syncs}",
            id_columns=len(lines.dpids),
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
        books = _Books(batch, self._writer, self._lease, task)
        id_files: list[Upload] = []
        data_files: list[Upload] = []
        for file, key, url in zip(files, keys, urls, strict=True):
            known = events[str(file.name)]
            if known.delivered:
                books.contents[url] = known.delivered
                task.advance(file.content.size)
            else:
                note = partial(books.note, file, url)
                round_of_file = id_files if isinstance(file.name, IdSyncFileName) else data_files
                round_of_file.append(Upload(file, key, url, known.attempted, Arrival(known.arrived, note)))
        # IDs first, and only then what is said of them: the best that can be done for their order at AAM (M2).
        upload_all(self._drop, (id_files, data_files), books, limit_minutes=self._upload_minutes)
        return [books.contents[url] for url in urls]

    def _advance(self, task: Task, size: int) -> None:
        task.advance(size)
        self._lease.keep()


class _Books:
    """What becomes of a batch's files on their way: written down in the ledger, and shown.

    `contents` are those that stand in the drop, by URL.
    """

    def __init__(self, batch: Batch, writer: BatchWriter, lease: Lease, task: Task) -> None:
        self.contents: dict[str, FileContent] = {}
        self._batch = batch
        self._writer = writer
        self._lease = lease
        self._task = task

    def begin(self, upload: Upload) -> None:
        if not upload.arrival.known:
            upload.arrival.note(False)

    def advance(self, size: int) -> None:
        self._task.advance(size)
        self._lease.keep()

    def end(self, upload: Upload, content: FileContent) -> None:
        self.contents[upload.url] = content
        self._writer.record_files(self._batch, [replace(upload.file, content=content)], [upload.url], DELIVERED)

    def note(self, file: StagedFile, url: str, arrived: bool) -> None:
        self._writer.record_files(self._batch, [file], [url], ARRIVED if arrived else UPLOADING)
