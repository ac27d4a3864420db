{#- `expression` in lower case, by Unicode's rules and not by the database's locale: a Turkish one would make `ı` of `I`. -#}
{% macro lower_case(expression) -%}
    {{ return(adapter.dispatch('lower_case', 'aam_inbound')(expression)) }}
{%- endmacro %}

{% macro default__lower_case(expression) -%}
    lower({{ expression }})
{%- endmacro %}

{% macro postgres__lower_case(expression) -%}
    lower({{ expression }} collate "und-x-icu")
{%- endmacro %}
