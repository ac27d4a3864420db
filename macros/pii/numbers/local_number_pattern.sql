{#- Regular expression for a local phone number as many countries write it, and as honest IDs may look: certain unless
    the shape `digits_3_4` is declared honest (var `aam_shape_decisions_model`). -#}
{% macro local_number_pattern() -%}
    {{ return('[2-9][0-9]{2}-[0-9]{4}') }}
{%- endmacro %}
