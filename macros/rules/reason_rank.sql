{#- SQL expression: a reason's place in inbound_reject_reasons(), from 1, so that the first of two can be taken; NULL
    for NULL. -#}
{% macro reason_rank(reason_expression) -%}
    case {{ reason_expression }}
    {%- for slug, _, _ in aam_inbound.inbound_reject_reasons() %}
        when '{{ slug }}' then {{ loop.index }}
    {%- endfor %}
    end
{%- endmacro %}
