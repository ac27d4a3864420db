{#- The id_types whose IDs may be any letters and digits (N6), and so may look like personal data. -#}
{% macro alphanumeric_id_types() -%}
    {{ return(['maid', 'tifa', 'vizio_ifa']) }}
{%- endmacro %}
