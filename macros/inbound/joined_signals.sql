{#- Aggregate: the signals of a group in their canonical order, as they stand on a line (L1). split_signals takes them apart. -#}
{% macro joined_signals(expression) -%}
    {{ sorted_join(expression, "','") }}
{%- endmacro %}
