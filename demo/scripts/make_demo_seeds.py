"""Make the demo's raw tables: a CRM, site registrations and IDs captured on the site, as CSV in demo/seeds/raw.

Every person, address, number and device here is invented. The households are those of the completejourney
data (1 to 2500), so that real purchases meet made-up customers. Values are taken from SHA-256 of a name and
a number, not from `random`: the same bytes come out of every Python version, whatever order rows are made in.

    python demo/scripts/make_demo_seeds.py           write the files
    python demo/scripts/make_demo_seeds.py --check   exit 1 if the files in the tree differ from these
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import sys
import uuid
from dataclasses import astuple, dataclass, fields, replace
from datetime import date, datetime, timedelta
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "seeds" / "raw"
SEED = "aam-inbound demo"
HOUSEHOLDS = range(1, 2501)
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
NO_DEVICE = "00000000-0000-0000-0000-000000000000"
# fmt: off
FIRST_NAMES = [
    "Adela", "Bram", "Cosima", "Dorian", "Elowen", "Fabian", "Greta", "Hollis", "Imke", "Jorun", "Kester",
    "Liora", "Merrick", "Nell", "Osric", "Petra", "Quill", "Rosalba", "Soren", "Tamsin", "Ulla", "Viggo",
    "Wilma", "Xanthe", "Yorick", "Zelda", "Aurel", "Briony", "Caspian", "Delphine",
]
LAST_NAMES = [
    "Ashgrove", "Birkwood", "Calloway", "Dunmere", "Eastlake", "Fennimore", "Garrowby", "Hartwell",
    "Inglebrook", "Jessamy", "Kettering", "Larkspur", "Millbrae", "Northcott", "Oakhurst", "Pellinore",
    "Quillfeather", "Ravensworth", "Silverdale", "Thornbury", "Underhill", "Vanterpool", "Westerby",
    "Yarrowby", "Zellwood", "Applegarth", "Bellweather", "Copperfield", "Dovecote", "Elderflower",
]
STREETS = [
    "Alder", "Birch", "Cedar", "Dogwood", "Elm", "Foxglove", "Gorse", "Hazel", "Ivy", "Juniper", "Larch",
    "Maple", "Nettle", "Oak", "Poplar",
]
CITIES = [
    "Elmsford", "Port Gable", "Wyndham", "Old Harrow", "Saltmarsh", "Fernvale", "Cold Spring", "Redwater",
]
AREA_CODES = [
    202, 206, 212, 213, 214, 215, 216, 303, 305, 312, 313, 314, 404, 410, 412, 415, 503, 504, 512, 602, 612,
    615, 617, 702, 713,
]
TIERS = ["", "bronze", "bronze", "bronze", "silver", "silver", "gold"]
# fmt: on


@dataclass(frozen=True)
class Customer:
    """A row of the CRM; an empty text is an unknown value."""

    crm_id: str
    household_id: int
    full_name: str
    email: str
    phone: str
    street_address: str
    city: str
    birth_date: str
    loyalty_tier: str
    gaid: str
    idfa: str
    opted_out: str


@dataclass(frozen=True)
class Registration:
    """A row of the site's accounts; an empty text is an unknown value."""

    site_user_id: str
    household_id: int
    email: str
    aam_uuid: str
    newsletter: str
    channel: str
    registered_at: str


@dataclass(frozen=True)
class CapturedId:
    """An ID as the site sent it, in the namespace of `data_source`."""

    data_source: str
    user_id: str
    captured_at: str


def pick(name: str, number: int, below: int) -> int:
    """An integer from 0 to below - 1 that depends on the name and the number alone."""
    return int.from_bytes(hashlib.sha256(f"{SEED}/{name}/{number}".encode()).digest(), "big") % below


def share(name: str, number: int, percent: int) -> bool:
    return pick(name, number, 100) < percent


def text_of(name: str, number: int, alphabet: str, length: int) -> str:
    return "".join(alphabet[pick(f"{name}.{place}", number, len(alphabet))] for place in range(length))


def day(name: str, number: int, first: date, days: int) -> date:
    return first + timedelta(days=pick(name, number, days))


def customer(household: int) -> Customer:
    first = FIRST_NAMES[pick("first name", household, len(FIRST_NAMES))]
    last = LAST_NAMES[pick("last name", household, len(LAST_NAMES))]
    device = uuid.UUID(int=pick("device", household, 2**128), version=4)
    phone_type = pick("phone type", household, 100)
    return Customer(
        crm_id="CRM-" + text_of("crm id", household, BASE62, 8),
        household_id=household,
        full_name=f"{first} {last}",
        email=f"{first}.{last}{household}@example.com".lower(),
        # Numbers 555-0100 to 555-0199 are reserved for fiction in every area code.
        phone=f"({AREA_CODES[household // 100 % len(AREA_CODES)]}) 555-01{household % 100:02}",
        street_address=f"{1 + household} {STREETS[pick('street', household, len(STREETS))]} St",
        city=CITIES[pick("city", household, len(CITIES))],
        birth_date=day("birth", household, date(1935, 1, 1), 65 * 365).isoformat(),
        loyalty_tier=TIERS[pick("tier", household, len(TIERS))],
        gaid=str(device) if phone_type < 40 else "",
        idfa=str(device).upper() if 40 <= phone_type < 70 else "",
        opted_out="true" if share("opted out", household, 2) else "false",
    )


