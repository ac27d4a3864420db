{#- The kind of personal data that a text holds in base64 or in hex, as a slug, else NULL (P1). -#}
{% macro pii_encoded_kind(expression) -%}
    case
        when {{ aam_inbound.pii_may_be_encoded(expression) }} and {{ aam_inbound.pii_is_encoded_email(expression) }}
            then 'email'
    end
{%- endmacro %}
