{#- The first value of `body` (SQL text) that is not NULL, with `name` standing for what the first group of `pattern`
    takes in one match in `expression` after the other; NULL where there is none.

    The subset of regexp_contains; groups before the wanted one are written (?:…). -#}
{% macro first_of_matches(expression, pattern, name, body) -%}
    {{ return(adapter.dispatch('first_of_matches', 'aam_inbound')(expression, pattern, name, body)) }}
{%- endmacro %}

{% macro default__first_of_matches(expression, pattern, name, body) -%}
    get(filter(
        transform(
            regexp_extract_all({{ expression }}, {{ aam_inbound.regexp_literal(pattern) }}, 1),
            {{ name }} -> {{ body }}
        ),
        found_{{ name }} -> found_{{ name }} is not null
    ), 0)
{%- endmacro %}

{% macro duckdb__first_of_matches(expression, pattern, name, body) -%}
    list_filter(
        list_transform(
            regexp_extract_all({{ expression }}, {{ aam_inbound.text_literal(pattern) }}, 1),
            lambda {{ name }}: {{ body }}
        ),
        lambda found_{{ name }}: found_{{ name }} is not null
    )[1]
{%- endmacro %}

{% macro postgres__first_of_matches(expression, pattern, name, body) -%}
    (
        select found_{{ name }}.result
        from (
            select
                match_{{ name }}.place,
                {{ body }} as result
            from
                regexp_matches(({{ expression }}) collate "C", {{ aam_inbound.text_literal(pattern) }}, 'g')
                with ordinality as match_{{ name }} (parts, place)
            cross join lateral (select match_{{ name }}.parts[1] as {{ name }}) as bound_{{ name }}
        ) as found_{{ name }}
        where found_{{ name }}.result is not null
        order by found_{{ name }}.place
        limit 1
    )
{%- endmacro %}
