{#- Aggregate: the texts of a group, sorted by their bytes and joined by `separator`.

    By bytes, whatever the database's collation, so that the same data always gives the same line. -#}
{% macro sorted_join(expression, separator_expression) -%}
    {{ return(adapter.dispatch('sorted_join', 'aam_inbound')(expression, separator_expression)) }}
{%- endmacro %}

{% macro default__sorted_join(expression, separator_expression) -%}
    listagg({{ expression }}, {{ separator_expression }}) within group (order by {{ expression }})
{%- endmacro %}

{#- Three times faster here than string_agg(x order by x). -#}
{% macro duckdb__sorted_join(expression, separator_expression) -%}
    array_to_string(list_sort(list({{ expression }})), {{ separator_expression }})
{%- endmacro %}

{% macro postgres__sorted_join(expression, separator_expression) -%}
    string_agg({{ expression }}, {{ separator_expression }} order by ({{ expression }}) collate "C")
{%- endmacro %}
