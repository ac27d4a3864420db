{#- The kind that a text of digits alone (pii_bare_digits) would be, where it passes that kind's check, else NULL. -#}
{% macro pii_kind_of_digits(digits) -%}
    case
        when {{ aam_inbound.fr_nir_passes(digits) }} then 'fr_nir'
        {# Before cards, because one in ten German mobile numbers would pass as a 13-digit Visa. #}
        when {{ aam_inbound.regexp_full_match(digits, aam_inbound.mobile_number_pattern()) }} then 'phone'
        when {{ aam_inbound.payment_card_passes(digits) }} then 'payment_card'
    end
{%- endmacro %}
