"""Lines of SQL that sqlfluff does not see: in macros and dbt tests it reads neither comments nor Jinja."""

from __future__ import annotations

import re

from sandbox import REPOSITORY


def test_no_line_of_sql_is_longer_than_the_linter_allows() -> None:
    settings = (REPOSITORY / ".sqlfluff").read_text(encoding="utf-8")
    most = int(re.findall(r"^max_line_length = (\d+)$", settings, re.MULTILINE)[0])
    files = [file for folder in ("macros", "models", "tests") for file in (REPOSITORY / folder).rglob("*.sql")]
    assert len(files) > 100
    assert [
        f"{file.relative_to(REPOSITORY)}:{number}"
        for file in files
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > most
    ] == []
