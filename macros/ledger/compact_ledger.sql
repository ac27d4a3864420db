{#- `dbt run-operation compact_ledger`: see compaction and id_sync_compaction. -#}
{% macro compact_ledger() %}
    {%- if execute -%}
        {%- do run_query(aam_inbound.compaction(ref('inbound_batches'))) -%}
        {%- do run_query(aam_inbound.id_sync_compaction(ref('inbound_batches'))) -%}
    {%- endif -%}
{% endmacro %}
