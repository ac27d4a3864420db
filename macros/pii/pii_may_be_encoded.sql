{#- False where a text holds no e-mail address in base64 or in hex, decided by one regular expression. -#}
{% macro pii_may_be_encoded(expression) -%}
    {{ aam_inbound.regexp_contains(expression, '[^0-9A-Za-z_-]|' ~ aam_inbound.encoded_at().token) }}
{%- endmacro %}
