{#- Query: a list of the account (macro account_columns) as the user's project has it, all columns as text, empty cells
    as NULL. No rows where this package is built alone, for then there is no account.

    A list that is not in the warehouse, lacks a column, or holds numbers where texts belong is refused by name. -#}
{% macro account_list(name) -%}
    {%- set columns = aam_inbound.account_columns()[name] -%}
    {%- if project_name == 'aam_inbound' -%}
    select
        {%- for column in columns %}
        cast(null as {{ dbt.type_string() }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    where 1 = 0
    {%- else -%}
        {%- set list = ref(project_name, name) -%}
        {%- set present = aam_inbound.checked_account_columns(name, list) -%}
    select
        {%- for column in columns %}
            {%- set cell -%}
                {%- if column in present -%}
                nullif(cast({{ column }} as {{ dbt.type_string() }}), '')
                {%- else -%}
                null
                {%- endif -%}
            {%- endset %}
        {{ aam_inbound.text_by_bytes(cell) }} as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ list }}
    {%- endif -%}
{%- endmacro %}
