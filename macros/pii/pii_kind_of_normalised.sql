{#- pii_kind for a text that pii_normalised made: the detectors in order, phone numbers, the loosest, last. -#}
{% macro pii_kind_of_normalised(text) -%}
    coalesce(
        case
            when {{ aam_inbound.pii_is_email(text) }} then 'email'
            when {{ aam_inbound.pii_is_iban(text) }} then 'iban'
            when {{ aam_inbound.pii_is_payment_card(text) }} then 'payment_card'
            when {{ aam_inbound.pii_is_us_ssn(text) }} then 'us_ssn'
            when {{ aam_inbound.pii_is_fr_nir(text) }} then 'fr_nir'
            when {{ aam_inbound.pii_is_uk_nino(text) }} then 'uk_nino'
            when {{ aam_inbound.pii_is_es_dni(text) }} then 'es_dni'
            when {{ aam_inbound.pii_is_it_codice_fiscale(text) }} then 'it_codice_fiscale'
            when {{ aam_inbound.pii_is_ipv6(text) }} then 'ipv6'
            when {{ aam_inbound.pii_is_ipv4(text) }} then 'ipv4'
        end,
        {{ aam_inbound.pii_kind_in_words(text) }},
        case when {{ aam_inbound.pii_is_phone(text) }} then 'phone' end
    )
{%- endmacro %}
