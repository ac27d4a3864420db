"""Receives what stands in the sources, each file once: checked and written down in one transaction, or named (O36)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from aam_export.clock import Clock
from aam_export.drops import open_drop
from aam_export.errors import ConfigurationError, FileNameError, MemoryBoundError
from aam_export.feedback import documents
from aam_export.feedback.content import (
    MAX_DOCUMENT_BYTES,
    ROWS,
    Delivered,
    Unpacked,
    document,
    line_batches,
    of_file,
    text_batch,
)
from aam_export.feedback.found import Found, storable
from aam_export.feedback.mails import read_mail
from aam_export.feedback.names import NameTemplate, read_name
from aam_export.feedback.refusal import RefusedFile, refusing
from aam_export.feedback.sources import look_into
from aam_export.feedback.store import CORRECTION, RECEIVED, Facts, Known, Store, open_store
from aam_export.files.names import parse_file_name
from aam_export.progress import Reporter, Task
from aam_export.project import Project

DROP = "drop"
"""The source that is the exposure's own drop, of which the markers are received and nothing else (R9)."""

OUTBOUND, RECEIPT, MAIL, MARKER, UNKNOWN = "outbound", "receipt", "mail", "marker", "unknown"
KNOWN, REFUSED, SKIPPED = "known", "refused", "skipped"
PROCESSED, INFO = ".processed", ".info"
_FOREIGN = (
    (re.compile(r"AAM[-_]CDF_", re.I), "it is of a customer data feed, which is not received", "C2"),
    (re.compile(r"(?:S2S|S2T|T2T)_overlap_", re.I), "it is an overlap report, which is not received", "R17"),
)
# The line before each mail of an mbox file.
_MBOX = re.compile(r"From \S+ +[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d [\d:]+ ")
# What is one name and new content is another file of, and no correction.
_ANEW = {
    documents.STATUS, documents.SAMPLES, documents.SEGMENTS, documents.MAPPINGS, documents.OUTBOUND_HISTORY,
    documents.INBOUND_HISTORY,
}  # fmt: skip


@dataclass(frozen=True)
class ReceivedFile:
    """A file and what became of it: `received`, `correction` (known under this name, with other content: not applied),
    or `refused`, of which nothing is kept, with `reason`, `rule` and `hint`. `size` in bytes."""

    source: str
    path: str
    kind: str
    state: str
    destination_id: str
    size: int
    lines: int
    reason: str
    rule: str
    hint: str


@dataclass(frozen=True)
class ReceiveResult:
    """The files that this call received, refused, or found corrected; `counts` of all that it saw, by state.

    `known` were received before, `skipped` are none of Audience Manager's answers, such as our own files in the drop.
    """

    sources: tuple[str, ...]
    counts: dict[str, int]
    files: tuple[ReceivedFile, ...]

    @property
    def complete(self) -> bool:
        """Whether nothing was refused and nothing has been corrected."""
        return all(file.state == RECEIVED for file in self.files)


def receive(project: Project, sources: Sequence[str], clock: Clock, report: Reporter) -> ReceiveResult:
    """Receive what is new in `sources` or, where none is named, in those of the settings.

    Killed anywhere, the files that are written down are, and the next call goes on. Raises AamExportError where a
    source or the warehouse can't be reached.
    """
    named = tuple(sources) or project.settings.feedback_sources
    outcomes: dict[tuple[int, str], ReceivedFile] = {}

    def attempt(*, bounded: bool) -> None:
        with open_store(project, clock, bounded=bounded) as store:
            receiver = _Receiver(store, report)
            for place, source in enumerate(named):
                for outcome in receiver.all_of(source, project):
                    # What was received before it began again is known then.
                    outcomes.setdefault((place, outcome.path), outcome)

    try:
        attempt(bounded=True)
    except MemoryBoundError:
        # As if the call had been killed there: the next one goes on.
        report.say("These rows need more memory than usual ones: going on with all that DuckDB may have")
        attempt(bounded=False)
    counts = dict.fromkeys((RECEIVED, KNOWN, CORRECTION, REFUSED, SKIPPED), 0)
    for outcome in outcomes.values():
        counts[outcome.state] += 1
    return ReceiveResult(
        named, counts, tuple(outcome for outcome in outcomes.values() if outcome.state not in (KNOWN, SKIPPED))
    )


def _names_in_drop(project: Project) -> list[str]:
    settings = project.settings
    drop = open_drop(settings.destination, settings, project.folder)
    return drop.list_names(settings.partner_name) or []


