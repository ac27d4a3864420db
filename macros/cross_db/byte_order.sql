{#- `expression` for ORDER BY, comparing bytes whatever the database's collation. -#}
{% macro byte_order(expression) -%}
    {{ return(adapter.dispatch('byte_order', 'aam_inbound')(expression)) }}
{%- endmacro %}

{% macro default__byte_order(expression) -%}
    {{ expression }}
{%- endmacro %}

{% macro postgres__byte_order(expression) -%}
    ({{ expression }}) collate "C"
{%- endmacro %}
