{#- SQL expression: what a user's lines say: the signals asserted, then the traits taken away (L2).

    `relation` has profile, asserts_all, asserted and removed, as the ledger has them. -#}
{% macro outgoing_signals(relation) -%}
    {%- set asserted = aam_inbound.asserted_signals(relation) -%}
    case
        when {{ relation }}.removed is null then {{ asserted }}
        else
            {{ asserted }}
            || case when {{ asserted }} = '' then '' else ',' end
            || replace({{ relation }}.removed, 'd_sid=', 'd_unsid=')
    end
{%- endmacro %}
