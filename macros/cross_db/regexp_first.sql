{#- What the first group of `pattern` takes in its first match in `expression`; the empty text where there is none.

    The subset of regexp_contains; groups before the wanted one are written (?:…). -#}
{% macro regexp_first(expression, pattern) -%}
    {{ return(adapter.dispatch('regexp_first', 'aam_inbound')(expression, pattern)) }}
{%- endmacro %}

{% macro default__regexp_first(expression, pattern) -%}
    regexp_extract({{ expression }}, {{ aam_inbound.regexp_literal(pattern) }}, 1)
{%- endmacro %}

{% macro postgres__regexp_first(expression, pattern) -%}
    coalesce(substring({{ expression }} from {{ aam_inbound.text_literal(pattern) }}), '')
{%- endmacro %}
