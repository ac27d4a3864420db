"""A literal means the same text in every dialect; on Spark, tests/whole/test_spark_delivery.py asks."""

from __future__ import annotations

import contextlib
from datetime import datetime, timezone
from pathlib import Path

import pytest
from sandbox import Warehouse as Place

from aam_export.profile import load_target
from aam_export.warehouses import connect
from aam_export.warehouses.base import literal, values

ALONE = [chr(code) for code in range(1, 256)] + ["\u0130", "\u03a3", "\u2028", "\ufeff", "\uffff", "\U0001f600"]
TEXTS = [
    *ALONE, "", "it's", "''", "\\'", "'\\", "\\\\", "a\\nb", "${system:user.name}", "$1", "{{ x }}", ":a", "?", "--", "/* x",
    ";", "%", "_", "e\u0301", "é", "x" * 100_000, "'" * 5_000, "\\'" * 5_000, "'\ue000\\", "replace('", "\\\ue000\ue001'",
]  # fmt: skip
MOMENT = datetime(999, 12, 31, 23, 59, 59, 999_999)


def test_literals_are_portable() -> None:
    assert literal(None) == "null"
    assert literal(42) == "42"
    assert literal("Customer-1") == "'Customer-1'"
    assert literal(MOMENT) == "timestamp '0999-12-31 23:59:59.999999'"
    assert literal(MOMENT.replace(tzinfo=timezone.utc)) == literal(MOMENT)
    for text in TEXTS:
        assert literal(text).count("\\") == 0, "an escape in some dialects"
        assert literal(text).count("'") % 2 == 0
        assert "''" not in literal(text) or not text, "a quote in some dialects, and nothing in others"


def test_texts_come_back_as_they_went(warehouse: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stored, compared and listed."""
    monkeypatch.chdir(tmp_path)
    place = warehouse.adopt(tmp_path)
    name = f"{place.schema}.literals"
    place.execute(f"create table {name} (number integer, text varchar, moment timestamp)")
    with contextlib.closing(connect(load_target("aam_inbound", None, tmp_path), read_only=False)) as opened:
        rows = ", ".join(values((number, text, MOMENT)) for number, text in enumerate(TEXTS))
        opened.execute(f"insert into {name} (number, text, moment) values {rows}")
        assert opened.fetch(f"select text, moment from {name} order by number") == [(text, MOMENT) for text in TEXTS]
        listed = ", ".join(map(literal, TEXTS))
        assert opened.fetch(f"select count(*) from {name} where text in ({listed})") == [(len(TEXTS),)]
        for text in ("it's", "\\'", "e\u0301"):
            assert opened.fetch(f"select text from {name} where text = {literal(text)}") == [(text,)]
