{#- Appends rows to aam_proofs in one statement: all of them stand, or none. Each of `rows` maps the table's columns to
    texts; those that are not there are NULL. -#}
{% macro append_proofs(rows) %}
    {%- set columns = aam_inbound.ledger_columns()['aam_proofs'] -%}
    {#- Most cells are as those of other rows: a text is quoted once. -#}
    {%- set literals = {} -%}
    {%- set written = [] -%}
    {%- for facts in rows -%}
        {%- set cells = [] -%}
        {%- for column in columns -%}
            {%- set cell = facts.get(column) -%}
            {%- if cell is not none and cell not in literals -%}
                {%- do literals.update({cell: aam_inbound.text_literal(cell)}) -%}
            {%- endif -%}
            {%- do cells.append('null' if cell is none else literals[cell]) -%}
        {%- endfor -%}
        {%- do written.append('(' ~ cells | join(', ') ~ ')') -%}
    {%- endfor -%}
    {%- if written -%}
        {%- set append -%}
            insert into {{ aam_inbound.ledger_table('aam_proofs') }} ({{ columns | join(', ') }})
            select
                {%- for column, type in columns.items() %}
                cast({{ column }} as {{ type }}) as {{ column }}{{ ',' if not loop.last }}
                {%- endfor %}
            from (
                values
                {{ written | join(',\n') }}
            ) as facts ({{ columns | join(', ') }})
        {%- endset -%}
        {%- do run_query(append) -%}
    {%- endif -%}
{% endmacro %}
