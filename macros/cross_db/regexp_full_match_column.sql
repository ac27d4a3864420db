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

{#- Spelled for Java as regexp_literal does. -#}
{% macro spark__regexp_full_match_column(expression, anchored_pattern) -%}
    {%- set parts = aam_inbound.java_regexp_parts() -%}
    regexp_like({{ expression }}, array_join(
        transform(
            regexp_extract_all({{ anchored_pattern }}, {{ aam_inbound.text_literal(parts.part) }}, 0),
            pattern_part -> case
                {%- for part, written in parts.written.items() %}
                when pattern_part = '{{ part }}' then {{ aam_inbound.text_literal(written) }}
                {%- endfor %}
                when pattern_part like '[_%' then concat(
                    regexp_extract(pattern_part, {{ aam_inbound.text_literal('^(\\[\\^?)') }}, 1),
                    regexp_replace(
                        regexp_extract(pattern_part, {{ aam_inbound.text_literal('(?s)^\\[\\^?(.*)\\]$') }}, 1),
                        {{ aam_inbound.text_literal(parts.special) }},
                        {{ aam_inbound.text_literal('$1\\\\$2') }}
                    ),
                    ']'
                )
                else pattern_part
            end
        ),
        ''
    ))
{%- endmacro %}
