{#- The kind of the first token in a text of words that passes a kind's check in one piece, where alone it would be
    ambiguous, else NULL: `please use 83663391V from now on`.

    A text of words has a word of letters and a blank, a colon or `=`; brackets and quotes say as well that a token
    is no ID. A decimal number is one token, and none of these. -#}
{% macro pii_kind_in_words(text) -%}
    {%- set token -%}
        case
            when {{ aam_inbound.regexp_full_match('pii_token', aam_inbound.uk_nino_prefix() ~ '[0-9]{6}[a-d]') }}
                then 'uk_nino'
            when {{ aam_inbound.es_dni_passes('pii_token') }} then 'es_dni'
            when {{ aam_inbound.fr_nir_passes('pii_token') }} then 'fr_nir'
            when {{ aam_inbound.payment_card_passes('pii_token') }} then 'payment_card'
        end
    {%- endset -%}
    case
        when
            {{ aam_inbound.regexp_contains(text, '[0-9]{6}') }}
            and (
                (
                    {{ aam_inbound.regexp_contains(text, '(^|[^0-9a-z])([a-z]|[^ -~]){2,}($|[^0-9a-z])') }}
                    and {{ aam_inbound.regexp_contains(text, '[^ ] +[^ ]|[:=]') }}
                )
                or {{ aam_inbound.regexp_contains(text, '[[({<"][0-9a-z]+[])}>"]') }}
            )
            then {{ aam_inbound.first_of_matches(text, '([0-9]+(?:[.,][0-9]+)+|[0-9a-z]+)', 'pii_token', token) }}
    end
{%- endmacro %}
