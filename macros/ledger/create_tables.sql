{#- Creates the tables of a source (name → {column → type}) where they are missing, and their schema.

    They are not models: dbt would rebuild them, and what they remember stands nowhere else. -#}
{% macro create_tables(source_name, tables) %}
    {%- for table, columns in tables.items() -%}
        {%- set place = source(source_name, table) -%}
        {%- if loop.first -%}
            {%- do adapter.create_schema(api.Relation.create(database=place.database, schema=place.schema)) -%}
        {%- endif -%}
        {%- set statement -%}
            create table if not exists {{ place.render() }} (
                {%- for column, type in columns.items() %}
                {{ column }} {{ type }}{{ ',' if not loop.last }}
                {%- endfor %}
            )
            {{ aam_inbound.table_format() }}
        {%- endset -%}
        {%- do run_query(statement) -%}
    {%- endfor -%}
{% endmacro %}
