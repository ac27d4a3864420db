{#- SQL expression: a line without its newline, from an ID and its signals joined by newlines (L1). -#}
{% macro render_record(id_expression, profile_expression) -%}
    {{ id_expression }} || chr(9) || replace({{ profile_expression }}, chr(10), ',')
{%- endmacro %}
