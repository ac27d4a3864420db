{#- SQL expression: a line, from an ID and its signals as a profile has them (L1); with a newline at its end where
    `ended`. -#}
{% macro render_record(id_expression, profile_expression, ended=false) -%}
    {{ aam_inbound.concat_texts([id_expression, 'chr(9)', profile_expression] + (['chr(10)'] if ended else [])) }}
{%- endmacro %}
