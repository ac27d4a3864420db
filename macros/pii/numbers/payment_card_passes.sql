{#- True where `digits` (digits alone) has an issued prefix, a length in use, and passes Luhn: 4% of random 16-digit
    IDs. -#}
{% macro payment_card_passes(digits) -%}
    case
        when {{ aam_inbound.regexp_full_match(digits, aam_inbound.payment_card_pattern()) }}
            then {{ aam_inbound.luhn_passes(digits) }}
        else false
    end
{%- endmacro %}
