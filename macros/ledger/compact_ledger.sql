{#- `dbt run-operation compact_ledger`: see compaction and id_sync_compaction. -#}
{% macro compact_ledger() %}
    {%- if execute -%}
        {%- do run_query(compaction(ref('inbound_batches'))) -%}
        {%- do run_query(id_sync_compaction(ref('inbound_batches'))) -%}
    {%- endif -%}
{% endmacro %}
