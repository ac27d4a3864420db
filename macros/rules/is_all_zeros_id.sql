{#- SQL condition: an ID of zeros alone, in any fixed format (U8): UUID, 38 digits, or a hash of 32, 40 or 64 digits;
    for types of fixed form, zeros of any length. A DPUUID of a few zeros may be a customer's number. -#}
{% macro is_all_zeros_id(id_expression, id_type_expression) -%}
    (
        {{ aam_inbound.regexp_full_match(id_expression, '0{8}-0{4}-0{4}-0{4}-0{12}|0{32}|0{38}|0{40}|0{64}') }}
        or ({{ id_type_expression }} <> 'dpuuid' and {{ aam_inbound.regexp_full_match(id_expression, '0[0-]*') }})
    )
{%- endmacro %}
