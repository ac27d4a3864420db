{#- Whether what a build writes into several tables stands at once or not at all: Jinja's true or false. -#}
{% macro has_transactions() -%}
    {{ return(adapter.dispatch('has_transactions', 'aam_inbound')()) }}
{%- endmacro %}

{% macro default__has_transactions() -%}
    {{ return(true) }}
{%- endmacro %}

{% macro spark__has_transactions() -%}
    {{ return(false) }}
{%- endmacro %}
