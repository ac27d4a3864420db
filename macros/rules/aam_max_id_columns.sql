{#- Columns that an ID synchronisation file may have here. AAM names no limit; SQL has to count to some number. -#}
{% macro aam_max_id_columns() -%}
    {{ return(10) }}
{%- endmacro %}
