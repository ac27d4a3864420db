"""Texts with personal data of every kind, written as people and systems write them, and honest IDs and values: all made from a seed.

Numbers are made by python-stdnum and phonenumbers, so that their checks are right; nothing is anybody's.
"""

from __future__ import annotations

import base64
import random
import string
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType
from stdnum import iban as stdnum_iban
from stdnum import luhn
from stdnum.es import dni as es_dni
from stdnum.fr import nir as fr_nir
from stdnum.it import codicefiscale

LOWER, UPPER, DIGITS = string.ascii_lowercase, string.ascii_uppercase, string.digits


@dataclass(frozen=True)
class Sample:
    """One text, the kind it should be taken for (None: honest), and the class it is counted in."""

    text: str
    kind: str | None
    group: str


def digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choices(DIGITS, k=count))


def letters(rng: random.Random, count: int, alphabet: str = UPPER) -> str:
    return "".join(rng.choices(alphabet, k=count))


def emails(rng: random.Random, count: int) -> Iterator[str]:
    hosts = [
        "example.com",
        "mail.example.co.uk",
        "bücher.example",
        "xn--bcher-kva.example",
        "пример.испытание",
        "例え.テスト",
    ]
    forms: list[Callable[[str, str], str]] = [
        "{}@{}".format,
        "contact: {}@{}, please".format,
        "<{}@{}>".format,
        "mailto:{}@{}?subject=x".format,
        "{}+news@{}".format,
        '"{} the first"@{}'.format,
        "{}%40{}".format,
        "{}\uff20{}".format,
        "{}\ufe6b{}".format,
        "{} @ {}".format,
        "{}(at){}".format,
        "{} [at] {}".format,
        "{}\u200b@{}".format,
        "id={}@{};x".format,
        "{}@{}_2024".format,
        "CRM-{}@{}".format,
        lambda name, host: f"{name}@{host}".upper(),
        lambda name, host: f"{name} (at) {host.replace('.', ' (dot) ')}",
        lambda name, host: name + "@" + host.replace(".", "\uff0e"),
        lambda name, host: f"{name}@[192.168.{len(name)}.1]",
    ]
    for i in range(count):
        name = rng.choice(["jane.doe", "j", "o'brien", "josé", "юлия", "用户", "a_b-c", "x" + digits(rng, 4)])
        yield forms[i % len(forms)](name, rng.choice(hosts))


CARD_PREFIXES = [
    ("4", 16, (4, 4, 4, 4)),
    ("4", 13, (4, 4, 4, 1)),
    ("4", 19, (4, 4, 4, 4, 3)),
    ("51", 16, (4, 4, 4, 4)),
    ("2221", 16, (4, 4, 4, 4)),
    ("2720", 16, (4, 4, 4, 4)),
    ("34", 15, (4, 6, 5)),
    ("37", 15, (4, 6, 5)),
    ("6011", 16, (4, 4, 4, 4)),
    ("65", 16, (4, 4, 4, 4)),
    ("36", 14, (4, 6, 4)),
    ("305", 14, (4, 6, 4)),
    ("3528", 16, (4, 4, 4, 4)),
    ("62", 16, (4, 4, 4, 4)),
    ("62", 19, (6, 6, 7)),
    ("6759", 16, (4, 4, 4, 4)),
    ("5018", 18, (4, 4, 4, 4, 2)),
]


def card(rng: random.Random, prefix: str, length: int) -> str:
    body = prefix + digits(rng, length - 1 - len(prefix))
    return body + str(luhn.calc_check_digit(body))


def grouped(text: str, sizes: tuple[int, ...], separator: str) -> str:
    parts, at = [], 0
    for size in sizes:
        parts.append(text[at : at + size])
        at += size
    return separator.join(parts)


def cards(rng: random.Random, count: int) -> Iterator[str]:
    for i in range(count):
        prefix, length, sizes = CARD_PREFIXES[i % len(CARD_PREFIXES)]
        text = grouped(card(rng, prefix, length), sizes, rng.choice([" ", "-", ".", "\u2011", "\u00a0", " - "]))
        if i % 3 == 1 and sizes != (6, 6, 7):
            text = rng.choice(["card {} exp 12/27", "cc={};", "Visa: {}", "pan-{}"]).format(text)
        if i % 7 == 2:
            text = text.translate({48 + d: 0xFF10 + d for d in range(10)})
        yield text


