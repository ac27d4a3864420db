"""The account's lists beside what Audience Manager's API says of it (A5, A6, A7, A8). Nothing is changed by itself.

What is not listed may only be invisible to who asked (A2): so a list is never emptied because of an answer. Of ID
synchronisations the API says nothing but what it says of their data sources.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from aam_export.errors import ConfigurationError
from aam_export.feedback.answers import Account, Row
from aam_export.ledger import LedgerContext
from aam_export.project import Project

DIFFERS, MISSING, NOTE, PROPOSAL = "differs", "missing", "note", "proposal"
DATA_SOURCES, TRAITS, SIGNAL_KEYS = "aam_data_sources", "aam_traits", "aam_signal_keys"
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
KEY_COLUMNS = ("data_source", "signal_key", "value_type", "accepts")
_TYPES = {"ON_BOARDED_TRAIT": "onboarded", "RULE_BASED_TRAIT": "rule_based", "ALGO_TRAIT": "algorithmic"}
# A rule that is one equality of a key and a text (A8).
_EQUALITY = re.compile(r'\s*"?([A-Za-z0-9_.\-]+)"?\s*==\s*"([^"]*)"\s*')
# A comparison in a rule, whole or not; `ic` is a code and no key.
_COMPARISON = re.compile(
    r'"?([A-Za-z0-9_.\-]+)"?\s*(==|!=|<=|>=|<|>|contains|startswith|endswith|matches\w+)\s*(?:"([^"]*)"|([^\s")]+))',
    re.IGNORECASE,
)
# A sheet may write a whole number with decimals.
_VERSION = re.compile(r"[0-9]{1,9}(?:\.[0-9]*)?")
# Types whose IDs AAM keeps as the customer's own: it can't tell an e-mail's hash from another ID (A6).
_OWN = {"dpuuid", "hashed_email"}


@dataclass(frozen=True)
class AccountFinding:
    """What is to be said of a row of a list: `key` is a DPID or trait ID, `line` a line proposed for it, as CSV."""

    list: str
    key: str
    state: str
    message: str
    rule: str
    line: str = ""


def compare(project: Project, ledger: LedgerContext, account: Account) -> list[AccountFinding]:
    """What the lists, as the last build has them, and the account say differently."""
    sources = _fetch(ledger, project.relation("input__aam_data_sources"), SOURCE_COLUMNS)
    traits = _fetch(ledger, project.relation("input__aam_traits"), TRAIT_COLUMNS)
    found: list[AccountFinding] = []
    if account.data_sources is not None:
        found += _data_sources(sources, account.data_sources)
    if account.traits is not None:
        found += _traits(traits, {row["dpid"] for row in sources}, account.traits)
        keys = _fetch(ledger, project.relation("input__aam_signal_keys"), KEY_COLUMNS)
        found += _signal_keys(keys, sources, account.traits)
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
    version = answer.get("marketingCloudVisitorIdVersion") or 0
    if not _VERSION.fullmatch(str(version)):
        raise ConfigurationError(
            f"data source {answer['dataSourceId']}: marketingCloudVisitorIdVersion is '{str(version)[:40]}', no number",
            hint="save the answer or sheet again, as it came",
            rule="A6",
        )
    return "ecid" if float(version) > 0 else "dpuuid"


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


def _signal_keys(
    ours: list[dict[str, str]], sources: list[dict[str, str]], theirs: Mapping[str, Row]
) -> Iterator[AccountFinding]:
    """Keys beside those that the rules of onboarded traits look at, without regard to case (L7, A8)."""
    owners = {row["data_source"]: row["target_data_owner_dpid"] or row["dpid"] for row in sources}
    wanted: dict[str, dict[str, list[tuple[str, str]]]] = {}  # owner → key → operator and value of each comparison
    for answer in theirs.values():
        if answer.get("traitType") == "ON_BOARDED_TRAIT":
            for key, operator, quoted, bare in _COMPARISON.findall(str(answer.get("traitRule") or "")):
                if key.lower() != "ic":
                    keys = wanted.setdefault(str(answer.get("dataSourceId")), {})
                    keys.setdefault(key.lower(), []).append((operator, quoted or bare))
    for row in ours:
        key, source = row["signal_key"], row["data_source"]
        rules = wanted.get(owners.get(source, ""), {})
        if rules and key.lower() not in rules:
            message = f"no onboarded trait that may be seen looks at {key}: what {source} sends of it is unused"
            yield AccountFinding(SIGNAL_KEYS, key, NOTE, message, "A8")
        elif row["value_type"] == "enum":
            accepted = {value.lower() for value in row["accepts"].split("|")}
            compared = rules.get(key.lower(), [])
            lacking = sorted(
                {value for operator, value in compared if operator == "==" and value.lower() not in accepted}
            )
            if lacking:
                message = f"{key} of {source} does not accept what traits look for: {', '.join(lacking)}"
                yield AccountFinding(SIGNAL_KEYS, key, NOTE, message, "A8")
    declared = {(owners.get(row["data_source"], ""), row["signal_key"].lower()) for row in ours}
    for source, owner in owners.items():
        own = any(row["data_source"] == source and row["dpid"] == owner for row in sources)
        for key, comparisons in wanted.get(owner, {}).items() if own else ():
            if (owner, key) in declared:
                continue
            message = f"traits of {owner} look at {key}, and the list does not have it"
            values = sorted({value for _, value in comparisons})
            if all(operator == "==" and "|" not in value for operator, value in comparisons):
                line = _line((source, key, "enum", "|".join(values)))
                yield AccountFinding(SIGNAL_KEYS, key, PROPOSAL, message, "A8", line)
            else:
                yield AccountFinding(SIGNAL_KEYS, key, NOTE, message, "A8")


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
