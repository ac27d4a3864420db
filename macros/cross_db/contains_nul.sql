{#- True where a text holds the character NUL, which only some databases can store. -#}
{% macro contains_nul(expression) -%}
    {{ return(adapter.dispatch('contains_nul', 'aam_inbound')(expression)) }}
{%- endmacro %}

{% macro default__contains_nul(expression) -%}
    (position(chr(0) in {{ expression }}) > 0)
{%- endmacro %}

{% macro postgres__contains_nul(expression) -%}
    false
{%- endmacro %}
