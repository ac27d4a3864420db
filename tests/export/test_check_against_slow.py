"""`check` and a slow and simple reading of the rules say the same of random drops with random faults, in both directions.

AAM_CHECK_DROPS says how many (`make check-drops`); their seeds are their numbers, so that one can be looked at again.
"""

from __future__ import annotations

import gzip
import os
import random
import shutil
from pathlib import Path

import pytest
from slow_reader import Account, Said, name_rule, read_drop, read_name

from aam_export.check import Seeds, check_paths
from aam_export.check.seeds import Trait

DROPS = int(os.environ.get("AAM_CHECK_DROPS", "150"))
SHARDS = 2
DAY = "2020-09-13"
STAMP = 1600000000
ACCOUNT = Account({"4711": {""}, "4712": {"4711"}, "20914": {"4711"}}, {"1", "2", "3"}, {"tier", "city"}, {"gold"})
SEEDS = Seeds(
    {"4711": "dpuuid", "4712": "dpuuid", "20914": "gaid"},
    {("4711", ""): "crm", ("4712", "4711"): "shop", ("20914", "4711"): "android"},
    {trait: Trait("4711", "onboarded") for trait in ACCOUNT.traits},
    dict.fromkeys(("crm", "shop", "android"), frozenset(ACCOUNT.keys)),
    {"4711": frozenset(ACCOUNT.codes)},
)
# About users and files, not lines.
OF_FILES = {"S5", "S8", "V6", "N7", "N3"}
SIGNALS = (
    "d_sid=1", "d_sid=2", "d_sid=3", "d_unsid=1", "d_unsid=2", "ic=gold", '"tier"="a"', '"city"="Köln am Rhein"', "city=x",
    'tier="b"', '"tier"=c',
)  # fmt: skip
ODD_SIGNALS = (
    "d_sid=9", "d_sid=", "d_sid=1x", "1:0", "2:-1", "gold", "other", "ic", "d_unsid", "ic=a b", "", " d_sid=1", '"d_sid"="1"',
    '"ic"="gold"', 'D_SID=1', '"tier"="', '"tier"="a,b"', '""tier""=""a""', "-tier=a", '"first name"="a"', "level=a", "tier=",
    '"tier"=" a"', '"tier"="a\u200b"', '"tier"="x@example.com"', '"a"b"="c"', "tier=a=b", '"city"="\u2028"', "city=a'b", "a\"b",
)  # fmt: skip
ODD_IDS = (
    "", " a1", "a1 ", "a\u200b1", "a\x071", "someone@example.com", "a%201", "a%3a1", "a:1", "NULL", "(null)", "<NA>", "0000",
    "00000000", "0", "-1", "nil", "inf", "a,b", 'a"b', "12345.0", "1.2E+4", "é1", "x" * 300, "\u00a0a1",
)  # fmt: skip
NAMES = (
    ("ftp_dpm_4711", "sync"), ("ftp_dpm_4711", "sync"), ("ftp_dpm_4711", "overwrite"), ("ftp_dpm_4712_4711", "sync"),
    ("ftp_dpm_20914_4711", "sync"), ("adobe_id_0_4711", "sync"), ("ftp_dpm_4711_4712", "sync"), ("ftp_dpm_99", "sync"),
    ("adobe_id_0_99", "sync"), ("ftp_dpm_20914", "sync"), ("ftp_dpm_4711_20914", "sync"), ("adobe_id_0_4711", "overwrite"),
)  # fmt: skip


def a_line(draw: random.Random, base: str, faulty: float) -> bytes:
    if base.startswith("adobe"):
        device = "".join(draw.choices("123456789", k=38 if draw.random() > faulty else 37))
        line = f"{device}\t{an_id(draw, base, faulty)}"
    else:
        signals = draw.sample(SIGNALS, draw.randint(1, 4))
        if draw.random() < faulty:
            signals += draw.choices(SIGNALS + ODD_SIGNALS, k=2)
        else:
            signals = list({subject(signal): signal for signal in signals}.values())
        line = f"{an_id(draw, base, faulty)}\t{','.join(signals)}"
    if draw.random() < faulty:
        line = draw.choice(
            (line.replace("\t", " "), line + "\t", line + " ", line + "\tx", "", line + "\r", "\t" + line, "\r")
        )
    raw = line.encode()
    return raw.replace(b"a", b"\xff", 1) if draw.random() < faulty / 3 else raw


def subject(signal: str) -> str:
    """What a signal speaks of."""
    return signal.replace("d_unsid", "d_sid") if signal.startswith("d_") else signal.replace('"', "")