class _Receiver:
    """Takes files one at a time, and remembers what is known."""

    def __init__(self, store: Store, report: Reporter) -> None:
        self._store = store
        self._report = report
        self._known = store.known()
        self._templates = store.templates()
        self._ours: set[str] | None = None

    def all_of(self, source: str, project: Project) -> Iterator[ReceivedFile]:
        """Each file of a source, or each marker of the drop, once it is received or not."""
        if source == DROP:
            return self.markers(_names_in_drop(project))
        return map(self.receive, look_into(source, project.settings, project.folder))

    def markers(self, names: Sequence[str]) -> Iterator[ReceivedFile]:
        """The markers among the names of the drop."""
        for name in sorted(names):
            if name.endswith(PROCESSED):
                yield self._marker(Facts(DROP, name, name, MARKER))

    def receive(self, found: Found) -> ReceivedFile:
        """Receive a file, or say why not."""
        found = replace(found, source=storable(found.source), path=storable(found.path))
        facts = Facts(found.source, found.path, found.name, UNKNOWN, arrived_at=found.modified, size=found.size or 0)
        try:
            return self._receive(found, facts)
        except RefusedFile as error:
            return _outcome(facts, REFUSED, error.reason, error.rule, error.hint)
        except ConfigurationError as error:
            if error.rule != "O13":  # of the warehouse, not of the file
                raise
            return _outcome(facts, REFUSED, error.message, error.rule, error.hint)
        except OSError as error:
            return _outcome(
                facts, REFUSED, f"it can't be read: {error.strerror or error}", "", "see to its rights and disk"
            )

    def _receive(self, found: Found, facts: Facts) -> ReceivedFile:
        name = found.name
        if found.is_mail:
            return self._small(found, facts, self._mail)
        if name.endswith(PROCESSED):
            facts.kind = MARKER
            return self._marker(facts)
        if _is_inbound(name):
            return _outcome(facts, SKIPPED)
        for pattern, reason, rule in _FOREIGN:
            if pattern.match(name):
                raise RefusedFile(reason, "leave its folder out of the sources", rule)
        if name.lower().endswith(INFO):
            facts.kind = documents.INFO
            return self._small(found, facts, self._info)
        if outbound := read_name(name, self._templates):
            facts.kind, facts.destination_id, facts.delivery = OUTBOUND, outbound.destination_id, outbound.delivery
            facts.sync_mode, facts.named_at, facts.part = outbound.mode or None, outbound.at, outbound.part or None
            return self._outbound(found, facts)
        return self._small(found, facts, self._document)

    def _marker(self, facts: Facts) -> ReceivedFile:
        if self._ours is None:
            self._ours = self._store.delivered_names()
        if facts.file_name.removesuffix(PROCESSED) not in self._ours:
            return _outcome(facts, SKIPPED)
        if (MARKER, facts.file_name) in self._known:
            return _outcome(facts, KNOWN)
        self._store.note(facts)
        self._remember(facts)
        return _outcome(facts, RECEIVED)

    def _outbound(self, found: Found, facts: Facts) -> ReceivedFile:
        known = self._known.get((facts.kind, facts.file_name), [])
        arrived = None if found.modified is None else found.modified.replace(tzinfo=None)
        # Where the store does not tell when it got a file, as FTP without MDTM, its content has to.
        if arrived and any(file.size == found.size and file.arrived_at == arrived for file in known):
            return _outcome(facts, KNOWN)
        if known:
            with found.open() as stream:
                delivered = Delivered(stream)
                delivered.drain()
            facts.sha256, facts.md5 = delivered.sha256, delivered.md5
            return self._again(facts, known)
        with found.open() as stream, self._report.task(found.name, total_bytes=found.size or 0) as task:
            self._store.append(facts, lambda number: _reading(stream, found, facts, number, task), ROWS)
        self._remember(facts)
        return _outcome(facts, RECEIVED)

    def _small(self, found: Found, facts: Facts, read: Callable[[bytes, Facts], Sequence[str]]) -> ReceivedFile:
        """A document that is read whole; `read` fills in facts, and gives its rows."""
        with found.open() as stream, refusing():
            delivered = Delivered(stream)
            content = Unpacked(delivered)
            data = document(content, lambda head: self._too_large(found, head))
            delivered.drain()
        _check_size(delivered, found)
        facts.size = delivered.size
        facts.sha256, facts.md5, facts.content_bytes = delivered.sha256, delivered.md5, content.size
        with refusing():
            rows = text_batch(read(data, facts), 0)  # for what can't be written down is refused before it is begun
        known = self._known.get((facts.kind, facts.file_name), [])
        if any(file.sha256 == facts.sha256 for file in known) or (known and facts.kind in (RECEIPT, MAIL)):
            return _outcome(facts, KNOWN)
        if known and facts.kind not in _ANEW:
            return self._again(facts, known)
        self._store.append(facts, lambda number: _rows_of(rows, number), ROWS)
        self._remember(facts)
        return _outcome(facts, RECEIVED)

    def _again(self, facts: Facts, known: Sequence[Known]) -> ReceivedFile:
        """A name that is known: the same file, or another content under its name, which is written down once (O36)."""
        if any(file.sha256 == facts.sha256 for file in known):
            return _outcome(facts, KNOWN)
        facts.state = CORRECTION
        self._store.note(facts)
        self._remember(facts)
        return _outcome(
            facts,
            CORRECTION,
            "this name was received before with other content, which stays: the new one is not applied",
            "O36",
            "ask Adobe which is right; what is to be applied needs a name of its own",
        )

    def _mail(self, data: bytes, facts: Facts) -> Sequence[str]:
        mail = read_mail(data)
        facts.kind = RECEIPT if mail.is_receipt else MAIL
        facts.file_name = mail.message_id or facts.sha256
        facts.sender, facts.subject = mail.sender, mail.subject
        facts.arrived_at = mail.at or facts.arrived_at
        # Of other mails it is enough to know that they came: what people write is not ours to keep.
        return mail.lines if mail.is_receipt else ()

    def _info(self, data: bytes, facts: Facts) -> Sequence[str]:
        return documents.info_rows(data, self._templates)

    def _document(self, data: bytes, facts: Facts) -> Sequence[str]:
        head = _head(data)
        if kind := documents.table_kind(head):
            facts.kind = kind
            return documents.table_rows(data)
        if documents.is_json(head):
            facts.kind, rows = documents.answer_rows(data)
            return rows
        raise _nothing_known(head, self._templates)

    def _too_large(self, found: Found, data: bytes) -> RefusedFile:
        """What is wrong with a file that begins so and is too large for a document: mostly, its name (O13)."""
        head = _head(data)
        is_document = found.is_mail or found.name.lower().endswith(INFO) or documents.is_json(head)
        if not is_document and not documents.table_kind(head):
            return _nothing_known(head, self._templates)
        return RefusedFile(
            f"it is larger than {MAX_DOCUMENT_BYTES >> 20} MB, which no mail, report or answer of the API is",
            "look into it: if it is one, have it made in smaller parts, such as of fewer days or of one destination",
        )

    def _remember(self, facts: Facts) -> None:
        arrived = None if facts.arrived_at is None else facts.arrived_at.replace(tzinfo=None)
        self._known.setdefault((facts.kind, facts.file_name), []).append(Known(facts.size, arrived, facts.sha256))


