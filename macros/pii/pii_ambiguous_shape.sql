{#- The shape that a text shares with honest IDs and with one kind of personal data, as a slug, else NULL.

    IDs of one shape are judged together, by data source: see pii_ambiguous_kind and pii_population_share. -#}
{% macro pii_ambiguous_shape(expression) -%}
    {%- set digits_in_text = aam_inbound.regexp_first('pii_text', aam_inbound.pii_digits_in_text()) -%}
    {%- set shape -%}
        case
            when {{ aam_inbound.regexp_full_match('pii_text', aam_inbound.pii_bare_digits()) }}
                then {{ aam_inbound.shape_of_length('digits_', 'pii_text') }}
            when {{ aam_inbound.regexp_full_match('pii_text', '[a-z]{2}[0-9]{6}[a-z]') }}
                then 'letters_2_digits_6_letter'
            when {{ aam_inbound.regexp_full_match('pii_text', '[0-9]{8}[a-z]') }} then 'digits_8_letter'
            when {{ aam_inbound.regexp_full_match('pii_text', '[a-z][0-9]{7}[a-z]') }} then 'letter_digits_7_letter'
            when {{ aam_inbound.regexp_contains('pii_text', aam_inbound.pii_digits_in_text()) }}
                then {{ aam_inbound.shape_of_length('text_digits_', digits_in_text) }}
        end
    {%- endset -%}
    case
        when {{ aam_inbound.regexp_full_match(expression, aam_inbound.pii_bare_digits()) }}
            then {{ aam_inbound.shape_of_length('digits_', expression) }}
        when {{ aam_inbound.pii_may_be_ambiguous(expression) }}
            then {{ aam_inbound.bind_once('pii_text', aam_inbound.pii_normalised(expression), shape) }}
    end
{%- endmacro %}
