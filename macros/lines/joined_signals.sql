{#- Aggregate: the signals of a group in their canonical order, as they stand on a line (L1), of those rows alone for
    which the condition `where` holds, if there is one; NULL where there are none. split_signals takes them apart. -#}
{% macro joined_signals(expression, where=none) -%}
    {{ aam_inbound.sorted_join(expression, "','", where) }}
{%- endmacro %}
