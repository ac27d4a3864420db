{#- SQL condition: the text holds a character of a class (macro character_class). -#}
{% macro has_character(expression, class) -%}
    {{ aam_inbound.regexp_contains(expression, '[' ~ aam_inbound.character_class(class) ~ ']') }}
{%- endmacro %}
