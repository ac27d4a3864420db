{#- What the first group of `pattern` takes in its first match in `expression`; the empty text where there is none.

    The subset of regexp_contains; groups before the wanted one are written (?:…). -#}
{% macro regexp_first(expression, pattern) -%}
    {%- set pattern_literal = aam_inbound.regexp_literal(pattern) -%}
    {{ return(adapter.dispatch('regexp_first', 'aam_inbound')(expression, pattern_literal)) }}
{%- endmacro %}

{% macro default__regexp_first(expression, pattern_literal) -%}
    regexp_extract({{ expression }}, {{ pattern_literal }}, 1)
{%- endmacro %}

{% macro postgres__regexp_first(expression, pattern_literal) -%}
    coalesce(substring({{ expression }} from {{ pattern_literal }}), '')
{%- endmacro %}
