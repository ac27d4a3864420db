"""User IDs: U1 to U8, N6, and the e-mail addresses of P1."""

from __future__ import annotations

import re
import unicodedata

from aam_export.check.report import (
    FORMAT_ERROR,
    INVALID_AAM_ID,
    INVALID_DEVICE_ID,
    UNCOUNTED,
    Problem,
)
from aam_export.files.names import GLOBAL_DATA_SOURCES

AAM_UUID, ECID, DPUUID, HASHED_EMAIL = "aam_uuid", "ecid", "dpuuid", "hashed_email"
EMPTY_TEXT_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
# Words for nothing, in lower case and without brackets and quotes around them; the macro placeholder_ids has them too.
PLACEHOLDERS = frozenset(
    {
        "null", "nul", "nil", "none", "nan", "-nan", "nat", "na", "n/a", "n.a.", "n.a", "n-a", "n\\a", "\\n", "\\\\n",
        "undefined", "undef", "unknown", "anonymous", "anon", "test", "void", "empty", "blank", "missing", "nothing",
        "dbnull", "no value", "no data", "no id", "not set", "not available", "not applicable", "not provided",
        "object object", "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity",
        "#n/a", "#n/a n/a", "#na", "#nv", "0", "+0", "-0", "-1", "-", "--", "---", "?", ".", "..", "...", "*", "/",
        "\\", "_",
    }
)  # fmt: skip
# The dates by which systems and people say that there is none.
PLACEHOLDER_DATES = frozenset(
    {
        "0000-00-00", "0001-01-01", "1000-01-01", "1111-11-11", "1582-10-15", "1601-01-01", "1753-01-01", "1800-01-01",
        "1899-12-30", "1899-12-31", "1900-01-01", "1970-01-01", "2038-01-19", "2079-06-06", "2099-12-31", "2199-12-31",
        "2262-04-11", "2299-12-31", "2999-12-31", "3000-01-01", "3000-12-31", "4712-12-31", "9999-01-01", "9999-12-30",
        "9999-12-31",
    }
)  # fmt: skip
# What may stand around a word that stands for no ID.
AROUND = "()[]{}<>\"`\u00ab\u00bb\u2018\u2019\u201c\u201d\u201e'"

DIGITS_38 = "[0-9]{38}"
SHA256 = "[0-9a-f]{64}"
# What an ID looks like, whatever its data source is said to hold (N5). Ordinary customer IDs look like none of these.
SHAPES = {
    "38 digits": (38, DIGITS_38),
    "UUIDs in lowercase": (36, GLOBAL_DATA_SOURCES["gaid"].pattern.pattern),
    "UUIDs in uppercase": (36, GLOBAL_DATA_SOURCES["idfa"].pattern.pattern),
    "SHA-256 digests": (64, SHA256),
}
# No data source says so, but these can be nothing else than device IDs (U6).
DEVICE_SHAPE = "|".join(SHAPES[shape][1] for shape in ("38 digits", "UUIDs in lowercase", "UUIDs in uppercase"))

# RE2 patterns of IDs that are certainly fine; what they leave out, `id_problem` decides. An ordinary customer ID passes
# with a digit from 1 to 9 or with ten characters: no placeholder has either behind a letter or digit.
_SAFE = r"[A-Za-z0-9_.=+/|~$#!*();-]"
_FINE = {
    AAM_UUID: DIGITS_38,
    ECID: DIGITS_38,
    HASHED_EMAIL: SHA256,
    DPUUID: rf"(?:[1-9]{_SAFE}*|[A-Za-z0-9_]{_SAFE}*[1-9]{_SAFE}*|[A-Za-z0-9_]{_SAFE}{{9,}})",
}
# IDs of no one, and nothing but: those that are looked at one by one although their form is fine. A comma ends them.
SUSPICIOUS = rf"\A(?:0(?:[._-]?0)*|{EMPTY_TEXT_SHA256}|{'|'.join(sorted(PLACEHOLDER_DATES))}),\z"
SUSPICIOUS_FIRST = sorted({ord(text[0]) for text in ("0", EMPTY_TEXT_SHA256, *PLACEHOLDER_DATES)})

