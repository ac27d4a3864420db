{#- The kind that a text of digits alone (pii_bare_digits) would be, where it passes that kind's check, else NULL. -#}
{% macro pii_kind_of_digits(digits) -%}
    case
        when {{ fr_nir_passes(digits) }} then 'fr_nir'
        {# Before cards, because one in ten German mobile numbers would pass as a 13-digit Visa. #}
        when {{ regexp_full_match(digits, mobile_number_pattern()) }} then 'phone'
        when {{ payment_card_passes(digits) }} then 'payment_card'
    end
{%- endmacro %}
