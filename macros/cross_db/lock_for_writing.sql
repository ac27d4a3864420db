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

{#- Spark has no locks. What others have committed is at least seen, where a session keeps tables as it first saw
    them. -#}
{% macro spark__lock_for_writing(relation) -%}
    refresh table {{ relation }}
{%- endmacro %}
