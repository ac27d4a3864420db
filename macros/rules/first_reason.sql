{#- SQL expression: the slug of the first reason whose condition holds, in the order of inbound_reject_reasons(); NULL where none does.

    `conditions` maps slugs to SQL conditions. So the documented order is the order, whoever writes the conditions down. -#}
{% macro first_reason(conditions) -%}
    {%- set known = aam_inbound.inbound_reject_reasons() | map(attribute=0) | list -%}
    {%- for slug in conditions if slug not in known -%}
        {{ exceptions.raise_compiler_error("first_reason: '" ~ slug ~ "' is not in aam_inbound.inbound_reject_reasons()") }}
    {%- endfor -%}
    case
    {%- for slug in known if slug in conditions %}
        when {{ conditions[slug] }} then '{{ slug }}'
    {%- endfor %}
    end
{%- endmacro %}