def bare_cards(rng: random.Random, count: int) -> Iterator[str]:
    for i in range(count):
        prefix, length, _ = CARD_PREFIXES[i % len(CARD_PREFIXES)]
        yield card(rng, prefix, length)


IBAN_FORMS = {
    "DE": "18n", "GB": "4a14n", "FR": "23n", "IT": "1a10n12c", "ES": "20n", "NL": "4a10n", "BE": "12n", "AT": "16n",
    "CH": "17n", "PL": "24n", "SE": "20n", "NO": "11n", "DK": "14n", "FI": "14n", "IE": "4a14n", "PT": "21n",
    "GR": "23n", "MT": "4a5n18c", "BR": "23n1a1n", "SA": "2n18c", "TR": "22n", "LC": "4a24c", "RO": "4a16c",
}  # fmt: skip


def one_iban(rng: random.Random, country: str) -> str:
    account, number = "", ""
    for char in IBAN_FORMS[country]:
        if char.isdigit():
            number += char
        else:
            account += letters(rng, int(number), {"n": DIGITS, "a": UPPER, "c": DIGITS + UPPER}[char])
            number = ""
    return f"{country}{stdnum_iban.calc_check_digits(country + '00' + account)}{account}"


def ibans(rng: random.Random, count: int) -> Iterator[str]:
    for i in range(count):
        text = one_iban(rng, list(IBAN_FORMS)[i % len(IBAN_FORMS)])
        if i % 5 in (1, 2):
            text = "-  "[i % 3].join(text[at : at + 4] for at in range(0, len(text), 4))
        if i % 5 == 3:
            text = text.lower()
        if i % 4 == 3:
            text = rng.choice(["IBAN {}", "iban:{}", "to {}.", "pay ({}) now"]).format(text)
        yield text


def us_ssns(rng: random.Random, count: int) -> Iterator[str]:
    for i in range(count):
        area = rng.choice([n for n in range(1, 900) if n != 666])
        separator = "- \u2013"[i % 3]
        text = f"{area:03}{separator}{rng.randint(1, 99):02}{separator}{rng.randint(1, 9999):04}"
        yield f"ssn: {text}" if i % 4 == 3 else text


NINO_FIRST, NINO_SECOND = "ABCEGHJKLMNOPRSTWXYZ", "ABCEGHJKLMNPRSTWXYZ"
NINO_NEVER = {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}


def one_nino(rng: random.Random) -> str:
    while (prefix := rng.choice(NINO_FIRST) + rng.choice(NINO_SECOND)) in NINO_NEVER:
        pass
    return prefix + digits(rng, 6) + rng.choice("ABCD")


def uk_ninos(rng: random.Random, count: int) -> Iterator[str]:
    for i in range(count):
        text = grouped(one_nino(rng), (2, 2, 2, 2, 1) if i % 3 else (2, 6, 1), " - "[i % 2])
        yield text.lower() if i % 5 == 0 else text


def one_nir(rng: random.Random) -> str:
    department = rng.choice(["2A", "2B", *(f"{d:02}" for d in range(1, 96) if d != 20)])
    born = f"{digits(rng, 2)}{rng.randint(1, 12):02}"
    body = f"{rng.choice('12')}{born}{department}{rng.randint(1, 990):03}{rng.randint(1, 999):03}"
    return body + str(fr_nir.calc_check_digits(body))


def fr_nirs(rng: random.Random, count: int) -> Iterator[str]:
    for i in range(count):
        sizes = (1, 2, 2, 2, 3, 3, 2) if i % 3 else (13, 2)
        yield grouped(one_nir(rng), sizes, [" ", "-", "\u202f" if i % 3 else " ", "."][i % (4 if i % 3 else 3)])


def one_dni(rng: random.Random, foreign: bool) -> str:
    body = rng.choice("XYZ") + digits(rng, 7) if foreign else digits(rng, 8)
    return body + str(es_dni.calc_check_digit(body.translate(str.maketrans("XYZ", "012"))))


