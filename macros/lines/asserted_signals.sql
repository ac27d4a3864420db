{#- SQL expression: the signals that a row of the ledger asserts. NULL in `sent` stands for all of `profile`. -#}
{% macro asserted_signals(relation) -%}
    coalesce({{ relation }}.sent, {{ relation }}.profile)
{%- endmacro %}
