{#- SQL condition: the text holds a control character (Unicode Cc). -#}
{% macro has_control_character(expression) -%}
    ({{ aam_inbound.regexp_contains(expression, '[' ~ aam_inbound.character_class('control') ~ ']') }} or {{ aam_inbound.contains_nul(expression) }})
{%- endmacro %}
