{#- The name of a table of the ledger, for statements outside models: there, a source renders as a query without rows
    under --empty. -#}
{% macro ledger_table(name) -%}
    {{ return(source('aam_ledger', name).render()) }}
{%- endmacro %}
