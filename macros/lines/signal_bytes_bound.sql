{#- SQL expression: an upper bound of the bytes that a signal takes on a line, with its comma: the longest form is
    `"key"="value",`. -#}
{% macro signal_bytes_bound(key_expression, value_expression) -%}
    {{ aam_inbound.byte_length(key_expression) }} + {{ aam_inbound.byte_length(value_expression) }} + 6
{%- endmacro %}
