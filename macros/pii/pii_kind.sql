{#- The kind of personal data that a text certainly is or holds, as a slug, else NULL (P1).

    Certain means: honest IDs do not look like this. Shapes that honest IDs share are left to pii_ambiguous_kind. -#}
{% macro pii_kind(expression) -%}
    coalesce(
        case
            when {{ aam_inbound.pii_may_match(expression) }}
                then {{ aam_inbound.bind_once(
                    'pii_text', aam_inbound.pii_normalised(expression), aam_inbound.pii_kind_of_normalised('pii_text')
                ) }}
        end,
        case
            when
                {{ aam_inbound.pii_may_be_encoded(expression) }}
                and {{ aam_inbound.pii_is_encoded_email(expression) }}
                then 'email'
        end
    )
{%- endmacro %}
