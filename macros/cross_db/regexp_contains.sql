{#- True where part of `expression` matches `pattern`, case-sensitively.

    `pattern` is a plain string in the subset that every engine reads alike: literals, bracket classes, (…|…), ?, *, +,
    {m,n}, ^ and $. No \d, \w, \b, \p, look-around or lazy quantifiers; a dot is written [.]. -#}
{% macro regexp_contains(expression, pattern) -%}
    {%- set pattern_literal = aam_inbound.regexp_literal(pattern) -%}
    {{ return(adapter.dispatch('regexp_contains', 'aam_inbound')(expression, pattern_literal)) }}
{%- endmacro %}

{% macro default__regexp_contains(expression, pattern_literal) -%}
    regexp_like({{ expression }}, {{ pattern_literal }})
{%- endmacro %}

{% macro duckdb__regexp_contains(expression, pattern_literal) -%}
    regexp_matches({{ expression }}, {{ pattern_literal }})
{%- endmacro %}

{% macro postgres__regexp_contains(expression, pattern_literal) -%}
    (({{ expression }}) collate "C" ~ {{ pattern_literal }})
{%- endmacro %}
