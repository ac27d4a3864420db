"""Small documents as rows: control files, reports that people copied, answers of the API (O25, R11-R13, A9-A12).

A row is a JSON object. Of sampled error rows no ID is kept, only its SHA-256 (R13). What fails to be read in a way that
nobody thought of is refused by whoever asks (refusal.refusing).
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from aam_export.feedback.history import without_people
from aam_export.feedback.names import NameTemplate, read_name
from aam_export.feedback.refusal import RefusedFile

INFO, STATUS, SAMPLES = "info", "status", "error_samples"
SEGMENTS, MAPPINGS, OUTBOUND_HISTORY, INBOUND_HISTORY = "segments", "mappings", "outbound_history", "inbound_history"

_UNQUOTED = re.compile(r"([{,]\s*)([A-Za-z_]\w*)(\s*:)")
_FILE = {"data sync file name", "data sync file"}
_SAMPLE = {"error type", "user id"}
# A label of the report (R11) → a column, without regard to case, blanks and order (R12).
_LABELS = {
    "error sampling active": "error_sampling_active",
    "stored records": "stored_records",
    "records received": "records_received",
    "format errors": "format_errors",
    "invalid aam id": "invalid_aam_id",
    "invalid device id": "invalid_device_id",
    "no trait realized": "no_trait_realized",
    "no matching aam id": "no_matching_aam_id",
    "percentage success": "success_pct",
    "percent success": "success_pct",
    "total unused signals": "unused_signals",
    "total realized traits": "realized_traits",
}
_NUMBER = re.compile(r"([0-9]{1,3}(?:[,\u00a0 ][0-9]{3})+|[0-9]+)\s*%?")
# Never above some hundreds: a point or comma in it is a decimal one.
_PERCENTAGE = re.compile(r"([0-9]{1,3}(?:[.,][0-9]{1,6})?)\s*%?")
_NOTHING = ("", "-", "\u2013")
DIGITS = 18
"""Numbers with more have no place in a warehouse's whole numbers."""

_HALF = re.compile("[\ud800-\udfff]")
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
# Members of an answer's objects → what it is an answer to.
_ANSWERS = (
    ({"destinationMappingId", "sid"}, MAPPINGS),
    ({"segmentRule", "sid"}, SEGMENTS),
    ({"dataFileName", "orderID"}, OUTBOUND_HISTORY),
)
_ACCOUNT = ({"idType", "dataSourceId"}, {"traitType", "sid"})


def info_rows(data: bytes, templates: Iterable[NameTemplate]) -> list[str]:
    """A row a file that a transfer-control file names, with the delivery that it is of (O25); unquoted keys are read.

    Raises RefusedFile where it is none, or where a file that it names is of no destination.
    """
    content = _json(data, unquoted=True)
    files = content.get("Files") if isinstance(content, dict) else None
    if not isinstance(files, list) or not files:
        raise RefusedFile("it is no transfer-control file: it has no Files", "have it sent again", "O25")
    if any(isinstance(file, dict) and "FileChecksumMD5" in file for file in files):
        raise RefusedFile("it belongs to a customer data feed, which is not received", rule="C8")
    rows = []
    for file in files:
        name = str(file.get("FileName", "")).rpartition("/")[2] if isinstance(file, dict) else ""
        found = read_name(name, templates)
        if found is None:
            raise RefusedFile(
                f"it names {name or 'a file without a name'}, which fits no name template of aam_destinations",
                "declare the destination, or mend its name_template",
                "O25",
            )
        md5 = str(file.get("md5", "")).lower()
        rows.append(
            {
                "file_name": name,
                "destination_id": found.destination_id,
                "delivery": found.delivery,
                "size": _whole(file, "FileByteSize", name),
                "lines": _whole(file, "FileLineCount", name),
                "md5": md5 if re.fullmatch("[0-9a-f]{32}", md5) else None,
            }
        )
    return [_row(row) for row in rows]


def table_kind(head: str) -> str | None:
    """What a CSV with this first line is: the status report, samples of its errors, or None (R12)."""
    try:
        labels = set(_labels(head, _delimiter(head)))
    except csv.Error:
        return None
    if not labels & _FILE:
        return None
    return SAMPLES if labels >= _SAMPLE else STATUS


def table_rows(data: bytes) -> list[str]:
    """The rows of a status report, or of error samples, as a person copied them (R11-R13); totals are left out."""
    text = _text(data)
    head = next((line for line in text.splitlines() if line.strip()), "")
    kind, delimiter = table_kind(head), _delimiter(head)
    try:
        # Line ends of any system's.
        table = [row for row in csv.reader(io.StringIO(text.lstrip(), newline=None), delimiter=delimiter) if any(row)]
    except csv.Error as error:
        raise RefusedFile(f"it is no table: {error}", "copy it again, as CSV or with tabs", "R12") from None
    labels = [" ".join(cell.lower().split()) for cell in table[0]]
    rows = []
    for number, cells in enumerate(table[1:], 2):
        if len(cells) != len(labels):
            raise RefusedFile(
                f"row {number} has {len(cells)} cells, and the header {len(labels)}", "copy it again", "R12"
            )
        row = {label: cell.strip() for label, cell in zip(labels, cells, strict=True)}
        name = next(row[label] for label in labels if label in _FILE)
        if name.lower().startswith("aggregate totals"):
            continue
        rows.append(_sample(name, row) if kind == SAMPLES else _status(name, row, number))
    return [_row(row) for row in rows]


