{#- The shape that a text shares with honest IDs and with kinds of personal data, as a slug, else NULL.

    IDs of one shape are judged together, by data source: see pii_ambiguous_kind and suspect_populations. -#}
{% macro pii_ambiguous_shape(expression) -%}
    {%- set in_text = aam_inbound.regexp_first('pii_text', aam_inbound.pii_number_in_text()) -%}
    {%- set shape -%}
        coalesce(
            {{ aam_inbound.pii_shape_of_token('pii_text') }},
            case
                when {{ aam_inbound.regexp_full_match('pii_text', '[0-9]{3}[ .-][0-9]{3}[ .-][0-9]{3}') }}
                    then 'digits_3_3_3'
                else {{ aam_inbound.bind_once(
                    'pii_token', in_text, "'text_' || " ~ aam_inbound.pii_shape_of_token('pii_token')
                ) }}
            end
        )
    {%- endset -%}
    case
        {# Said apart, because whole data sources are plain digits. #}
        when {{ aam_inbound.regexp_full_match(expression, aam_inbound.pii_bare_digits()) }}
            then {{ aam_inbound.pii_shape_of_token(expression) }}
        when {{ aam_inbound.pii_may_be_ambiguous(expression) }}
            then {{ aam_inbound.bind_once('pii_text', aam_inbound.pii_normalised(expression), shape) }}
    end
{%- endmacro %}
