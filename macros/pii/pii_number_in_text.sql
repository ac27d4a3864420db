{#- Regular expression for a token inside a longer text that may be a card number, a NINO or a DNI in one piece, as its
    first group; lower case. -#}
{% macro pii_number_in_text() -%}
    {{ return('(?:^|[^0-9a-z.,])([0-9]{13,19}|[a-z]{2}[0-9]{6}[a-z]|[0-9a-z][0-9]{7}[a-z])(?:$|[^0-9a-z])') }}
{%- endmacro %}
