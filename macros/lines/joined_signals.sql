{#- Aggregate: the signals of a group in their canonical order, as they stand on a line (L1). split_signals takes them apart. -#}
{% macro joined_signals(expression) -%}
    {{ aam_inbound.sorted_join(expression, "','") }}
{%- endmacro %}
