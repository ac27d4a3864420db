{#- SQL expression: an inbound file's name without its packing, as receipts and reports have it (R4). -#}
{% macro file_base_name(expression) -%}
    coalesce(
        nullif({{ aam_inbound.regexp_first(expression, '^(.*)[.](?:gz|pgp|gpg)$') }}, ''), {{ expression }}
    )
{%- endmacro %}
