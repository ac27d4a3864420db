{#- What inbound_known_pii stores of a value, and what IDs and signal values are joined to it by.

    For an e-mail address this is hash_email, so the same table also tells whether a hashed e-mail is right (U7). -#}
{% macro pii_fingerprint(expression) -%}
    {{ aam_inbound.sha256_hex(aam_inbound.comparable_text(expression)) }}
{%- endmacro %}
