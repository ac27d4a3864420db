{#- Creates the tables of the ledger where they are missing (sources `aam_ledger`).

    They are not models: dbt would rebuild them, and they are the only memory of what Audience Manager has been
    sent. -#}
{% macro create_ledger() %}
    {%- if aam_inbound.builds_or_tests() -%}
        {%- for table, columns in aam_inbound.ledger_columns().items() -%}
            {%- set place = source('aam_ledger', table) -%}
            {%- set schema = api.Relation.create(database=place.database, schema=place.schema) -%}
            {%- do adapter.create_schema(schema) if loop.first -%}
            {%- set statement -%}
                create table if not exists {{ aam_inbound.ledger_table(table) }} (
                    {%- for column, type in columns.items() %}
                    {{ column }} {{ type }}{{ ',' if not loop.last }}
                    {%- endfor %}
                )
            {%- endset -%}
            {%- do run_query(statement) -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}
