{#- The shape that a text shares with honest IDs and with one kind of personal data, as a slug, else NULL.

    IDs of one shape are judged together, by data source: see pii_ambiguous_kind and pii_population_share. -#}
{% macro pii_ambiguous_shape(expression) -%}
    {%- set shape -%}
        case
            when {{ regexp_full_match('pii_text', pii_bare_digits()) }} then {{ shape_of_length('digits_', 'pii_text') }}
            when {{ regexp_full_match('pii_text', '[a-z]{2}[0-9]{6}[a-z]') }} then 'letters_2_digits_6_letter'
            when {{ regexp_full_match('pii_text', '[0-9]{8}[a-z]') }} then 'digits_8_letter'
            when {{ regexp_full_match('pii_text', '[a-z][0-9]{7}[a-z]') }} then 'letter_digits_7_letter'
            when {{ regexp_contains('pii_text', pii_digits_in_text()) }}
                then {{ shape_of_length('text_digits_', regexp_first('pii_text', pii_digits_in_text())) }}
        end
    {%- endset -%}
    case
        when {{ regexp_full_match(expression, pii_bare_digits()) }} then {{ shape_of_length('digits_', expression) }}
        when {{ pii_may_be_ambiguous(expression) }} then {{ let('pii_text', pii_normalised(expression), shape) }}
    end
{%- endmacro %}