_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@.]{2,}")
_URL_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}")
_ZEROS = re.compile(r"[({]?0(?:[. _-]?0){3,}[)}]?|[+-]?0+[.,]0*(?:[Ee][+-]?0+)?|0[Ee][+-]?0+|[+-]0+|0x0+")
_SPREADSHEET_ERROR = re.compile(r"#[^0-9 ][^ ]*[!?]")
# A number that is not written as plain digits: it went through a float, a spreadsheet or a type too small for it.
NUMBER_FORM = (
    r"[+]?[0-9]{1,3}(?:[.,' ][0-9]{3})+(?:[.,]0+)?|[+-]?[0-9]+[.,]0*|[+-]?[0-9]+(?:[.,][0-9]*)?[Ee][+]?[0-9]{1,3}"
    r"|[+-][0-9]{3,}|['=]\"?[0-9]{3,}\"?"
)
NUMBER_FIRST = [ord(text) for text in "0123456789+-'="]
_INVISIBLE = frozenset({"Cc", "Cf", "Zl", "Zp"})


def fine_id(id_type: str | None) -> str:
    """RE2 pattern that only valid IDs of the type match (None: not known, so taken as a customer ID)."""
    source = GLOBAL_DATA_SOURCES.get(id_type or "")
    if source is None:
        return _FINE[id_type or DPUUID]
    if source.form == "letters and digits":
        return r"[A-Za-z0-9]{10,}(?:-[A-Za-z0-9]+)*"
    return source.pattern.pattern


def id_problem(text: str, id_type: str | None) -> Problem | None:
    """The first rule that an ID breaks, under the receipt's word for its type; None for a valid ID."""
    device = GLOBAL_DATA_SOURCES.get(id_type or "")
    word = FORMAT_ERROR
    if id_type in (AAM_UUID, ECID):
        word = INVALID_AAM_ID
    elif device is not None:
        word = INVALID_DEVICE_ID
    if not text:
        return Problem("U5", "no user ID", word)
    if text[0].isspace() or text[-1].isspace():
        return Problem("U5", "a blank before or after the user ID", word)
    if has_invisible(text):
        return Problem("U5", "a control or invisible character in the user ID", word)
    if has_email(text):
        return Problem("P1", "the user ID is or holds an e-mail address", UNCOUNTED)
    if encoded := _URL_ENCODED.search(text):
        if encoded[0].upper() == "%3A":
            return Problem("U2", "a colon, written %3A, in the user ID", word)
        return Problem("U4", "URL encoding in the user ID", word)
    if stands_for_nothing(text) or text == EMPTY_TEXT_SHA256 or _is_zero(text, id_type):
        return Problem(
            "U8",
            "the user ID stands for no ID (zeros, a placeholder, or the hash of nothing)",
            UNCOUNTED if word == FORMAT_ERROR else word,
        )
    if id_type in (AAM_UUID, ECID):
        if not re.fullmatch(DIGITS_38, text):
            return Problem("U1", "the ID is not 38 digits", word)
    elif id_type == HASHED_EMAIL:
        if not re.fullmatch(SHA256, text):
            return Problem("U7", "the hashed e-mail address is not 64 lowercase hex digits", word)
    elif device is not None:
        if not device.pattern.fullmatch(text):
            return Problem("U3", f"the ID is not a {device.id_type}: {device.form}", word)
    elif ":" in text:
        return Problem("U2", "a colon in the user ID", word)
    return None


def stands_for_nothing(text: str) -> bool:
    """Whether a text is a word, an error of a spreadsheet or a date that stands for no ID (U8)."""
    word = text.strip(AROUND).lower()
    return not word or word in PLACEHOLDERS or text in PLACEHOLDER_DATES or bool(_SPREADSHEET_ERROR.fullmatch(text))


def has_invisible(text: str) -> bool:
    """Whether a text has a control or format character, or a line or paragraph separator (U5, L5)."""
    return not text.isprintable() and any(unicodedata.category(c) in _INVISIBLE for c in text)


def has_email(text: str) -> bool:
    return "@" in text and _EMAIL.search(text) is not None


def _is_zero(text: str, id_type: str | None) -> bool:
    if _ZEROS.fullmatch(text):
        return True
    return id_type in GLOBAL_DATA_SOURCES and not text.strip("0-")
