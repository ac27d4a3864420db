{#- The kind that a text of digits alone (pii_bare_digits) would be, where it passes that kind's check, else NULL. -#}
{% macro pii_kind_of_digits(digits) -%}
    {%- set ssn = '(00[1-9]|0[1-9][0-9]|[1-578][0-9]{2}|6([0-57-9][0-9]|6[0-57-9]))(0[1-9]|[1-9][0-9])' -%}
    {#- As Egyptian numbers are written: the minutes of four years. -#}
    {%- set moment = '20[0-9]{2}(0[1-9]|1[0-2])([0-2][0-9]|3[01])([01][0-9]|2[0-3])[0-5][0-9]' -%}
    case
        when {{ aam_inbound.regexp_full_match(digits, '[0-9]{9}') }}
            then case
                when {{ aam_inbound.regexp_full_match(digits, ssn ~ '[0-9]{4}') }}
                    and {{ digits }} not like '%0000'
                    then 'us_ssn'
            end
        when {{ aam_inbound.fr_nir_passes(digits) }} then 'fr_nir'
        {# Before cards, because one in ten German mobile numbers would pass as a 13-digit Visa. #}
        when
            {{ aam_inbound.regexp_full_match(digits, aam_inbound.mobile_number_pattern()) }}
            and not {{ aam_inbound.regexp_full_match(digits, moment) }}
            then 'phone'
        when {{ aam_inbound.payment_card_passes(digits) }} then 'payment_card'
    end
{%- endmacro %}
