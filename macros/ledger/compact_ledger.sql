{#- `dbt run-operation compact_ledger`: see compaction. -#}
{% macro compact_ledger() %}
    {%- if execute -%}
        {%- do run_query(compaction(ref('inbound_batches'))) -%}
    {%- endif -%}
{% endmacro %}
