{#- This package's version. aam-export reads it here, as the manifest has it, and compares it with its own. -#}
{% macro package_version() -%}
    {{ return('0.1.0') }}
{%- endmacro %}
