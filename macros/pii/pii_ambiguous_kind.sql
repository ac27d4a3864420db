{#- The kind that a text of an ambiguous shape would be, where it passes that kind's check, else NULL.

    Alone it proves little: 4% of random 16-digit IDs pass as a payment card. It counts when pii_population_share of the
    IDs of that shape in a data source (of the values, in a data source and key) pass for the same kind. -#}
{% macro pii_ambiguous_kind(expression) -%}
    {%- set digits_in_text = aam_inbound.regexp_first('pii_text', aam_inbound.pii_digits_in_text()) -%}
    {%- set kind -%}
        case
            when {{ aam_inbound.regexp_full_match('pii_text', aam_inbound.pii_bare_digits()) }}
                then {{ aam_inbound.pii_kind_of_digits('pii_text') }}
            when {{ aam_inbound.regexp_full_match('pii_text', aam_inbound.uk_nino_prefix() ~ '[0-9]{6}[a-d]') }}
                then 'uk_nino'
            when {{ aam_inbound.es_dni_passes('pii_text') }} then 'es_dni'
            when {{ aam_inbound.payment_card_passes(digits_in_text) }} then 'payment_card'
        end
    {%- endset -%}
    case
        {# Said apart, because whole data sources are plain digits. #}
        when {{ aam_inbound.regexp_full_match(expression, aam_inbound.pii_bare_digits()) }}
            then {{ aam_inbound.pii_kind_of_digits(expression) }}
        when {{ aam_inbound.pii_may_be_ambiguous(expression) }}
            then {{ aam_inbound.bind_once('pii_text', aam_inbound.pii_normalised(expression), kind) }}
    end
{%- endmacro %}
