{#- In a select list: one row per part of a text between commas, each once; none of NULL and of the empty text. -#}
{% macro split_each(expression) -%}
    {{ return(adapter.dispatch('split_each', 'aam_inbound')(expression)) }}
{%- endmacro %}

{% macro default__split_each(expression) -%}
    explode(array_distinct(split(nullif({{ expression }}, ''), ',')))
{%- endmacro %}

{% macro duckdb__split_each(expression) -%}
    unnest(list_distinct(string_split(nullif({{ expression }}, ''), ',')))
{%- endmacro %}

{% macro postgres__split_each(expression) -%}
    unnest(array(select distinct unnest(string_to_array(nullif({{ expression }}, ''), ','))))
{%- endmacro %}
