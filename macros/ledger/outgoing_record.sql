{#- SQL expression: the line of a row of the ledger or of inbound_outgoing, without its newline. -#}
{% macro outgoing_record(relation) -%}
    coalesce({{ relation }}.record, {{ render_record(relation ~ '.user_id', '(' ~ outgoing_signals(relation) ~ ')') }})
{%- endmacro %}