def _reading(stream: object, found: Found, facts: Facts, number: int, task: Task) -> Iterator[pa.RecordBatch]:
    """The rows of an outbound file; once they are through, what is known of the whole file stands in `facts`."""
    delivered = Delivered(stream)  # type: ignore[arg-type]
    with refusing():
        content = Unpacked(delivered)
    before = 0
    with refusing():
        for batch in line_batches(content, number):
            yield batch
            task.advance(delivered.size - before)
            before = delivered.size
        delivered.drain()
    _check_size(delivered, found)
    facts.sha256, facts.md5, facts.content_bytes = delivered.sha256, delivered.md5, content.size


def _rows_of(rows: pa.RecordBatch, number: int) -> Iterator[pa.RecordBatch]:
    if len(rows):
        yield of_file(rows, number)


def _check_size(delivered: Delivered, found: Found) -> None:
    if found.size is not None and delivered.size != found.size:
        raise RefusedFile(
            f"{delivered.size:,} bytes were read, and the store says {found.size:,}: it is still being written",
            "receive again, once it is whole",
            "O42",
        )


def _is_inbound(name: str) -> bool:
    """Whether a file is one that goes to Audience Manager, not one that comes from it."""
    try:
        parse_file_name(name)
    except FileNameError:
        return False
    return True


def _head(data: bytes) -> str:
    """The first line that says anything."""
    text = data[:100_000].decode("utf-8-sig", errors="replace")
    return next((line for line in text.splitlines() if line.strip()), "")


def _nothing_known(head: str, templates: Sequence[NameTemplate]) -> RefusedFile:
    if _MBOX.match(head):
        # A mail at its end may be half there, which nothing tells without the lock of whoever writes it.
        return RefusedFile(
            "it is a mailbox in one file (mbox), which is not read",
            "have the mails delivered into a maildir (a path with a / at its end, for most mail servers), save them as "
            ".eml files, or name the mailbox as imaps://<user>@<host>/<folder>",
            "R2",
        )
    if not templates:
        hint = "declare the destination that it is of in aam_destinations (docs/feedback.md), and load the list"
    else:
        declared = ", ".join(template.destination_id for template in templates)
        hint = f"declare its destination, or mend the name_template of one (there are {declared}), and load the list"
    return RefusedFile(
        "it is no document that is known, and its name fits no destination of aam_destinations", hint, "O13"
    )


def _outcome(facts: Facts, state: str, reason: str = "", rule: str = "", hint: str = "") -> ReceivedFile:
    return ReceivedFile(
        facts.source, facts.path, facts.kind, state, facts.destination_id or "", facts.size, facts.line_count,
        storable(reason), rule, storable(hint),
    )  # fmt: skip
