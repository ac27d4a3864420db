{#- `expression` in upper case, by Unicode's rules and not by the database's locale (see lower_case). Of a letter that
    has no capital, such as `ß`, each engine makes what it likes: good for telling a mistake, not for anything that is
    sent. -#}
{% macro upper_case(expression) -%}
    {{ return(adapter.dispatch('upper_case', 'aam_inbound')(expression)) }}
{%- endmacro %}

{% macro default__upper_case(expression) -%}
    upper({{ expression }})
{%- endmacro %}

{% macro postgres__upper_case(expression) -%}
    upper(({{ expression }}) collate "und-x-icu") collate "C"
{%- endmacro %}
