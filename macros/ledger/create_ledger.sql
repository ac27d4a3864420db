{#- Creates the tables of the ledger where they are missing (sources `aam_ledger`).

    They are not models: dbt would rebuild them, and they are the only memory of what Audience Manager has been sent. -#}
{% macro create_ledger() %}
    {%- if execute -%}
        {%- for table, columns in aam_inbound.ledger_columns().items() -%}
            {%- set place = source('aam_ledger', table) -%}
            {%- do adapter.create_schema(api.Relation.create(database=place.database, schema=place.schema)) if loop.first -%}
            {%- set definition = [] -%}
            {%- for column, type in columns.items() -%}
                {%- do definition.append(column ~ ' ' ~ type) -%}
            {%- endfor -%}
            {%- do run_query('create table if not exists ' ~ aam_inbound.ledger_table(table) ~ ' (' ~ definition | join(', ') ~ ')') -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}
