"""The account's lists beside what Audience Manager's API says of it (A5, A6, A7, A8). Nothing is changed by itself.

What is not listed may only be invisible to who asked (A2): so a list is never emptied because of an answer.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aam_export.errors import ConfigurationError
from aam_export.ledger import LedgerContext
from aam_export.project import Project

DIFFERS, MISSING, NOTE, PROPOSAL = "differs", "missing", "note", "proposal"
DATA_SOURCES, TRAITS = "aam_data_sources", "aam_traits"
SOURCE_COLUMNS = (
    "data_source",
    "dpid",
    "id_type",
    "target_data_owner_dpid",
    "refresh_mode",
    "id_placement",
    "description",
)
TRAIT_COLUMNS = ("trait_id", "dpid", "trait_name", "trait_type", "ttl_days", "signal_key", "signal_value")
_TYPES = {"ON_BOARDED_TRAIT": "onboarded", "RULE_BASED_TRAIT": "rule_based", "ALGO_TRAIT": "algorithmic"}
# A rule that is one equality of a key and a text (A8).
_EQUALITY = re.compile(r'\s*"?([A-Za-z0-9_.\-]+)"?\s*==\s*"([^"]*)"\s*')
# Types whose IDs AAM keeps as the customer's own: it can't tell an e-mail's hash from another ID (A6).
_OWN = {"dpuuid", "hashed_email"}

Row = Mapping[str, Any]


@dataclass(frozen=True)
class AccountFinding:
    """What is to be said of a row of a list: `key` is a DPID or trait ID, `line` a line proposed for it, as CSV."""

    list: str
    key: str
    state: str
    message: str
    rule: str
    line: str = ""


@dataclass(frozen=True)
class Account:
    """What the API said: data sources and traits by their IDs; None where no answer about them was given."""

    data_sources: Mapping[str, Row] | None
    traits: Mapping[str, Row] | None


def read_answers(files: Iterable[Path]) -> Account:
    """Read answers of GET /datasources/ and /traits/, or sheets of Adobe's Excel tool saved as CSV (A14).

    Raises ConfigurationError for a file that is neither, and for a page that is not all.
    """
    sources: dict[str, Row] | None = None
    traits: dict[str, Row] | None = None
    for file in files:
        rows = _rows(file)
        members = set().union(*rows) if rows else set()
        if {"sid", "traitType"} <= members:
            traits = {**(traits or {}), **{str(row["sid"]): row for row in rows}}
        elif {"dataSourceId", "idType"} <= members:
            sources = {**(sources or {}), **{str(row["dataSourceId"]): row for row in rows}}
        else:
            raise ConfigurationError(
                f"{file} is no answer about data sources or traits",
                hint="save what GET /datasources/ or GET /traits/?includeDetails=true answers, whole",
                rule="A5",
            )
    return Account(sources, traits)


def _rows(file: Path) -> list[Row]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file} can't be read: {error}", hint="name a JSON or CSV file in UTF-8") from error
    if text.lstrip()[:1] not in ("[", "{"):
        return [{key: _cell(cell) for key, cell in row.items() if key} for row in csv.DictReader(io.StringIO(text))]
    try:
        content = json.loads(text)
    except ValueError as error:
        raise ConfigurationError(f"{file} is no JSON: {error}", hint="save the whole answer, as it came") from error
    rows = content.get("list") if isinstance(content, dict) else content
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ConfigurationError(f"{file} is no list of objects", hint="save the whole answer, as it came", rule="A3")
    if isinstance(content, dict) and int(content.get("total") or 0) > len(rows):
        raise ConfigurationError(
            f"{file} is a page: {len(rows)} of {content['total']}", hint="ask without page options", rule="A3"
        )
    return rows


def _cell(cell: Any) -> Any:
    """A cell of a sheet as the API would have it."""
    return {"true": True, "false": False}.get(str(cell).lower(), cell)


def compare(project: Project, ledger: LedgerContext, account: Account) -> list[AccountFinding]:
    """What the lists, as the last build has them, and the account say differently."""
    sources = _fetch(ledger, project.relation("input__aam_data_sources"), SOURCE_COLUMNS)
    traits = _fetch(ledger, project.relation("input__aam_traits"), TRAIT_COLUMNS)
    found: list[AccountFinding] = []
    if account.data_sources is not None:
        found += _data_sources(sources, account.data_sources)
    if account.traits is not None:
        found += _traits(traits, {row["dpid"] for row in sources}, account.traits)
    return found


def _fetch(ledger: LedgerContext, relation: str, columns: tuple[str, ...]) -> list[dict[str, str]]:
    rows = ledger.warehouse.fetch(f"select {', '.join(columns)} from {relation} order by 1, 2")
    return [{name: str(cell or "") for name, cell in zip(columns, row, strict=True)} for row in rows]


def _data_sources(ours: list[dict[str, str]], theirs: Mapping[str, Row]) -> Iterator[AccountFinding]:
    for row in ours:
        dpid, answer = row["dpid"], theirs.get(row["dpid"])

        def said(state: str, message: str, rule: str, key: str = row["dpid"]) -> AccountFinding:
            return AccountFinding(DATA_SOURCES, key, state, message, rule)

        own = row["id_type"] in _OWN
        if answer is None:
            if own:
                yield said(MISSING, f"{row['data_source']} is not in the answer: it is wrong, or may not be seen", "A2")
            continue
        expected = id_type(answer)
        if expected != row["id_type"] and not (own and expected in _OWN):
            yield said(DIFFERS, f"{row['data_source']} has id_type {row['id_type']}, in AAM it is {expected}", "A6")
        if answer.get("inboundS2S") is False:
            yield said(DIFFERS, f"{row['data_source']} takes no inbound files in AAM", "A5")
        if str(answer.get("status", "ACTIVE")).upper() != "ACTIVE":
            yield said(DIFFERS, f"{row['data_source']} is {answer['status']} in AAM", "A5")
        if answer.get("samplingEnabled") is False:
            yield said(
                NOTE, f"error sampling of {row['data_source']} is off: it goes off by itself after 14 days", "R13"
            )
    listed = {row["dpid"] for row in ours}
    for dpid, answer in theirs.items():
        if dpid not in listed and answer.get("inboundS2S"):
            name = str(answer.get("name", ""))
            slug = re.sub("[^a-z0-9]+", "_", name.lower()).strip("_")
            cells = (slug, dpid, id_type(answer), "", "sync", "none", name)
            message = f"{name} takes inbound files, and the list does not have it"
            yield AccountFinding(DATA_SOURCES, dpid, PROPOSAL, message, "A6", _line(cells))


def id_type(answer: Row) -> str:
    """The ID type that a data source of the account has, as far as the API tells (A6)."""
    if answer.get("useAudienceManagerVisitorID") is True:
        return "aam_uuid"
    return "ecid" if int(answer.get("marketingCloudVisitorIdVersion") or 0) > 0 else "dpuuid"


def _traits(ours: list[dict[str, str]], dpids: set[str], theirs: Mapping[str, Row]) -> Iterator[AccountFinding]:
    for row in ours:
        trait, answer = row["trait_id"], theirs.get(row["trait_id"])
        name = f"trait {trait} ({row['trait_name']})"

        def said(state: str, message: str, rule: str, key: str = row["trait_id"]) -> AccountFinding:
            return AccountFinding(TRAITS, key, state, message, rule)

        if answer is None:
            yield said(MISSING, f"{name} is not in the answer: it was deleted, or may not be seen", "A2")
            continue
        wanted = _of_answer(answer)
        for column, rule in (("dpid", "L3"), ("trait_type", "A7"), ("ttl_days", "M6")):
            if wanted[column] and wanted[column] != row[column]:
                yield said(DIFFERS, f"{name}: {column} is {row[column]}, in AAM {wanted[column]}", rule)
        signal, theirs_signal = (row["signal_key"], row["signal_value"]), (wanted["signal_key"], wanted["signal_value"])
        if signal != ("", "") and "traitRule" in answer and signal != theirs_signal:
            yield said(DIFFERS, f"{name} is listed for {'='.join(signal)}, and its rule is {answer['traitRule']}", "A8")
    listed = {row["trait_id"] for row in ours}
    for trait, answer in theirs.items():
        wanted = _of_answer(answer)
        if trait not in listed and wanted["trait_type"] == "onboarded" and wanted["dpid"] in dpids:
            message = f"{wanted['trait_name']} is an onboarded trait of {wanted['dpid']}, and the list does not have it"
            line = _line([wanted[column] for column in TRAIT_COLUMNS])
            yield AccountFinding(TRAITS, trait, PROPOSAL, message, "A8", line)


def _of_answer(answer: Row) -> dict[str, str]:
    """A trait of the account as a row of aam_traits; what the answer does not say is empty (A8)."""
    rule = _EQUALITY.fullmatch(str(answer.get("traitRule") or ""))
    ttl = answer.get("ttl")
    return {
        "trait_id": str(answer["sid"]),
        "dpid": str(answer.get("dataSourceId") or ""),
        "trait_name": str(answer.get("name") or ""),
        "trait_type": _TYPES.get(str(answer.get("traitType")), str(answer.get("traitType") or "")),
        "ttl_days": "" if ttl in (None, "") else str(ttl),
        "signal_key": rule[1] if rule else "",
        "signal_value": rule[2] if rule else "",
    }


def _line(cells: Iterable[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(list(cells))
    return buffer.getvalue()
