{#- Length of a text in UTF-8 bytes, which is what AAM counts (S4). -#}
{% macro byte_length(expression) -%}
    {{ return(adapter.dispatch('byte_length', 'aam_inbound')(expression)) }}
{%- endmacro %}

{% macro default__byte_length(expression) -%}
    octet_length({{ expression }})
{%- endmacro %}

{% macro duckdb__byte_length(expression) -%}
    strlen({{ expression }})
{%- endmacro %}
