{#- True where the whole of `expression` matches the pattern that another column holds. -#}
{% macro regexp_full_match_column(expression, pattern_expression) -%}
    {%- set anchored_pattern -%} '^(' || {{ pattern_expression }} || ')$' {%- endset -%}
    {{ return(adapter.dispatch('regexp_full_match_column', 'aam_inbound')(expression, anchored_pattern)) }}
{%- endmacro %}

{% macro default__regexp_full_match_column(expression, anchored_pattern) -%}
    regexp_like({{ expression }}, {{ anchored_pattern }})
{%- endmacro %}

{% macro duckdb__regexp_full_match_column(expression, anchored_pattern) -%}
    regexp_matches({{ expression }}, {{ anchored_pattern }})
{%- endmacro %}

{% macro postgres__regexp_full_match_column(expression, anchored_pattern) -%}
    (({{ expression }}) collate "C" ~ ({{ anchored_pattern }}))
{%- endmacro %}
