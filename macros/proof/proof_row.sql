{#- A row of aam_proofs as SQL, in parentheses: `facts` maps its columns to texts; those that are not there are
    NULL. -#}
{% macro proof_row(facts) -%}
    {%- set cells = [] -%}
    {%- for column in aam_inbound.proof_columns() -%}
        {%- set cell = facts.get(column) -%}
        {%- do cells.append('null' if cell is none else dbt.string_literal(dbt.escape_single_quotes(cell))) -%}
    {%- endfor -%}
    {{ return('(' ~ cells | join(', ') ~ ')') }}
{%- endmacro %}
