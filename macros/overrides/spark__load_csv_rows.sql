{#- dbt-spark's writes an empty cell as the text `None` and leaves quotes and backslashes to be read as syntax: what a
    seed's cells hold is written as it is here. -#}
{% macro spark__load_csv_rows(model, agate_table) %}
    {%- set types = aam_inbound.seed_columns(model, agate_table).values() | list -%}
    {%- set statements = [] -%}
    {%- for chunk in agate_table.rows | batch(get_batch_size()) -%}
        {%- set rows = [] -%}
        {%- for row in chunk -%}
            {%- set cells = [] -%}
            {%- for cell in row -%}
                {%- set written = 'null' if cell is none else aam_inbound.text_literal(cell | string) -%}
                {%- do cells.append('cast(' ~ written ~ ' as ' ~ types[loop.index0] ~ ')') -%}
            {%- endfor -%}
            {%- do rows.append('(' ~ cells | join(', ') ~ ')') -%}
        {%- endfor -%}
        {%- set sql = 'insert into ' ~ this.render() ~ ' values\n' ~ rows | join(',\n') -%}
        {%- do adapter.add_query(sql, abridge_sql_log=True) -%}
        {%- do statements.append(sql) -%}
    {%- endfor -%}
    {{ return(statements[0]) }}
{% endmacro %}