def an_id(draw: random.Random, base: str, faulty: float) -> str:
    if draw.random() < faulty:
        return draw.choice(ODD_IDS)
    number = draw.randint(1, 60 if faulty > 0.01 else 90_000)
    if base.startswith("ftp_dpm_20914"):
        return f"38400000-8cf0-11bd-b23e-10b96e4{number:05}"
    return f"{number}" if draw.random() < 0.1 else f"crm-{number}"


def packed(draw: random.Random, data: bytes, faulty: float) -> tuple[str, bytes]:
    """The end of the name, and the content."""
    if draw.random() < 0.5:
        return "", data if draw.random() > faulty / 3 else b"\xff\xfe" + data
    content = gzip.compress(data, mtime=0)
    if draw.random() < faulty:
        return draw.choice(
            (
                (".gz", content[: len(content) - 5]),
                (".gz", data),
                ("", content),
                (".gz", gzip.compress(data, mtime=5)),
                (".gz", content[:3] + b"\x04" + content[4:10] + b"\x01\0x" + content[10:]),
                (".gz.processed", content),
                (".zip", content),
                (".0.gz", content),
            )
        )
    return ".gz", content


def a_drop(number: int) -> dict[str, bytes]:
    draw = random.Random(number)
    files: dict[str, bytes] = {}
    for _ in range(draw.randint(1, 4)):
        faulty = draw.choice((0.0, 0.0, 0.02, 0.2))
        base, mode = draw.choice(NAMES[:6] if draw.random() > faulty else NAMES)
        lines = [a_line(draw, base, faulty / 3) for _ in range(draw.choice((1, 3, 30, 90, 150)))]
        if draw.random() < faulty / 4:
            lines += [b"crm-1\td_sid=1"] * 201
        data = b"\n".join(lines) + (b"\n" if draw.random() > faulty else b"")
        if draw.random() < faulty / 3:
            data = draw.choice((b"", b"\xef\xbb\xbf" + data, data + b"x" * 102_400 + b"\n"))
        end, content = packed(draw, data, faulty)
        part = draw.choice(("", "", "", ".1", ".2"))
        stamp = STAMP + draw.randint(0, 1)
        name = f"{base}_{stamp}.{mode}{part}{end}"
        if draw.random() < faulty / 3:
            name = draw.choice(
                (name.replace("_16", "_6"), name.replace(".sync", ".insert"), "notes.txt", name.replace("_1", "__1"))
            )
        folder = f"acme/date={DAY}"
        if draw.random() < faulty / 3:
            folder = draw.choice(
                (
                    "acme",
                    "acme/date=2020-9-13",
                    "other/date=2020-09-13",
                    f"acme/date={DAY}/deep",
                    "acme/date=2020-09-12",
                )
            )
        files[f"{folder}/{name}"] = content
    return files


def what_check_says(folder: Path, seeds: Seeds | None) -> set[Said]:
    report = check_paths([folder], seeds, layout="drop", partner="acme", max_examples=100_000)
    said: set[Said] = set()
    for violation in report.violations:
        path = Path(violation.path).relative_to(folder).as_posix()
        lines = (None,) if violation.rule in OF_FILES or not violation.lines else violation.lines
        said |= {(path, violation.rule, line) for line in lines}
    return said


def compared(said: set[Said]) -> set[Said]:
    """What both can say: not where in a batch, of a file that can't be read to its end not how far, and of one whose name
    is wrong that it is, and stands in a wrong place: how to read it is then a guess.
    """
    cut = {path for path, rule, _ in said if rule == "N8"}
    kept = {
        (path, rule, line)
        for path, rule, line in said
        if (is_named(path) and (path not in cut or (line is None and rule not in OF_FILES)))
        or (not is_named(path) and line is None and rule in ("N1", wrong_name(path)))
    }
    return {(path, rule, None if rule in OF_FILES else line) for path, rule, line in kept}


def is_named(path: str) -> bool:
    return read_name(path, path.rpartition("/")[2].removesuffix(".processed")) is not None


def wrong_name(path: str) -> str:
    return name_rule(path.rpartition("/")[2].removesuffix(".processed"))


@pytest.mark.parametrize("shard", range(SHARDS))
def test_both_readings_say_the_same(tmp_path: Path, shard: int) -> None:
    faulty = 0
    for number in range(shard, DROPS, SHARDS):
        files = a_drop(number)
        folder = tmp_path / str(number)
        for path, content in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        known = number % 3 > 0
        fast = compared(what_check_says(folder, SEEDS if known else None))
        slow = compared(read_drop(files, "acme", ACCOUNT if known else None))
        assert fast == slow, (
            f"drop {number}: only check: {sorted(fast - slow, key=str)}; only the slow one: {sorted(slow - fast, key=str)}"
        )
        faulty += bool(slow)
        shutil.rmtree(folder)
    assert faulty > DROPS // SHARDS // 3
    print(f"{DROPS // SHARDS} drops, {faulty} of them with faults: no difference")
