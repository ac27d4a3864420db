{#- SQL expression: a text that others wrote as a number; NULL where it is not digits alone, and no more than every
    warehouse takes for a bigint: one such cast would fail each later build. -#}
{% macro whole_number(expression) -%}
    cast(nullif({{ aam_inbound.regexp_first(expression, '^([0-9]{1,18})$') }}, '') as {{ dbt.type_bigint() }})
{%- endmacro %}
