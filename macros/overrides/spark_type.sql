{#- A type of text as Spark calls it: what a seed or a contract says is the same on every warehouse. -#}
{% macro spark_type(type) -%}
    {{ return('string' if type | lower in ('text', 'varchar') else type) }}
{%- endmacro %}
