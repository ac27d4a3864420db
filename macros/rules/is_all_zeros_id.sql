{#- SQL condition: an ID of zeros alone (U8): four or more, in one piece or in groups, such as a UUID of zeros; a zero
    written as a decimal number; for types of fixed form, zeros of any length. A DPUUID of a few zeros may be a
    customer's number. -#}
{% macro is_all_zeros_id(id_expression, id_type_expression) -%}
    (
        {{ aam_inbound.regexp_full_match(
            id_expression,
            '[({]?0([. _-]?0){3,}[)}]?|[+-]?0+[.,]0*([Ee][+-]?0+)?|0[Ee][+-]?0+|[+-]0+|0x0+',
        ) }}
        or ({{ id_type_expression }} <> 'dpuuid' and {{ aam_inbound.regexp_full_match(id_expression, '0[0-]*') }})
    )
{%- endmacro %}