def _status(name: str, row: Mapping[str, str], number: int) -> dict[str, Any]:
    said: dict[str, Any] = {"file_name": name.rpartition("/")[2]}
    for label, cell in row.items():
        column = _LABELS.get(label)
        if column == "error_sampling_active":
            said[column] = cell.lower() in ("true", "yes", "1", "✓", "✔", "on") if cell else None
        elif column:
            said[column] = _number(cell, column, f"row {number}: {label}")
    return said


def _number(cell: str, column: str, where: str) -> int | float | None:
    if cell in _NOTHING:
        return None
    if column == "success_pct" and (found := _PERCENTAGE.fullmatch(cell)):
        return float(found[1].replace(",", "."))
    found = _NUMBER.fullmatch(cell)
    digits = re.sub("[^0-9]", "", found[1]) if found else ""
    if not 0 < len(digits) <= DIGITS:
        raise RefusedFile(f"{where} is '{cell[:40]}', no number", "copy it again", "R12")
    return int(digits)


def _sample(name: str, row: Mapping[str, str]) -> dict[str, Any]:
    user = row["user id"]
    return {
        "file_name": name.rpartition("/")[2],
        "error_type": row["error type"],
        "user_id_sha256": hashlib.sha256(user.encode()).hexdigest() if user else None,
    }


def answer_rows(data: bytes) -> tuple[str, list[str]]:
    """What an answer of the API is, and a row an object of it, as it came (A3, A9, A10, A12)."""
    content = _json(data)
    if isinstance(content, dict) and "AAM_Destination_Id" in content:
        raise RefusedFile("it is a message of a destination in real time, which no file has", rule="O20")
    objects = content.get("list") if isinstance(content, dict) else content
    if not isinstance(objects, list) or not all(isinstance(item, dict) for item in objects):
        raise RefusedFile("it is no answer of the API that is known", "save the whole answer, as it came", "A3")
    total = content.get("total") if isinstance(content, dict) else None
    if total is not None and not isinstance(total, int):
        raise RefusedFile(f"its total is '{str(total)[:40]}', no number", "save the whole answer, as it came", "A3")
    if total is not None and total > len(objects):
        raise RefusedFile(
            f"it is a page: {len(objects)} of {str(total)[:40]}",
            "ask without page options, or with a larger pageSize",
            "A3",
        )
    members = set().union(*objects) if objects else set()
    for named, kind in _ANSWERS:
        if members >= named:
            return kind, [_row(item) for item in objects]
    if any(members >= named for named in _ACCOUNT):
        raise RefusedFile("it is a list of the account", "compare it with yours: aam-export account FILE", "A5")
    if members & {"dataFileName", "fileName", "dataSyncFileName"}:
        return INBOUND_HISTORY, [_row(without_people(item)) for item in objects]
    raise RefusedFile("it is no answer of the API that is known", "save the whole answer, as it came", "A3")


def is_json(head: str) -> bool:
    """Whether a document with this first line is to be read as JSON."""
    return head.lstrip("\ufeff \t")[:1] in ("{", "[")


def _json(data: bytes, *, unquoted: bool = False) -> Any:
    text = _text(data)
    try:
        return json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        if unquoted:
            try:
                return json.loads(_UNQUOTED.sub(r'\1"\2"\3', text), parse_constant=_no_number)
            except (ValueError, RecursionError):
                pass
        raise RefusedFile(f"it is no JSON: {error}", "have it sent again", "O25" if unquoted else "A3") from None


def _no_number(name: str) -> None:
    """Python reads and writes NaN and Infinity, which JSON does not have, and no warehouse takes."""
    raise ValueError(f"{name} is no number")


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RefusedFile(f"byte {error.start + 1} is no UTF-8", "save it as UTF-8", "O21") from None


def _row(row: Mapping[str, Any]) -> str:
    """A row as every warehouse takes it: PostgreSQL reads no NUL out of JSON, and no half of a character."""
    text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
    wrong = "a NUL character" if _NUL.search(text) else "half of a character" if _HALF.search(text) else ""
    if wrong:
        raise RefusedFile(
            f"a text in it holds {wrong}, as one that was cut off in its midst may",
            "mend the text (a name or description) where it was written, and save the answer again",
            "A3",
        )
    return text


def _whole(file: Mapping[str, Any], member: str, name: str) -> int | None:
    value = file.get(member)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    if not 0 <= value < 10**DIGITS:
        raise RefusedFile(f"{member} of {name} is {str(value)[:40]}, which none is", "have it sent again", "O25")
    return value


def _delimiter(head: str) -> str:
    return max("\t;,", key=head.count)


def _labels(head: str, delimiter: str) -> list[str]:
    return [
        " ".join(cell.lower().split()) for cell in next(csv.reader([head.lstrip("\ufeff")], delimiter=delimiter), [])
    ]
