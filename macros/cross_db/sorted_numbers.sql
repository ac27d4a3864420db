{#- Aggregate: the distinct numbers of a group as an ascending list. split_numbers takes it apart. -#}
{% macro sorted_numbers(expression) -%}
    {{ return(adapter.dispatch('sorted_numbers', 'aam_inbound')(expression)) }}
{%- endmacro %}

{% macro default__sorted_numbers(expression) -%}
    array_sort(collect_set({{ expression }}))
{%- endmacro %}

{% macro duckdb__sorted_numbers(expression) -%}
    list_sort(list_distinct(list({{ expression }})))
{%- endmacro %}

{% macro postgres__sorted_numbers(expression) -%}
    array_agg(distinct {{ expression }} order by {{ expression }})
{%- endmacro %}
