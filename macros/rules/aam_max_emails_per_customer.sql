{#- Hashed e-mail addresses that a customer ID may have in a batch (S7), and at all (M8). -#}
{% macro aam_max_emails_per_customer() -%}
    {{ return(10) }}
{%- endmacro %}
