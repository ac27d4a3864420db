{#- SQL expression: what IDs have in common that are the same but for case, blanks around them, Unicode form or number
    form (leading zeros too). To find near misses by, never to send (L7).

    `is_plain_expression` is true where the ID has letters, digits, _ and - alone, which is most of them. -#}
{% macro loose_id(expression, is_plain_expression) -%}
    {%- set digits -%}
        trim(leading '0' from loose_text)
    {%- endset -%}
    {%- set without_zeros -%}
        case
            when {{ aam_inbound.regexp_full_match('loose_text', '0+[1-9][0-9]*') }} then {{ digits }}
            else loose_text
        end
    {%- endset -%}
    {%- set composed = aam_inbound.trim_blanks(aam_inbound.composed_text(expression)) -%}
    {%- set as_digits -%}
        {{ aam_inbound.bind_once('number_text', composed, aam_inbound.plain_number('number_text')) }}
    {%- endset -%}
    case
        when {{ is_plain_expression }} and not {{ aam_inbound.regexp_contains(expression, '^[0-9]+[Ee][0-9]+$|^0') }}
            then {{ aam_inbound.lower_case(expression) }}
        else {{ aam_inbound.bind_once('loose_text', aam_inbound.lower_case(as_digits), without_zeros) }}
    end
{%- endmacro %}
