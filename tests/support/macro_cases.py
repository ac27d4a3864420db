"""What the macros of macros/cross_db are asked on every warehouse, on texts that sort, fold, end or escape in surprising ways."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sandbox import Warehouse

ODD = [
    "User123", "USER123", "user123", "\u0131", "I", "\u0130", "i", "ß", "SS", "é", "e\u0301", "Z", "a", "_", "-", " a", "a ", "\t", "\n", "\r\n",
    "10", "9", "'", "''", '"', "\\", "\\n", "%", "a%b", "日本", "\U0001f600", "\ufeff", "\u200b", "\xa0", "$1", "{x}", "--", ";", "?", ":a", "",
]  # fmt: skip
INPUTS = [
    *ODD, "CRM-\u039f\u03a3", "\u03a3", "STRASSE", "%41%c3%a9+b", "%C3", "%ff%FE", "100%", "%zz%41", "%e0%80%80", "%ED%A0%80", "%F4%90%80%80", "a\u0085",
    "\u3000x\u2007", "it's", "\\'", "a\\nb", "{{ x }}", "%s", "a,,b,a", "\x1cx\x1f", "x\x0b", "12", "a12b", "12345", "x-1234-5", "d_sid=1", "dxsid=1", "a,b", "\x7f", "ab", "A" * 3000,
    "${env:HOME}", "${x}", "\\u0041", "a\n", "a\r", "a$", "$", ".", "[", "]", "[a]", "&", "&&", "^", "{", "}", "aa", "a\u2028b", "%EF%BF%BD", "/*", "`", "<NA>", "'None'",
    "48656c6c6f", "c3a9", "ff", "SGVsbG8h", "w6k4", "/w==",
]  # fmt: skip
MACROS = {
    "lower": "{{ aam_inbound.lower_case('text') }}",
    "upper": "{{ aam_inbound.upper_case(\"replace(text, 'ß', '')\") }}",
    "bytes": "{{ aam_inbound.byte_length('text') }}",
    "trimmed": "{{ aam_inbound.trim_blanks('text') }}",
    "bare": "{{ aam_inbound.bare_word('text') }}",
    "decoded": "{{ aam_inbound.url_decoded('text') }}",
    "encoded": "{{ aam_inbound.url_encoded('text') }}",
    "from_hex": "case when {{ aam_inbound.regexp_full_match('text', '([0-9a-f]{2})+') }} "
    "then {{ aam_inbound.decoded_text('text', 'hex') }} end",
    "from_base64": "case when length(text) < 99 and {{ aam_inbound.regexp_full_match('text', '([0-9A-Za-z/+]{4})*[0-9A-Za-z/+]{2}([0-9A-Za-z+/]{2}|==)') }} "
    "then {{ aam_inbound.decoded_text('text', 'base64') }} end",
    "sha256": "{{ aam_inbound.sha256_hex('text') }}",
    "bucket": "{{ aam_inbound.hash_bucket('text', 30) }}",
    "prefixed": "{{ aam_inbound.prefix_each('text', 'a-c%', 7) }}",
    "is_plain": "{{ aam_inbound.regexp_contains('text', '^[A-Za-z0-9_-]+$') }}",
    "has_other": "{{ aam_inbound.regexp_contains('text', '[^ -~]') }}",
    "first_group": "{{ aam_inbound.regexp_first('text', '(?:^|[^0-9])([0-9]{2,4})(?:$|[^0-9])') }}",
    "first_of": "{{ aam_inbound.first_of_matches('text', '([0-9]|[a-z])', 'found', \"nullif(found, 'a')\") }}",
    "joined": "{{ aam_inbound.joined_matches('text', '([^,]+)') }}",
    "overlaps": "{{ aam_inbound.lists_overlap('text', \"'b,12'\") }}",
    "bound": "{{ aam_inbound.bind_once('once', \"text || 'x'\", aam_inbound.concat_texts(['once', 'text', 'once'])) }}",
    "control": "{{ aam_inbound.has_control_character('text') }}",
    "edge": "{{ aam_inbound.has_blank_at_edge('text') }}",
    "named": "{{ aam_inbound.is_named_trait('text') }}",
    "rendered": "{{ aam_inbound.render_signal(\"'ic'\", 'text') }}",
}
# The subset that regexp_contains describes, with what one engine or another reads as something else.
PATTERNS = [
    "[0-9]+|a|b", "a|ab|[0-9]+", "[[]", "[]]", "[]a]+", "[^]a]+", "[[a]", "[^[]", "[[a]+[]]", "[]a[]+", "[a&&b]+", "[&]+", "[^&&]+", "a$|b", "$|a", "[$]", "[.$^]+",
    "[{]|[}]", "[^{}]+", "a{2}", "a{1,}", "(a|b){2,3}", "(a|)b", "[^a]", "[^\t]+", "[-a]+", "[a-]+", "[ -~]*", "[^ -~]+", "a?[$]?1?", "[\\]\\[]", "[\\\\]", "\\\\", "\\.|\\$", "a b?|#",
    "'+", "[']+|[\"]", "[\u00a0-\uffff]+", "[\U0001f600]", "İ|Σ",
]  # fmt: skip
# Capital letters of Unicode 16, which not every warehouse knows yet.
NEW_LETTERS = {0x1C89, *range(0xA7CB, 0xA7DD), *range(0x10D50, 0x10D66)}
# Each character, beside those that follow it.
CHARACTERS = [
    "".join(chr(code) for code in range(start or 1, start + 256) if code not in NEW_LETTERS)
    for start in range(0, 131072, 256)
    if not 0xD800 <= start < 0xE000
]
# With and without a comma in a value, and no lines at all.
LINES = ['d_sid=1,"k"="a,b",ic=x,"l"=""', 'd_sid=2,"k"="c",ic=y', '"m"="a,d_sid=3', 'a"b",,"n"="d"', ","]
SPLIT = "\nunion all\n".join(
    f"{{% set line -%}} '{line}' {{%- endset %}} select {{{{ aam_inbound.split_signals(line) }}}} as part"
    for line in LINES
)
LITERALS = "\nunion all\n".join(
    f"select {number} as number, {{{{ aam_inbound.text_literal(var('literals')[{number}]) }}}} as literal"
    for number in range(len(INPUTS))
)
MATCHED = """
select
    number,
    text,
    {{ aam_inbound.regexp_full_match_column('text', 'pattern') }} as by_column,
    case number
        {%- for pattern in var('patterns') %}
        when '{{ loop.index }}' then {{ aam_inbound.regexp_full_match('text', pattern) }}
        {%- endfor %}
    end as by_literal,
    case number
        {%- for pattern in var('patterns') %}
        when '{{ loop.index }}' then {{ aam_inbound.regexp_contains('text', pattern) }}
        {%- endfor %}
    end as is_contained