def es_dnis(rng: random.Random, count: int) -> Iterator[str]:
    for i in range(count):
        if i % 2:
            text = grouped(one_dni(rng, True), [(1, 7, 1), (8, 1)][i // 2 % 2], "- "[i % 3 == 0])
        else:
            number = one_dni(rng, False)
            dotted = f"{number[:2]}.{number[2:5]}.{number[5:8]}"
            text = [
                f"{number[:8]}-{number[8]}",
                f"{dotted}-{number[8]}",
                f"{number[:8]} {number[8]}",
                dotted + number[8],
            ][i // 2 % 4]
        yield text.lower() if i % 7 == 0 else text


def it_codici(rng: random.Random, count: int) -> Iterator[str]:
    omocode = "LMNPQRSTUV"
    for i in range(count):
        day = rng.randint(1, 28) + rng.choice([0, 40])
        born = f"{digits(rng, 2)}{rng.choice('ABCDEHLMPRST')}{day:02}"
        body = f"{letters(rng, 6)}{born}{rng.choice('ABCDEFGHIL')}{digits(rng, 3)}"
        if i % 4 == 1:
            body = body[:14] + omocode[int(body[14])]
        text = body + codicefiscale.calc_check_digit(body)
        if i % 4 == 2:
            text = f"CF {text}"
        if i % 4 == 3:
            text = grouped(text, (3, 3, 5, 5), " ")
        yield text.lower() if i % 5 == 0 else text


def ipv4s(rng: random.Random, count: int) -> Iterator[str]:
    forms = [
        "{}",
        "{}:8080",
        "{}/24",
        "from {} to",
        "ip={};",
        "[{}]",
        "http://{}/a",
        "ip-{}",
        "seen at {}.",
        "({})",
    ]
    for i in range(count):
        yield forms[i % len(forms)].format(".".join(str(rng.randint(0, 255)) for _ in range(4)))


def ipv6s(rng: random.Random, count: int) -> Iterator[str]:
    forms = ["{}", "[{}]:443", "{}/64", "{}%eth0", "client {} said", "ip={}", "http://[{}]/"]
    for i in range(count):
        groups = [f"{rng.randint(0, 0xFFFF):x}" for _ in range(8)]
        keep = rng.randint(1, 6)
        at = rng.randint(0, keep)
        text = [
            ":".join(groups),
            ":".join(groups).upper(),
            ":".join(groups[:at]) + "::" + ":".join(groups[at:keep]),
            "::ffff:" + ".".join(str(rng.randint(0, 255)) for _ in range(4)),
            "2001:db8::" + groups[0],
        ][i % 5]
        yield forms[i % len(forms)].format(text)


def valid_numbers(rng: random.Random, per_type: int) -> Iterator[phonenumbers.PhoneNumber]:
    """Valid numbers of every region: its example numbers with other last digits."""
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE):
            example = phonenumbers.example_number_for_type(region, kind)
            if example is None:
                continue
            found = 0
            for _ in range(50 * per_type):
                tail = 10 ** rng.choice([3, 4])
                number = phonenumbers.PhoneNumber()
                number.merge_from(example)
                number.national_number = (example.national_number or 0) // tail * tail + rng.randrange(tail)
                if phonenumbers.is_valid_number(number):
                    yield number
                    found += 1
                if found == per_type:
                    break


FORMATS = {
    "e164": PhoneNumberFormat.E164,
    "international": PhoneNumberFormat.INTERNATIONAL,
    "national": PhoneNumberFormat.NATIONAL,
    "rfc3966": PhoneNumberFormat.RFC3966,
}


def phones(rng: random.Random, per_type: int) -> Iterator[Sample]:
    """Every region's numbers in four formats; those that a format leaves as digits alone are no formatted numbers."""
    for number in valid_numbers(rng, per_type):
        for name, form in FORMATS.items():
            text = phonenumbers.format_number(number, form)
            if not text.isdigit():
                yield Sample(text, "phone", f"phone_{name}")


def written_phones(rng: random.Random, count: int) -> Iterator[str]:
    """Numbers as people of some countries write them; `#` is any digit, `%` one of 2 to 9."""
    forms = [
        "%##-%##-####", "%##.%##.####", "%## %## ####", "(%##) %##-####", "(%##)%##-####", "1-%##-%##-####",
        "1 (%##) %##-####", "%##-%##-#### x123", "(%##) %##-#### ext. 45", "+1 %##-%##-####",
        "+1.%##.%##.####", "+1%#########", "tel:%##-%##-####", "020 7%## ####", "0%### ######",
        "07### ######", "07### ### ###", "+44 (0)20 7### ####", "0044 20 7### ####", "(020) 7### ####",
        "01 %# ## ## ##", "06.##.##.##.##", "06-##-##-##-##", "+33 6 ## ## ## ##", "0033 6 ## ## ## ##",
        "+33 (0)1 ## ## ## ##", "030 %######", "030/%######", "0170-%######", "0170 / %######",
        "089 / 123 ## ##", "+49 (0) 170 %######", "0049-30-%######", "(030) %######", "6## ## ## ##",
        "9# ### ## ##", "6## ### ###", "+34 6## ### ###", "06 %#######", "02 %### ####", "3## %######",
        "+39 3## %######", "020-%######", "06-%#######", "0%# %## ## ##", "0%#/### ## ##", "04##/##.##.##",
        "03-%###-####", "090-%###-####", "0120-%##-###", "(02) %### ####", "04## ### ###",
        "+61 4## ### ###", "98### #####", "+91-98###-#####", "098### #####", "022-2#######",
        "(11) 9####-####", "11 9####-####", "+55 11 9####-####", "(0##) %###-####", "55 #### ####",
        "+52 55 #### ####", "8 (9##) ###-##-##", "+7 9## ###-##-##", "010-%###-####", "02-%##-####",
        "138 #### ####", "138-####-####", "0% ## ## ## ##", "%# ## ## ##", "071 ### ####", "(555) 555-01##",
        "Phone: (%##) %##-####", "call %##-%##-#### now", "mobile 0412 ### ###", "%##\u2011%##\u2011####",
        "+49\u00a030\u00a0%######", "\uff0b49 30 %######", "(%##)\u2002%##\u2013####",
    ]  # fmt: skip
    for i in range(count):
        form = forms[i % len(forms)]
        text = "".join(rng.choice(DIGITS) if c == "#" else rng.choice("23456789") if c == "%" else c for c in form)
        yield text.translate({48 + d: 0xFF10 + d for d in range(10)}) if i % 19 == 18 else text


DATES = [
    "%Y-%m-%d",
    "%d-%m-%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%Y/%m/%d",
    "%Y%m%d",
    "%d %b %Y",
    "%d-%m-%y",
    "%Y-%m",
    "%Y.%m.%d",
]
TIMESTAMPS = [
    "%Y-%m-%d %H:%M:%S.000", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S.%f", "%d/%m/%Y %H:%M", "%H:%M:%S",
    "%Y%m%d%H%M%S", "%Y-%m-%dT%H:%M:%S+00:00", "%d.%m.%Y %H:%M:%S", "%Y-%m-%d %H.%M.%S", "%Y-%m-%dT%H:%M:%S.%f+0200",
]  # fmt: skip


def honest(rng: random.Random, count: int) -> Iterator[Sample]:
    """`count` honest IDs and values of each of many shapes."""

    def moment() -> datetime:
        return datetime(2010, 1, 1) + timedelta(seconds=rng.randrange(500_000_000), milliseconds=rng.randrange(1000))

    def token(length: int) -> str:
        return base64.urlsafe_b64encode(rng.randbytes(length)).decode().rstrip("=")

    forms: dict[str, Callable[[], str]] = {
        "alphanumeric": lambda: letters(rng, rng.randint(5, 34), DIGITS + UPPER + LOWER),
        "upper_alphanumeric": lambda: letters(rng, rng.randint(6, 34), DIGITS + UPPER),
        "lower_alphanumeric": lambda: letters(rng, rng.randint(6, 34), DIGITS + LOWER),
        "uuid": lambda: str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        "upper_uuid": lambda: str(uuid.UUID(int=rng.getrandbits(128), version=4)).upper(),
        "digits_38": lambda: digits(rng, 38),
        "crm_10": lambda: str(rng.randint(10**9, 10**10 - 1)),
        "padded_10": lambda: f"{rng.randint(1, 10**7):010}",
        "digits_11_or_12": lambda: str(rng.randint(10**10, 10**12 - 1)),
        "digits_13_to_19": lambda: digits(rng, rng.randint(13, 19)),
        "digits_16": lambda: digits(rng, 16),
        "short_digits": lambda: digits(rng, rng.randint(1, 9)),
        "md5": lambda: f"{rng.getrandbits(128):032x}",
        "sha1": lambda: f"{rng.getrandbits(160):040x}",
        "sha256": lambda: f"{rng.getrandbits(256):064x}",
        "object_id": lambda: f"{rng.getrandbits(96):024x}",
        "base64url": lambda: token(rng.randint(9, 36)),
        "base64": lambda: base64.b64encode(rng.randbytes(rng.randint(9, 36))).decode(),
        "crm_year": lambda: f"CRM-{rng.randint(2000, 2026)}-{rng.randint(0, 999999):06}",
        "order": lambda: rng.choice(
            [
                f"ORD-{digits(rng, 8)}",
                f"{rng.randint(100, 999)}-{digits(rng, 7)}-{digits(rng, 7)}",
                f"#{digits(rng, 6)}",
                f"{rng.randint(2000, 2026)}-{digits(rng, 6)}",
                f"{rng.randint(2000, 2026)}/{digits(rng, 6)}",
                f"SO{digits(rng, 10)}",
                f"INV-{digits(rng, 4)}-{digits(rng, 4)}",
                f"PO {digits(rng, 8)}",
                f"{digits(rng, 6)}_{digits(rng, 4)}",
                f"W{digits(rng, 9)}",
                f"A-{digits(rng, 3)}-{digits(rng, 3)}",
            ]
        ),
        "date": lambda: moment().strftime(rng.choice(DATES)),
        "timestamp": lambda: moment().strftime(rng.choice(TIMESTAMPS)),
        "epoch": lambda: str(int(moment().timestamp() * rng.choice([1, 1000]))),
        "decimal": lambda: f"{rng.uniform(-(10 ** rng.randint(0, 9)), 10 ** rng.randint(0, 9)):.{rng.randint(1, 21)}f}",
        "version": lambda: (
            "v" * rng.randint(0, 1) + ".".join(str(rng.randint(0, 30)) for _ in range(rng.choice([2, 3, 3, 5])))
        ),
        "groups_4_4_4": lambda: f"{digits(rng, 4)}-{digits(rng, 4)}-{digits(rng, 4)}",
        "sku": lambda: f"{digits(rng, 3)}-{digits(rng, 3)}-{digits(rng, 3)}",
        "pairs": lambda: f"{digits(rng, 2)}-{digits(rng, 2)}-{digits(rng, 2)}",
        "zip_4": lambda: f"{digits(rng, 5)}-{digits(rng, 4)}",
        "sample": lambda: f"XYZ3017{token(32)}",
        "mac": lambda: rng.choice(":-").join(f"{rng.randrange(256):02x}" for _ in range(rng.choice([6, 8]))),
        "fingerprint": lambda: ":".join(f"{rng.randrange(256):02X}" for _ in range(rng.choice([16, 20]))),
        "slug": lambda: f"user_{digits(rng, rng.randint(3, 9))}",
        "text": lambda: f"{rng.choice(['Gold', 'Silver', 'Plan'])} {rng.randint(1, 99)} ({rng.randint(2000, 2026)})",
        "range": lambda: rng.choice(
            ["18-24", "1000-2000", "2017-2018", "$25,000 - $49,999", "100 000 - 200 000", "65+", "1 250 000"]
        ),
        "euros": lambda: f"{rng.randint(1, 999)}.{digits(rng, 3)},{digits(rng, 2)}",
        "coordinates": lambda: f"{rng.uniform(-90, 90):.6f},{rng.uniform(-180, 180):.6f}",
        "ulid": lambda: "01" + letters(rng, 24, "0123456789ABCDEFGHJKMNPQRSTVWXYZ"),
        "nanoid": lambda: letters(rng, 21, UPPER + LOWER + DIGITS + "_-"),
        "snowflake": lambda: str(rng.randrange(10**17, 2 * 10**18)),
        "bare_uuid": lambda: uuid.UUID(int=rng.getrandbits(128), version=4).hex,
        "braced_uuid": lambda: "{" + str(uuid.UUID(int=rng.getrandbits(128), version=4)) + "}",
        "hex_16": lambda: f"{rng.getrandbits(64):016X}",
        "base36": lambda: letters(rng, rng.randint(6, 14), DIGITS + LOWER),
        "hyphened_key": lambda: "-".join(letters(rng, 5, DIGITS + UPPER) for _ in range(5)),
        "ticket": lambda: f"{letters(rng, 3)}-{rng.randint(1, 99999)}",
        "invoice": lambda: f"{rng.choice(['INV', 'RE', 'FA'])}/{rng.randint(2015, 2026)}/{rng.randint(1, 99999):05}",
        "parcel": lambda: f"1Z{letters(rng, 6, DIGITS + UPPER)}{digits(rng, 10)}",
        "plate": lambda: f"{letters(rng, 2)}-{digits(rng, 3)}-{letters(rng, 2)}",
        "vehicle": lambda: letters(rng, 17, "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"),
        "article": lambda: f"{letters(rng, 3)}-{digits(rng, 4)}-{letters(rng, 2)}",
        "isin": lambda: f"{rng.choice(['US', 'DE', 'FR', 'GB'])}{letters(rng, 9, DIGITS + UPPER)}{rng.randint(0, 9)}",
        "postcode": lambda: f"{letters(rng, 2)}{rng.randint(1, 9)} {rng.randint(1, 9)}{letters(rng, 2)}",
        "amount": lambda: rng.choice(["{} EUR", "$ {}", "{} kr"]).format(f"{rng.uniform(1, 99999):,.2f}"),
        "share": lambda: f"{rng.uniform(0, 100):.{rng.randint(0, 3)}f}%",
        "week": lambda: f"{rng.randint(2015, 2026)}-W{rng.randint(1, 52):02}",
        "words": lambda: " ".join(
            [*rng.choices(["gold", "member", "since", "spring", "north", "store"], k=4), str(rng.randint(1, 2026))]
        ),
        "sentence": lambda: (
            f"order {digits(rng, rng.randint(5, 8))} of {moment():%Y-%m-%d} has {rng.randint(1, 99)} items"
        ),
        "path": lambda: f"shop/{digits(rng, 4)}/{letters(rng, 6, LOWER)}/{rng.randint(1, 999)}.html",
    }
    for group, form in forms.items():
        for _ in range(count):
            yield Sample(form(), None, group)


def positives(rng: random.Random, count: int) -> Iterator[Sample]:
    """`count` texts of each kind that is certain by itself."""
    kinds: dict[str, Callable[[random.Random, int], Iterator[str]]] = {
        "email": emails,
        "payment_card": cards,
        "iban": ibans,
        "us_ssn": us_ssns,
        "uk_nino": uk_ninos,
        "fr_nir": fr_nirs,
        "es_dni": es_dnis,
        "it_codice_fiscale": it_codici,
        "ipv4": ipv4s,
        "ipv6": ipv6s,
        "phone": written_phones,
    }
    for kind, generate in kinds.items():
        for text in generate(rng, count):
            yield Sample(text, kind, "phone_written" if kind == "phone" else kind)


# What people write around a number, in one piece or not.
TEXTS = [
    "please use {} from now on", "old contact {} closed", "{} is the new one", "see ({}) in the file", "it is [{}], thanks",
    "ref: {}; done", "number {}.", "client {}", "my id = {} ok", "moved from {}, to another", "<{}> was used",
    'she said "{}" twice', "no/{}/here it is", "account no. {}", "was 12345678 and then {}", "f\u00fcr {} gilt das",
    "order 4111111111111112 paid by {} today", "new:{} (checked)", "{} or {}", "customer={}", "ref:{}", "({})", '"{}"', "\u043d\u043e\u043c\u0435\u0440 {}",
    "le num\u00e9ro *{}* est bon", "id #{} / closed", "{{{}}} in braces", "note|{}|end of note",
]  # fmt: skip


def in_texts(rng: random.Random, count: int) -> Iterator[Sample]:
    """Numbers in one piece, which alone may be honest IDs, in texts of words."""
    kinds: dict[str, Callable[[], str]] = {
        "payment_card": lambda: (
            next(bare_cards(rng, 1)) if rng.random() < 0.3 else card(rng, *rng.choice(CARD_PREFIXES)[:2])
        ),
        "iban": lambda: one_iban(rng, rng.choice(list(IBAN_FORMS))),
        "uk_nino": lambda: one_nino(rng),
        "fr_nir": lambda: one_nir(rng),
        "es_dni": lambda: one_dni(rng, foreign=rng.random() < 0.5),
        "it_codice_fiscale": lambda: next(it_codici(rng, 1)),
    }
    for kind, make in kinds.items():
        for i in range(count):
            text = TEXTS[i % len(TEXTS)].replace("{}", make())
            yield Sample(text.lower() if i % 5 == 0 else text, kind, f"{kind}_in_text")


def encoded_emails(rng: random.Random, count: int) -> Iterator[Sample]:
    """Addresses in base64 and in hex, alone and with something around them."""
    forms = ["{}", "{}", "user_{}", "email={}", "id:{}", "token {} used", "{}.part", "({})"]
    for i in range(count):
        name = rng.choice(["jane.doe", "j", "o.brien-smith", "first.last+tag", "a_b-c", "x" + digits(rng, 4)])
        address = f"{name}@{rng.choice(['example.com', 'mail.example.co.uk', 'example.org'])}".encode()
        if i % 3 == 2:
            text = address.hex().upper() if i % 2 else rng.choice(["", "0x"]) + address.hex()
        else:
            text = (base64.b64encode if i % 2 else base64.urlsafe_b64encode)(address).decode()
            text = text.rstrip("=") if i % 4 == 1 else text
        yield Sample(forms[i % len(forms)].format(text), "email", "email_encoded")


def mobiles(rng: random.Random, country_code: int, count: int) -> Iterator[str]:
    """Valid mobile numbers of one country in international form, as digits alone."""
    region = phonenumbers.region_code_for_country_code(country_code)
    example = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
    assert example is not None
    for _ in range(count):
        number = (example.national_number or 0) // 10000 * 10000 + rng.randrange(10000)
        yield f"{country_code}{number}"


def populations(rng: random.Random) -> Iterator[Sample]:
    """Data sources (the group) in which one ambiguous shape prevails: with a kind where they are personal data."""
    n = 200
    yield from (Sample(text, "payment_card", "bare cards") for text in bare_cards(rng, n))
    yield from (Sample(text, "payment_card", "cards among UUIDs") for text in bare_cards(rng, 3))
    yield from (Sample(str(uuid.UUID(int=rng.getrandbits(128))), None, "cards among UUIDs") for _ in range(n))
    yield from (Sample(f"card-{text}", "payment_card", "prefixed cards") for text in bare_cards(rng, n))
    yield from (Sample(one_nino(rng), "uk_nino", "bare NINOs") for _ in range(n))
    yield from (Sample(one_nir(rng), "fr_nir", "bare NIRs") for _ in range(n))
    yield from (Sample(one_dni(rng, foreign=i % 2 == 0), "es_dni", "bare DNIs") for i in range(n))
    for country_code in (1, 33, 34, 39, 44, 49, 61, 81, 86, 91):
        yield from (Sample(text, "phone", f"+{country_code}") for text in mobiles(rng, country_code, 20))
    yield from (Sample(f"07{rng.choice('1234578')}{digits(rng, 8)}", "phone", "UK mobiles") for _ in range(n))
    yield from (Sample(digits(rng, 16), None, "random 16 digits") for _ in range(2000))
    yield from (Sample(digits(rng, rng.randint(10, 19)), None, "random digits") for _ in range(3000))
    yield from (Sample(f"ORD-{digits(rng, 16)}", None, "prefixed 16 digits") for _ in range(n))
    yield from (Sample(digits(rng, 8) + letters(rng, 1), None, "8 digits, letter") for _ in range(n))
    yield from (Sample(letters(rng, 2) + digits(rng, 6) + letters(rng, 1), None, "letters, 6 digits") for _ in range(n))
    for length in range(10, 20):
        yield from (Sample(f"{i:0{length}}", None, f"padded {length}") for i in range(1, n))
        yield from (Sample(f"{i + 10 ** (length - 1)}", None, f"sequential {length}") for i in range(n))
        yield from (Sample(f"{i + 4 * 10 ** (length - 1)}", None, f"sequential from 4, {length}") for i in range(n))