def registration(known: Customer) -> Registration:
    household = known.household_id
    halves = (pick(f"uuid.{half}", household, 2**63) for half in "ab")
    moment = datetime(2016, 1, 1) + timedelta(seconds=pick("registered", household, 2 * 365 * 86_400))
    return Registration(
        site_user_id=f"{pick('site user', household, 10**7):07}",
        household_id=household,
        email=known.email,
        aam_uuid="".join(f"{half:019}" for half in halves) if share("uuid known", household, 60) else "",
        newsletter="true" if share("newsletter", household, 45) else "false",
        channel="app" if share("channel", household, 35) else "web",
        registered_at=moment.isoformat(sep=" "),
    )


def captured(customers: list[Customer], registrations: list[Registration]) -> list[CapturedId]:
    """What the site saw of these people, before anything goes wrong."""
    seen = [("crm", known.crm_id, known.household_id, 40) for known in customers]
    seen += [("site_user", known.site_user_id, known.household_id, 60) for known in registrations]
    seen += [("aam_uuid", known.aam_uuid, known.household_id, 60) for known in registrations]
    seen += [("android", known.gaid, known.household_id, 15) for known in customers]
    seen += [("ios", known.idfa, known.household_id, 15) for known in customers]
    return [
        CapturedId(source, user_id, day(f"seen {source}", number, date(2017, 10, 1), 92).isoformat())
        for source, user_id, number, percent in seen
        if user_id and share(f"captured {source}", number, percent)
    ]


def spoil_devices(customers: list[Customer]) -> list[Customer]:
    """Advertising IDs as CRMs really hold them: some people forbade tracking (all zeros, U8), and one import
    wrote a few in the other case (N6), which the next step must refuse and never repair."""
    android = [known.household_id for known in customers if known.gaid]
    ios = [known.household_id for known in customers if known.idfa]
    zero = {*android[100:400:100], *ios[100:400:100]}
    wrong_case = {*android[50:450:100], *ios[50:250:100]}
    spoiled = []
    for known in customers:
        if known.household_id in zero:
            known = replace(known, gaid=known.gaid and NO_DEVICE, idfa=known.idfa and NO_DEVICE)
        elif known.household_id in wrong_case:
            known = replace(known, gaid=known.gaid.upper(), idfa=known.idfa.lower())
        spoiled.append(known)
    return spoiled


def spoil_registrations(registrations: list[Registration]) -> list[Registration]:
    """Two guests were stored under a placeholder (U8), and an export through a spreadsheet took the leading
    zero of two AAM UUIDs (U1: 37 digits)."""
    guests = {registrations[200].household_id, registrations[600].household_id}
    zeros = [known.household_id for known in registrations if known.aam_uuid.startswith("0")][:2]
    spoiled = []
    for known in registrations:
        if known.household_id in guests:
            known = replace(known, site_user_id="anonymous")
        if known.household_id in zeros:
            known = replace(known, aam_uuid=known.aam_uuid[1:])
        spoiled.append(known)
    return spoiled


def spoil_captured(rows: list[CapturedId]) -> list[CapturedId]:
    """Near misses for the audit of L7: an old page lower-cases CRM IDs (2), one tag percent-encodes them (1),
    a form leaves a blank (1), a cookie parsed as a number loses its zero (1). And visitors no CRM knows."""
    crm = [place for place, row in enumerate(rows) if row.data_source == "crm"]
    site = [place for place, row in enumerate(rows) if row.data_source == "site_user"]
    zero = next(place for place in site if rows[place].user_id.startswith("0"))
    mended = {
        crm[100]: rows[crm[100]].user_id.lower(),
        crm[500]: rows[crm[500]].user_id.lower(),
        crm[300]: rows[crm[300]].user_id.replace("-", "%2D"),
        site[-1]: rows[site[-1]].user_id + " ",
        zero: rows[zero].user_id[1:],
    }
    spoiled = [replace(row, user_id=mended.get(place, row.user_id)) for place, row in enumerate(rows)]
    strangers = ["CRM-" + text_of("stranger", number, BASE62, 8) for number in range(40)]
    return spoiled + [CapturedId("crm", stranger, "2017-12-24") for stranger in strangers]


def to_csv(rows: list[Customer] | list[Registration] | list[CapturedId]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(field.name for field in fields(rows[0]))
    writer.writerows(astuple(row) for row in rows)
    return text.getvalue().encode()


def make() -> dict[str, bytes]:
    """File name to content of every demo table."""
    customers = [customer(household) for household in HOUSEHOLDS]
    members = [known for known in customers if share("member", known.household_id, 44)]
    registrations = [registration(known) for known in members]
    stored_customers = spoil_devices(customers)
    stored_registrations = spoil_registrations(registrations)
    # People whose stored ID is spoiled are left out here, so that each imperfection shows in one place only.
    sound_customers = [known for known in customers if known in set(stored_customers)]
    sound_registrations = [known for known in registrations if known in set(stored_registrations)]
    site = spoil_captured(captured(sound_customers, sound_registrations))
    return {
        "raw_crm__customers.csv": to_csv(stored_customers),
        "raw_site__registrations.csv": to_csv(stored_registrations),
        "raw_site__captured_ids.csv": to_csv(site),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the demo's raw tables in demo/seeds/raw.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file differs")
    check = parser.parse_args().check
    stale = 0
    for name, content in make().items():
        file = FOLDER / name
        if file.is_file() and file.read_bytes() == content:
            continue
        stale += 1
        if check:
            print(f"{name} differs from what demo/scripts/make_demo_seeds.py makes: run it, or undo the change")
        else:
            FOLDER.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            print(f"{name}: {len(content):,} bytes")
    sys.exit(1 if check and stale else 0)


if __name__ == "__main__":
    main()
