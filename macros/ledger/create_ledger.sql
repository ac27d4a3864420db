{#- Creates the tables of the ledger where they are missing, beside the models (sources `aam_ledger`), and gives tables of an
    older version what they lack.

    They are not models: dbt would rebuild them, and they are the only memory of what Audience Manager has been sent. -#}
{% macro create_ledger() %}
    {%- if execute -%}
        {%- for table, columns in ledger_columns().items() -%}
            {%- set relation = ledger_table(table) -%}
            {%- set place = source('aam_ledger', table) -%}
            {%- do adapter.create_schema(api.Relation.create(database=place.database, schema=place.schema)) if loop.first -%}
            {%- set definition = [] -%}
            {%- for column, type in columns.items() -%}
                {%- do definition.append(column ~ ' ' ~ type) -%}
            {%- endfor -%}
            {%- do run_query('create table if not exists ' ~ relation ~ ' (' ~ definition | join(', ') ~ ')') -%}
            {#- Not by the adapter's own means: those begin a transaction, which dbt rolls back after a hook. -#}
            {%- set present = run_query('select * from ' ~ relation ~ ' where 1 = 0').column_names | map('lower') | list -%}
            {%- for column, type in columns.items() if column not in present -%}
                {%- do run_query('alter table ' ~ relation ~ ' add column ' ~ column ~ ' ' ~ type) -%}
            {%- endfor -%}
            {%- if table == 'aam_batch_records' -%}
                {%- if 'profile' not in present -%}
                    {%- do run_query(fill_profiles_of_version_1()) -%}
                {%- endif -%}
                {%- set newest = run_query('select max(ledger_version) from ' ~ ledger_table('aam_batches')).rows[0][0] -%}
                {%- if newest == 1 -%}
                    {%- do run_query(join_signals_of_version_1()) -%}
                {%- endif -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}
