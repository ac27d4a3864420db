{#- Statement: from now to the end of the transaction nobody else writes to a table; empty where nobody else can be
    there. -#}
{% macro lock_for_writing(relation) -%}
    {{ return(adapter.dispatch('lock_for_writing', 'aam_inbound')(relation)) }}
{%- endmacro %}

{% macro default__lock_for_writing(relation) -%}
    {{ return('') }}
{%- endmacro %}

{% macro postgres__lock_for_writing(relation) -%}
    lock table {{ relation }} in share row exclusive mode
{%- endmacro %}
