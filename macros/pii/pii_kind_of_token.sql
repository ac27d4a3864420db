{#- The kind that a token in one piece, in lower case, would be, where it passes that kind's check, else NULL. -#}
{% macro pii_kind_of_token(token) -%}
    case
        when {{ aam_inbound.regexp_full_match(token, aam_inbound.pii_bare_digits()) }}
            then {{ aam_inbound.pii_kind_of_digits(token) }}
        when {{ aam_inbound.regexp_full_match(token, aam_inbound.uk_nino_prefix() ~ '[0-9]{6}[a-d]') }} then 'uk_nino'
        when {{ aam_inbound.es_dni_passes(token) }} then 'es_dni'
    end
{%- endmacro %}
