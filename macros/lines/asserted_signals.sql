{#- SQL expression: the signals that a row of the ledger asserts. -#}
{% macro asserted_signals(relation) -%}
    case when {{ relation }}.asserts_all then {{ relation }}.profile else {{ relation }}.asserted end
{%- endmacro %}
