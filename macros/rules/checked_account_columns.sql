{#- Names of the columns that a list of the account has, of those in account_columns. Refuses, while dbt builds, what
    would not be understood: a column that is missing, or one whose texts dbt's seeds have read as numbers or dates
    (`0_1234` is the number 1234). -#}
{% macro checked_account_columns(name, list) -%}
    {%- set columns = aam_inbound.account_columns()[name] -%}
    {%- if not execute or flags.WHICH not in ('build', 'run', 'test', 'seed', 'snapshot') -%}
        {{ return(columns.keys() | list) }}
    {%- endif -%}
    {%- set relation = load_relation(list) -%}
    {%- if relation is none -%}
        {{ exceptions.raise_compiler_error(
            name ~ ': the warehouse has no ' ~ list ~ '. Load it: `dbt build` does, or `dbt seed --select ' ~ name
            ~ '`.'
        ) }}
    {%- endif -%}
    {%- set types = {} -%}
    {%- for column in adapter.get_columns_in_relation(relation) -%}
        {%- do types.update({column.name | lower: column}) -%}
    {%- endfor -%}
    {%- set needed = [] -%}
    {%- for column, kind in columns.items() if kind != 'optional' -%}
        {%- do needed.append(column) -%}
    {%- endfor -%}
    {%- do aam_inbound.require_columns(name, types.keys() | list, needed, columns.keys() | list) -%}
    {%- set mistaken = [] -%}
    {%- for column, kind in columns.items()
        if column in types and kind != 'number' and not types[column].is_string()
        and types[column].dtype | lower != dbt.type_string() | lower -%}
        {%- set cells -%} select count({{ column }}) from {{ list }} {%- endset -%}
        {%- if run_query(cells).rows[0][0] -%}
            {%- do mistaken.append(column) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if mistaken -%}
        {{ exceptions.raise_compiler_error(
            name ~ ': ' ~ mistaken | join(', ') ~ ' came into the warehouse as ' ~ types[mistaken[0]].dtype
            ~ ', not as text, so that 007 is 7 and 0_1234 is 1234. ' ~ aam_inbound.column_types_advice(name, mistaken)
        ) }}
    {%- endif -%}
    {{ return(columns.keys() | select('in', types) | list) }}
{%- endmacro %}
