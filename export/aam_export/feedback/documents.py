"""Small documents as rows: control files, reports that people copied, answers of the API (O25, R11-R13, A9-A12).

A row is a JSON object. Of sampled error rows no ID is kept, only its SHA-256 (R13).
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

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
                "size": _whole(file.get("FileByteSize")),
                "lines": _whole(file.get("FileLineCount")),
                "md5": md5 if re.fullmatch("[0-9a-f]{32}", md5) else None,
            }
        )
    return [_row(row) for row in rows]


def table_kind(head: str) -> str | None:
    """What a CSV with this first line is: the status report, samples of its errors, or None (R12)."""
    labels = set(_labels(head, _delimiter(head)))
    if not labels & _FILE:
        return None
    return SAMPLES if labels >= _SAMPLE else STATUS


def table_rows(data: bytes) -> list[str]:
    """The rows of a status report, or of error samples, as a person copied them (R11-R13); totals are left out."""
    text = _text(data)
    head = next((line for line in text.splitlines() if line.strip()), "")
    kind, delimiter = table_kind(head), _delimiter(head)
    table = [row for row in csv.reader(io.StringIO(text.lstrip()), delimiter=delimiter) if any(row)]
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
            found = _NUMBER.fullmatch(cell)
            if cell not in ("", "-", "\u2013") and not found:
                raise RefusedFile(f"row {number}: {label} is '{cell}', no number", "copy it again", "R12")
            said[column] = int(re.sub("[^0-9]", "", found[1])) if found else None
    return said


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
    if isinstance(content, dict) and int(content.get("total") or 0) > len(objects):
        raise RefusedFile(
            f"it is a page: {len(objects)} of {content['total']}",
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
        return INBOUND_HISTORY, [_row(item) for item in objects]
    raise RefusedFile("it is no answer of the API that is known", "save the whole answer, as it came", "A3")


def _json(data: bytes, *, unquoted: bool = False) -> Any:
    text = _text(data)
    try:
        return json.loads(text)
    except ValueError as error:
        if unquoted:
            try:
                return json.loads(_UNQUOTED.sub(r'\1"\2"\3', text))
            except ValueError:
                pass
        raise RefusedFile(f"it is no JSON: {error}", "have it sent again", "O25" if unquoted else "A3") from None


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RefusedFile(f"byte {error.start + 1} is no UTF-8", "save it as UTF-8", "O21") from None


def _row(row: Mapping[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _delimiter(head: str) -> str:
    return max("\t;,", key=head.count)


def _labels(head: str, delimiter: str) -> list[str]:
    return [
        " ".join(cell.lower().split()) for cell in next(csv.reader([head.lstrip("\ufeff")], delimiter=delimiter), [])
    ]
