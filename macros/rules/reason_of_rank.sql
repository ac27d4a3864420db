{#- SQL expression: the reason that has a place in inbound_reject_reasons() (see reason_rank); NULL for NULL. -#}
{% macro reason_of_rank(rank_expression) -%}
    case {{ rank_expression }}
    {%- for slug, _, _ in aam_inbound.inbound_reject_reasons() %}
        when {{ loop.index }} then '{{ slug }}'
    {%- endfor %}
    end
{%- endmacro %}
