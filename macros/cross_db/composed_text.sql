{#- `expression` with letters and their marks as one character where Unicode has one (NFC): `é`, not `e` and an accent.
    Unchanged where the warehouse has no such function. -#}
{% macro composed_text(expression) -%}
    {{ return(adapter.dispatch('composed_text', 'aam_inbound')(expression)) }}
{%- endmacro %}

{% macro default__composed_text(expression) -%}
    {{ expression }}
{%- endmacro %}

{% macro duckdb__composed_text(expression) -%}
    nfc_normalize({{ expression }})
{%- endmacro %}

{% macro postgres__composed_text(expression) -%}
    normalize({{ expression }}, nfc)
{%- endmacro %}
