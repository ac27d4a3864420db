{#- A seed's columns on Spark → their types: what its config says, else what dbt finds in the file. -#}
{% macro seed_columns(model, agate_table) -%}
    {%- set declared = model.config.get('column_types', {}) -%}
    {%- set columns = {} -%}
    {%- for name in agate_table.column_names -%}
        {%- set type = declared.get(name, adapter.convert_type(agate_table, loop.index0)) -%}
        {%- do columns.update({name: aam_inbound.spark_type(type)}) -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}
