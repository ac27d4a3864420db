{#- The kind of personal data that a text certainly is or holds as it stands, as a slug, else NULL (P1). -#}
{% macro pii_plain_kind(expression) -%}
    case
        when {{ aam_inbound.pii_may_match(expression) }}
            then {{ aam_inbound.bind_once(
                'pii_text', aam_inbound.pii_normalised(expression), aam_inbound.pii_kind_of_normalised('pii_text')
            ) }}
    end
{%- endmacro %}
