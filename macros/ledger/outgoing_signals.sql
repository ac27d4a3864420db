{#- SQL expression: what a user's lines say, joined by newlines: the signals asserted, then the traits taken away (L2).

    `relation` has profile, sent and removed, as the ledger has them. -#}
{% macro outgoing_signals(relation) -%}
    {%- set asserted = asserted_signals(relation) -%}
    {{ asserted }}
    || case
        when {{ relation }}.removed is null then ''
        else case when {{ asserted }} = '' then '' else chr(10) end || replace({{ relation }}.removed, 'd_sid=', 'd_unsid=')
    end
{%- endmacro %}
