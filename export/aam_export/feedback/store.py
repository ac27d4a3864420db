"""The raw tables: what was received stands there, a file in one transaction, and is never changed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from aam_export.clock import Clock
from aam_export.errors import AamExportError, ConfigurationError
from aam_export.feedback.names import NameTemplate, name_template
from aam_export.ledger import Lease, LedgerContext, hold_lease
from aam_export.project import Project
from aam_export.warehouses import Warehouse, connect
from aam_export.warehouses.base import values

FILES, ROWS, DESTINATIONS = "aam_feedback_files", "aam_feedback_rows", "aam_destinations"
RECEIVED, CORRECTION = "received", "correction"
COLUMNS = (
    "file_id, source, path, file_name, kind, state, destination_id, delivery, sync_mode, named_at, part, sender, "
    "subject, arrived_at, received_at, size, content_bytes, line_count, md5, sha256"
)
ENABLE = f"""write `aam_feedback: true` under vars in dbt_project.yml, add a list {DESTINATIONS} (docs/feedback.md), and
run `dbt build`"""


@dataclass(frozen=True)
class Known:
    """A file of a name that was received before."""

    size: int
    arrived_at: datetime | None
    sha256: str


@dataclass
class Facts:
    """What is written down of a file; docs of the source `aam_feedback` say what each is."""

    source: str
    path: str
    file_name: str
    kind: str
    state: str = RECEIVED
    destination_id: str | None = None
    delivery: str | None = None
    sync_mode: str | None = None
    named_at: datetime | None = None
    part: str | None = None
    sender: str | None = None
    subject: str | None = None
    arrived_at: datetime | None = None
    size: int = 0
    content_bytes: int = 0
    line_count: int = 0
    md5: str = ""
    sha256: str = ""


class Store:
    """The two tables in a warehouse, and what else of it `receive` reads."""

    def __init__(self, warehouse: Warehouse, project: Project, clock: Clock, lease: Lease | None = None) -> None:
        self._warehouse = warehouse
        self._lease = lease
        self._clock = clock
        self._files = project.relation(FILES)
        self._rows = project.relation(ROWS)
        self._destinations = project.relation(DESTINATIONS)
        self._ledger_files = project.relation("aam_files")

    def known(self) -> dict[tuple[str, str], list[Known]]:
        """Kind and name → what was received under it; several where corrections came."""
        rows = self._warehouse.fetch(f"select kind, file_name, size, arrived_at, sha256 from {self._files}")
        found: dict[tuple[str, str], list[Known]] = {}
        for kind, name, size, arrived_at, sha256 in rows:
            found.setdefault((kind, name), []).append(Known(int(size), arrived_at, sha256))
        return found

    def templates(self) -> list[NameTemplate]:
        """The name templates of the destinations that the user declared (O13)."""
        rows = self._warehouse.fetch(
            f"select destination_id, name_template from {self._destinations} order by destination_id"
        )
        return [name_template(str(destination), str(template or "") or None) for destination, template in rows]

    def delivered_names(self) -> set[str]:
        """Names of all files that we delivered, for their markers (R9)."""
        rows = self._warehouse.fetch(f"select distinct file_name from {self._ledger_files} where event = 'delivered'")
        return {str(name) for (name,) in rows}

    def append(self, facts: Facts, batches: Callable[[int], Iterator[pa.RecordBatch]], schema: pa.Schema) -> Facts:
        """Write down a file and its rows, which `batches` gives for the file's number: all, or nothing where it raises.

        `batches` fills in what of `facts` is known at its end only. Its number of rows is counted here.
        """
        with self._warehouse.transaction():
            number = self._next_number()
            counted, failed = 0, None

            def counting() -> Iterator[pa.RecordBatch]:
                nonlocal counted, failed
                try:
                    for batch in batches(number):
                        counted += len(batch)
                        yield batch
                except Exception as error:
                    failed = error
                    raise

            if not self._warehouse.transactional:  # a killed call may have left rows of a file that it never named
                self._warehouse.execute(f"delete from {self._rows} where file_id = {number}")
            try:
                self._warehouse.append(self._rows, pa.RecordBatchReader.from_batches(schema, counting()))
            except AamExportError:
                if failed:  # what a warehouse makes of it on its way is another error
                    raise failed from None
                raise
            facts.line_count = counted
            self._name(number, facts)
        return facts

    def note(self, facts: Facts) -> None:
        """Write down a file without rows: a marker, or a correction that is not applied (O36)."""
        with self._warehouse.transaction():
            self._name(self._next_number(), facts)

    def _next_number(self) -> int:
        [(newest,)] = self._warehouse.fetch(f"select coalesce(max(file_id), 0) from {self._files}")
        return int(newest) + 1

    def _name(self, number: int, facts: Facts) -> None:
        """The row that makes a file and its rows known."""
        if self._lease:
            self._lease.require()
        self._warehouse.execute(f"insert into {self._files} ({COLUMNS}) values {values(self._row(number, facts))}")

    def _row(self, number: int, facts: Facts) -> Sequence[str | int | datetime | None]:
        return (
            number, facts.source, facts.path, facts.file_name, facts.kind, facts.state, facts.destination_id,
            facts.delivery, facts.sync_mode, facts.named_at, facts.part, facts.sender, facts.subject,
            facts.arrived_at, self._clock.now(), facts.size, facts.content_bytes, facts.line_count, facts.md5,
            facts.sha256,
        )  # fmt: skip


@contextlib.contextmanager
def open_store(project: Project, clock: Clock, *, bounded: bool) -> Iterator[Store]:
    """The raw tables of a project's target; raises ConfigurationError where the project does not have them.

    `bounded` as warehouses.connect has it.
    """
    if not any(node["name"] == "receipts" for node in project.manifest["nodes"].values()):
        raise ConfigurationError("this project does not read what Audience Manager answers", hint=ENABLE)
    lock_name = project.relation(FILES)
    with contextlib.closing(
        connect(project.target, read_only=False, lock_name=lock_name, bounded=bounded)
    ) as warehouse:
        if warehouse.exclusive:
            yield Store(warehouse, project, clock)
            return
        with hold_lease(LedgerContext(warehouse, project, clock)) as lease:  # nothing else keeps another call out
            yield Store(warehouse, project, clock, lease)
