{#- SQL expression: true where an ID has the fixed form of its id_type, false where it has not, NULL for types of free
    form. -#}
{% macro id_matches_type(id_expression, id_type_expression) -%}
    case
    {%- set types_by_pattern = {} -%}
    {%- for id_type in aam_inbound.id_types() if aam_inbound.id_pattern(id_type) -%}
        {%- do types_by_pattern.setdefault(aam_inbound.id_pattern(id_type), []).append("'" ~ id_type ~ "'") -%}
    {%- endfor -%}
    {%- for pattern, types in types_by_pattern.items() %}
        when {{ id_type_expression }} in ({{ types | join(', ') }})
            then {{ aam_inbound.regexp_full_match(id_expression, pattern) }}
    {%- endfor %}
    end
{%- endmacro %}
