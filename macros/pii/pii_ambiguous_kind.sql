{#- The kind that a text of an ambiguous shape would be, where it passes that kind's check, else NULL.

    Alone it proves little: one in ten IDs that begin as card numbers pass as such. It counts where more IDs of that
    shape in a data source (of the values, in a data source and key) pass than chance allows: see
    suspect_populations. -#}
{% macro pii_ambiguous_kind(expression) -%}
    {%- set in_text = aam_inbound.regexp_first('pii_text', aam_inbound.pii_number_in_text()) -%}
    {%- set kind -%}
        coalesce(
            {{ aam_inbound.pii_kind_of_token('pii_text') }},
            case
                when {{ aam_inbound.regexp_full_match(
                    'pii_text', aam_inbound.mobile_prefix() ~ '[0-9][ .-][0-9]{3}[ .-][0-9]{3}'
                ) }}
                    then 'phone'
                else {{ aam_inbound.bind_once('pii_token', in_text, aam_inbound.pii_kind_of_token('pii_token')) }}
            end
        )
    {%- endset -%}
    case
        {# Said apart, because whole data sources are plain digits. #}
        when {{ aam_inbound.regexp_full_match(expression, aam_inbound.pii_bare_digits()) }}
            then {{ aam_inbound.pii_kind_of_digits(expression) }}
        when {{ aam_inbound.pii_may_be_ambiguous(expression) }}
            then {{ aam_inbound.bind_once('pii_text', aam_inbound.pii_normalised(expression), kind) }}
    end
{%- endmacro %}
