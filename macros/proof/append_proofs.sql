{#- Appends rows to aam_proofs in one statement: all of them stand, or none. Each of `rows` maps the table's columns to
    texts; those that are not there are NULL. -#}
{% macro append_proofs(rows) %}
    {%- set columns = aam_inbound.proof_columns() -%}
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
        {%- do run_query(
            'insert into ' ~ aam_inbound.ledger_table('aam_proofs') ~ ' (' ~ columns | join(', ') ~ ') values\n'
            ~ written | join(',\n')
        ) -%}
    {%- endif -%}
{% endmacro %}
