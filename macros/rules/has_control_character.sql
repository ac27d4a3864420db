{#- SQL condition: the text holds a control character (Unicode Cc). -#}
{% macro has_control_character(expression) -%}
    ({{ aam_inbound.has_character(expression, 'control') }} or {{ aam_inbound.contains_nul(expression) }})
{%- endmacro %}
