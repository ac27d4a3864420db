{#- On-run-start: creates the tables of the ledger where they are missing (sources `aam_ledger`): the only memory of
    what Audience Manager has been sent. -#}
{% macro create_ledger() %}
    {%- if aam_inbound.builds_or_tests() -%}
        {%- do aam_inbound.create_tables('aam_ledger', aam_inbound.ledger_columns()) -%}
    {%- endif -%}
{% endmacro %}
