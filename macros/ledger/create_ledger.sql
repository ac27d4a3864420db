{#- Creates the tables of the ledger where they are missing, beside the models (sources `aam_ledger`).

    They are not models: dbt would rebuild them, and they are the only memory of what Audience Manager has been sent. -#}
{% macro create_ledger() %}
    {%- if execute -%}
        {%- for table, columns in ledger_columns().items() -%}
            {%- set relation = source('aam_ledger', table) -%}
            {%- do adapter.create_schema(relation) if loop.first -%}
            {%- set definition = [] -%}
            {%- for column, type in columns.items() -%}
                {%- do definition.append(column ~ ' ' ~ type) -%}
            {%- endfor -%}
            {%- do run_query('create table if not exists ' ~ relation ~ ' (' ~ definition | join(', ') ~ ')') -%}
        {%- endfor -%}
        {#- Sources are looked up in a cache that was filled before these tables stood. -#}
    {%- endif -%}
{% endmacro %}
