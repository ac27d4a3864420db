{#- Appends rows (macro proof_row) to aam_proofs in one statement: all of them stand, or none. -#}
{% macro append_proofs(rows) %}
    {%- if rows -%}
        {%- do run_query(
            'insert into ' ~ aam_inbound.ledger_table('aam_proofs')
            ~ ' (' ~ aam_inbound.proof_columns() | join(', ') ~ ') values\n'
            ~ rows | join(',\n')
        ) -%}
    {%- endif -%}
{% endmacro %}
