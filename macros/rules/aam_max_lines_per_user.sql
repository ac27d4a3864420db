{#- Lines that a user may have in a file (S5); AAM drops the rest. -#}
{% macro aam_max_lines_per_user() -%}
    {{ return(200) }}
{%- endmacro %}
