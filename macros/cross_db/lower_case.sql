{#- `expression` in lower case, by Unicode's rules and not by the database's locale: a Turkish one would make `ı` of
    `I`.

    One character becomes one, whatever stands beside it (Unicode's simple mappings, as DuckDB has them). ICU would make
    two of `İ`, and another letter of a `Σ` that ends a word, were they not made small before. -#}
{% macro lower_case(expression) -%}
    {{ return(adapter.dispatch('lower_case', 'aam_inbound')(expression)) }}
{%- endmacro %}

{% macro default__lower_case(expression) -%}
    lower({{ expression }})
{%- endmacro %}

{% macro postgres__lower_case(expression) -%}
    lower(replace(replace(({{ expression }}) collate "C", 'İ', 'i'), 'Σ', 'σ') collate "und-x-icu") collate "C"
{%- endmacro %}

{% macro spark__lower_case(expression) -%}
    lower(replace(replace({{ expression }}, 'İ', 'i'), 'Σ', 'σ'))
{%- endmacro %}
