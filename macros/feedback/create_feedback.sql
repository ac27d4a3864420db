{#- On-run-start: creates the raw tables of what Audience Manager answers where they are missing, in a project that
    wants to know it (var `aam_feedback`). Like the ledger they are no models: dbt would rebuild them, and Audience
    Manager says nothing twice. -#}
{% macro create_feedback() %}
    {%- if aam_inbound.builds_or_tests() and var('aam_feedback', false) -%}
        {%- for table, columns in aam_inbound.feedback_columns().items() -%}
            {%- set place = source('aam_feedback', table) -%}
            {%- do adapter.create_schema(api.Relation.create(database=place.database, schema=place.schema)) -%}
            {%- set statement -%}
                create table if not exists {{ place.render() }} (
                    {%- for column, type in columns.items() %}
                    {{ column }} {{ type }}{{ ',' if not loop.last }}
                    {%- endfor %}
                )
            {%- endset -%}
            {%- do run_query(statement) -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}
