{#- What: a line has at most 102,400 bytes in UTF-8, its newline (which the column does not hold) counted (S4).
    Why: AAM drops a longer line without a word.
    How to mend: give the user several lines (macro cut_lines), or fewer signals.
    Option: `max_bytes` (102400). -#}
{% test line_bytes(model, column_name, max_bytes=none) %}
{%- set limit = max_bytes or aam_inbound.aam_max_line_bytes() -%}
with tested as (
    select
        {{ column_name }} as tested_value,
        {{ aam_inbound.byte_length(column_name) }} + 1 as line_bytes
    from {{ model }}
)

select
    'line_too_long' as reason,
    'S4' as rule,
    {{ aam_inbound.sha256_hex('tested_value') }} as value_sha256,
    line_bytes
from tested
where line_bytes > {{ limit }}
{% endtest %}
