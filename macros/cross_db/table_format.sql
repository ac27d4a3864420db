{#- What stands after the columns of a table that this package creates itself: its format, where a warehouse has
    several. -#}
{% macro table_format() -%}
    {{ return(adapter.dispatch('table_format', 'aam_inbound')()) }}
{%- endmacro %}

{% macro default__table_format() -%}
{%- endmacro %}

{% macro spark__table_format() -%}
    using iceberg
{%- endmacro %}
