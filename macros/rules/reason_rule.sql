{#- SQL expression: the rule that a reason cites. -#}
{% macro reason_rule(reason_expression) -%}
    case {{ reason_expression }}
    {%- for slug, rule, _ in aam_inbound.inbound_reject_reasons() %}
        when '{{ slug }}' then '{{ rule }}'
    {%- endfor %}
    end
{%- endmacro %}
