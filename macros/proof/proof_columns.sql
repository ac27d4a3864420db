{#- The columns of aam_proofs in the order in which they are written, all as text. -#}
{% macro proof_columns() -%}
    {{ return(aam_inbound.ledger_columns()['aam_proofs'].keys() | list) }}
{%- endmacro %}
