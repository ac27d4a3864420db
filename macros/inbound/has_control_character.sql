{#- SQL condition: the text holds a control character (Unicode Cc). -#}
{% macro has_control_character(expression) -%}
    ({{ regexp_contains(expression, '[' ~ character_class('control') ~ ']') }} or {{ contains_nul(expression) }})
{%- endmacro %}
