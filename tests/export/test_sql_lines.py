"""What sqlfluff does not see of our SQL: in macros and dbt tests it reads neither comments nor Jinja."""

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


JINJA = re.compile(r"{{.*?}}|{%.*?%}", re.DOTALL)
DEFINED = re.compile(r"{%-?\s*macro\s+(\w+)\s*\(")


def unqualified(text: str, macros: set[str]) -> list[str]:
    """Names of our macros that are called without the package's name, which a project that installs it can't find."""
    call = re.compile(rf"(?<![\w.'\"])({'|'.join(sorted(macros))})\(")
    return [
        name
        for block in JINJA.findall(text)
        if not re.match(r"{%-?\s*(macro|materialization|test)\s", block)
        for name in call.findall(block)
    ]


def test_macros_call_each_other_by_the_packages_name() -> None:
    files = [file for folder in ("macros", "models", "tests") for file in (REPOSITORY / folder).rglob("*.sql")]
    texts = {str(file.relative_to(REPOSITORY)): file.read_text(encoding="utf-8") for file in files}
    macros = {name for text in texts.values() for name in DEFINED.findall(text)}
    assert unqualified("{{ sha256_hex('x') }} {{ aam_inbound.sha256_hex('x') }}", macros) == ["sha256_hex"]
    assert {name: found for name, text in texts.items() if (found := unqualified(text, macros))} == {}
