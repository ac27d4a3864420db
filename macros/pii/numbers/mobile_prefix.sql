{#- Regular expression for the first two of nine digits of a mobile number as Spain, Poland, Portugal and the Czech
    Republic have them, which write them 3-3-3. -#}
{% macro mobile_prefix() -%}
    {{ return('(45|5[0137]|6[0-9]|7[0-4789]|88|9[1236])') }}
{%- endmacro %}
