{#- The columns of the ledger's aam_batch_records but its batch_id, in its order: those of inbound_changes. -#}
{% macro line_columns() -%}
    {{ return(aam_inbound.ledger_columns()['aam_batch_records'] | reject('equalto', 'batch_id') | list) }}
{%- endmacro %}
