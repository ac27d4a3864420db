{#- A member of a JSON object in a text, as text; NULL where there is none. -#}
{% macro json_text(expression, member) -%}
    {{ return(adapter.dispatch('json_text', 'aam_inbound')(expression, member)) }}
{%- endmacro %}

{% macro default__json_text(expression, member) -%}
    get_json_object({{ expression }}, '$.{{ member }}')
{%- endmacro %}

{% macro duckdb__json_text(expression, member) -%}
    json_extract_string({{ expression }}, '$.{{ member }}')
{%- endmacro %}

{% macro postgres__json_text(expression, member) -%}
    (cast({{ expression }} as json) ->> '{{ member }}')
{%- endmacro %}
