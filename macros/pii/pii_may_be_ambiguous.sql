{#- False where a text that is not plain digits has no ambiguous shape, decided by one regular expression on the raw
    text. -#}
{% macro pii_may_be_ambiguous(expression) -%}
    {{ aam_inbound.regexp_contains(expression, [
        '[^ -~]',
        '(^|[^0-9A-Za-z.,])([0-9]{13,19}|[A-Za-z]{2}[0-9]{6}[A-Za-z]|[0-9A-Za-z][0-9]{7}[A-Za-z])($|[^0-9A-Za-z])',
        '^[0-9]{3}[ .-][0-9]{3}[ .-][0-9]{3}$',
    ] | join('|')) }}
{%- endmacro %}
