{#- In a select list: one row per number of a list that sorted_numbers made. -#}
{% macro split_numbers(expression) -%}
    {{ return(adapter.dispatch('split_numbers', 'aam_inbound')(expression)) }}
{%- endmacro %}

{% macro default__split_numbers(expression) -%}
    explode({{ expression }})
{%- endmacro %}

{% macro duckdb__split_numbers(expression) -%}
    unnest({{ expression }})
{%- endmacro %}

{% macro postgres__split_numbers(expression) -%}
    unnest({{ expression }})
{%- endmacro %}
