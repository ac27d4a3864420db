{#- Post-hook: tells the planner what a new table holds, where a warehouse does not see to that itself and would plan
    for none. -#}
{% macro gather_statistics() -%}
    {{ return(adapter.dispatch('gather_statistics', 'aam_inbound')()) }}
{%- endmacro %}

{% macro default__gather_statistics() -%}
{%- endmacro %}

{% macro postgres__gather_statistics() -%}
    {%- if model.config.materialized == 'table' -%}
        analyze {{ this }}
    {%- elif model.config.materialized == 'proposed_batch' -%}
        analyze {{ aam_inbound.ledger_table('aam_batch_records') }}
    {%- endif -%}
{%- endmacro %}
