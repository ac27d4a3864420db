{#- SQL expression: the line of a row of the ledger or of inbound_changes; with a newline at its end where `ended`. -#}
{% macro outgoing_record(relation, ended=false) -%}
    coalesce(
        {{ relation }}.record{{ ' || chr(10)' if ended }},
        {{ aam_inbound.render_record(relation ~ '.user_id', aam_inbound.outgoing_signals(relation), ended) }}
    )
{%- endmacro %}