from {{ target.schema }}.inputs
cross join {{ target.schema }}.patterns
"""
MODELS = {
    "macros": f"select text, {', '.join(f'{sql} as {name}' for name, sql in MACROS.items())} from {{{{ target.schema }}}}.inputs",
    "lowered": "select text, {{ aam_inbound.lower_case('text') }} as lowered from {{ target.schema }}.characters",
    "split": SPLIT,
    "joined": "select {{ aam_inbound.sorted_join('text', 'chr(10)') }} as joined, "
    "{{ aam_inbound.sorted_join('text', \"','\", where=\"text = 'none of them'\") }} as none from {{ target.schema }}.inputs",
    "literals": LITERALS,
    "parts": "select text, {{ aam_inbound.split_each('text') }} as part from {{ target.schema }}.inputs",
    "numbers": "select {{ aam_inbound.split_numbers('numbers') }} as number from "
    "(select {{ aam_inbound.sorted_numbers('length(text)') }} as numbers from {{ target.schema }}.inputs) as sorted",
    "matched": MATCHED,
    "exact": "select distinct {{ aam_inbound.text_by_bytes('text') }} as text from {{ target.schema }}.folded",
}


def macro_results(place: Warehouse, folder: Path) -> dict[str, Any]:
    """What the macros give on a warehouse, by what was asked."""
    project = place.adopt(folder)
    project.own_package(only_macros=True)
    project.configure({"literals": INPUTS, "patterns": PATTERNS}, models={"+materialized": "table"})
    for name, sql in MODELS.items():
        project.write(f"models/{name}.sql", sql)
    prefix = f"{project.schema}."
    if place.kind != "spark":  # a table of Iceberg's has no collations
        project.execute(f"create table {prefix}folded (text varchar collate {place.folding})")
    project.fill(f"{prefix}folded", ("text",), [("a",), ("A",), ("a",)])
    project.fill(f"{prefix}inputs", ("text",), [(text,) for text in INPUTS])
    project.fill(f"{prefix}characters", ("text",), [(text,) for text in CHARACTERS])
    numbered = [(str(number), pattern) for number, pattern in enumerate(PATTERNS, start=1)]
    project.fill(f"{prefix}patterns", ("number", "pattern"), numbered)
    outcome = project.dbt("run")
    assert outcome.returncode == 0, outcome.stdout
    names = ("text", *MACROS)
    return {
        **{row[0]: dict(zip(names, row, strict=True)) for row in project.query(f"select * from {prefix}macros")},
        "lowered": dict(project.query(f"select text, lowered from {prefix}lowered")),
        "split": sorted(part for (part,) in project.query(f"select part from {prefix}split")),
        "joined": project.query(f"select joined, none from {prefix}joined"),
        "literals": [text for _, text in sorted(project.query(f"select number, literal from {prefix}literals"))],
        "parts": sorted(project.query(f"select text, part from {prefix}parts")),
        "numbers": sorted(number for (number,) in project.query(f"select number from {prefix}numbers")),
        "matched": {
            (PATTERNS[int(number) - 1], text): found
            for number, text, *found in project.query(
                f"select number, text, by_column, by_literal, is_contained from {prefix}matched"
            )
        },
        "exact": sorted(text for (text,) in project.query(f"select distinct text from {prefix}exact")),
    }


def differences(results: dict[str, Any], expected: dict[str, Any]) -> dict[Any, Any]:
    """Where two warehouses' results differ: what was asked → what one gave and what the other."""
    found: dict[Any, Any] = {}
    for asked, said in expected.items():
        given = results.get(asked)
        if isinstance(said, dict) and isinstance(given, dict):
            found.update(
                {(asked, key): (given.get(key), value) for key, value in said.items() if given.get(key) != value}
            )
        elif given != said:
            found[asked] = (given, said)
    return found


def check_results(results: dict[str, Any]) -> None:
    """What is known without another warehouse."""
    assert set(INPUTS) < set(results)
    assert results["split"] == sorted(part for line in LINES for part in re.findall('"[^"]*"="[^"]*"|[^,]+', line))
    assert results["exact"] == ["A", "a"]
    assert results["literals"] == INPUTS
    assert results["parts"] == sorted((text, part) for text in INPUTS if text for part in set(text.split(",")))
    assert results["joined"] == [("\n".join(sorted(INPUTS, key=str.encode)), None)]
    assert results["numbers"] == sorted({len(text) for text in INPUTS})
    for (pattern, text), (by_column, by_literal, _) in results["matched"].items():
        assert by_column == by_literal == (re.fullmatch(_pythons(pattern), text) is not None), (pattern, text)


def _pythons(pattern: str) -> str:
    """Python's `$` is as Java's, and it warns of sets in sets."""
    return re.sub(r"(?<!\\)\$(?=\||$)", r"\\Z", pattern).replace("[[", "[\\[").replace("&&", "&")
