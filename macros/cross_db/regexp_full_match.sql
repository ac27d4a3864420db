{#- True where the whole of `expression` matches `pattern`; the same subset as regexp_contains. -#}
{% macro regexp_full_match(expression, pattern) -%}
    {{ aam_inbound.regexp_contains(expression, '^(' ~ pattern ~ ')$') }}
{%- endmacro %}
