{#- In a select list: one row per line of a text, whose lines end with a newline character but the last. -#}
{% macro split_lines(expression) -%}
    {{ return(adapter.dispatch('split_lines', 'aam_inbound')(expression)) }}
{%- endmacro %}

{% macro default__split_lines(expression) -%}
    explode(split({{ expression }}, '\n'))
{%- endmacro %}

{% macro duckdb__split_lines(expression) -%}
    unnest(string_split({{ expression }}, chr(10)))
{%- endmacro %}

{% macro postgres__split_lines(expression) -%}
    unnest(string_to_array({{ expression }}, chr(10)))
{%- endmacro %}
