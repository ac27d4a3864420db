{#- Regular expression for IDs of digits alone that are long enough to be a phone, card or social security number. -#}
{% macro pii_bare_digits() -%}
    {{ return('[0-9]{9,19}') }}
{%- endmacro %}
