{#- The hash of an e-mail address that Audience Manager matches (U7): SHA-256 of the address without outer blanks and in
    lower case, unsalted, as 64 lowercase hex digits. NULL for NULL, and for an address of blanks alone. -#}
{% macro hash_email(expression) -%}
    {{ aam_inbound.sha256_hex(aam_inbound.comparable_text(expression)) }}
{%- endmacro %}
