{#- The shape of a text without separators, in lower case, as a slug: digits by their number and by how they begin, so
    that IDs are compared with what would begin alike; else NULL.

    `digits_15_born` say a sex and a month where a NIR does; `digits_issued` begin and are as long as card numbers;
    the others are told apart by their number and their first. -#}
{% macro pii_shape_of_token(token) -%}
    case
        when {{ aam_inbound.regexp_full_match(token, '[0-9]{9}') }} then 'digits_9'
        when {{ aam_inbound.regexp_full_match(token, '[12][0-9]{2}(0[1-9]|1[0-2])[0-9]{10}') }} then 'digits_15_born'
        when {{ aam_inbound.regexp_full_match(token, aam_inbound.payment_card_pattern()) }}
            then 'digits_issued'
        when {{ aam_inbound.regexp_full_match(token, aam_inbound.pii_bare_digits()) }}
            then {{ aam_inbound.shape_of_length('digits_', token) }} || '_from_' || substr({{ token }}, 1, 1)
        when {{ aam_inbound.regexp_full_match(token, '[a-z]{2}[0-9]{6}[a-z]') }} then 'letters_2_digits_6_letter'
        when {{ aam_inbound.regexp_full_match(token, '[0-9]{8}[a-z]') }} then 'digits_8_letter'
        when {{ aam_inbound.regexp_full_match(token, '[a-z][0-9]{7}[a-z]') }} then 'letter_digits_7_letter'
    end
{%- endmacro %}
