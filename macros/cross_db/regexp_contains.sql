{#- True where part of `expression` matches `pattern`, case-sensitively.

    `pattern` is a plain string in the subset that every engine reads alike: literals, bracket classes, (…|…), ?, *, +,
    {m,n}, ^ and $. No \d, \w, \b, \p, look-around or lazy quantifiers; a dot is written [.]. -#}
{% macro regexp_contains(expression, pattern) -%}
    {{ return(adapter.dispatch('regexp_contains', 'aam_inbound')(expression, pattern)) }}
{%- endmacro %}

{% macro default__regexp_contains(expression, pattern) -%}
    regexp_like({{ expression }}, {{ aam_inbound.regexp_literal(pattern) }})
{%- endmacro %}

{% macro duckdb__regexp_contains(expression, pattern) -%}
    regexp_matches({{ expression }}, {{ aam_inbound.text_literal(pattern) }})
{%- endmacro %}

{% macro postgres__regexp_contains(expression, pattern) -%}
    (({{ expression }}) collate "C" ~ {{ aam_inbound.text_literal(pattern) }})
{%- endmacro %}
