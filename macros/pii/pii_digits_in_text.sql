{#- Regular expression for 13 to 19 digits in one piece inside a longer text, as its first group. -#}
{% macro pii_digits_in_text() -%}
    {{ return('(?:^|[^0-9a-z.,])([0-9]{13,19})(?:$|[^0-9a-z])') }}
{%- endmacro %}
