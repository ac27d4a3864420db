{#- Names of the columns that a list of the account has, of those in account_columns. Refuses, while dbt builds, what would not be
    understood: a column that is missing, or one whose texts dbt's seeds have read as numbers or dates (`0_1234` is the number 1234). -#}
{% macro checked_account_columns(name, list) -%}
    {%- set columns = aam_inbound.account_columns()[name] -%}
    {%- if not execute or flags.WHICH not in ('build', 'run', 'test', 'seed', 'snapshot') -%}
        {{ return(columns.keys() | list) }}
    {%- endif -%}
    {%- if load_relation(list) is none -%}
        {{ exceptions.raise_compiler_error(
            name ~ ': the warehouse has no ' ~ list ~ '. Load it: `dbt build` does, or `dbt seed --select ' ~ name ~ '`.'
        ) }}
    {%- endif -%}
    {%- set types = {} -%}
    {%- for column in adapter.get_columns_in_relation(list) -%}
        {%- do types.update({column.name | lower: column}) -%}
    {%- endfor -%}
    {%- set missing = [] -%}
    {%- for column, kind in columns.items() if column not in types and kind != 'optional' -%}
        {%- do missing.append(column) -%}
    {%- endfor -%}
    {%- if missing -%}
        {%- set others = types.keys() | reject('in', columns) | list -%}
        {{ exceptions.raise_compiler_error(
            name ~ ' has no column ' ~ missing | join(', ') ~ (' (it has ' ~ others | join(', ') ~ ': misspelt?)' if others else '')
            ~ '. Its columns are ' ~ columns.keys() | join(',') ~ '.'
        ) }}
    {%- endif -%}
    {%- set mistaken = [] -%}
    {%- for column, kind in columns.items() if column in types and kind != 'number' and not types[column].is_string() -%}
        {%- set cells -%} select count({{ column }}) from {{ list }} {%- endset -%}
        {%- if run_query(cells).rows[0][0] -%}
            {%- do mistaken.append(column) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if mistaken -%}
        {{ exceptions.raise_compiler_error(
            name ~ ': ' ~ mistaken | join(', ') ~ ' came into the warehouse as ' ~ types[mistaken[0]].dtype ~ ', not as text, so that 007 is 7 and '
            ~ '0_1234 is 1234. Write into dbt_project.yml, and run `dbt seed --full-refresh --select ' ~ name ~ '`:\n'
            ~ 'seeds:\n  ' ~ project_name ~ ':\n    ' ~ name ~ ':\n      +column_types: {' ~ mistaken[0] ~ ': ' ~ dbt.type_string() ~ '}'
        ) }}
    {%- endif -%}
    {{ return(columns.keys() | select('in', types) | list) }}
{%- endmacro %}
