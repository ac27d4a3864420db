{#- SQL condition: the text begins or ends with a blank of any kind, NBSP included (L5, U5). -#}
{% macro has_blank_at_edge(expression) -%}
    {%- set blank = '[' ~ aam_inbound.character_class('blank') ~ ']' -%}
    {{ aam_inbound.regexp_contains(expression, '^' ~ blank ~ '|' ~ blank ~ '$') }}
{%- endmacro %}
