{#- What the first group of `pattern` takes in each of its matches in `expression`, joined by commas; the subset of
    regexp_contains. -#}
{% macro joined_matches(expression, pattern) -%}
    {{ return(adapter.dispatch('joined_matches', 'aam_inbound')(expression, pattern)) }}
{%- endmacro %}

{% macro default__joined_matches(expression, pattern) -%}
    array_join(regexp_extract_all({{ expression }}, {{ aam_inbound.regexp_literal(pattern) }}, 1), ',')
{%- endmacro %}

{% macro duckdb__joined_matches(expression, pattern) -%}
    array_to_string(regexp_extract_all({{ expression }}, {{ aam_inbound.text_literal(pattern) }}, 1), ',')
{%- endmacro %}

{% macro postgres__joined_matches(expression, pattern) -%}
    (
        select coalesce(string_agg(part.item[1], ',' order by part.place), '')
        from
            regexp_matches({{ expression }}, {{ aam_inbound.text_literal(pattern) }}, 'g')
            with ordinality as part (item, place)
    )
{%- endmacro %}
