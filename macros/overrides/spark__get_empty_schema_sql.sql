{#- dbt's, for contracts whose columns are of type `text`. -#}
{% macro spark__get_empty_schema_sql(columns) %}
    {%- set typed = {} -%}
    {%- for name, column in columns.items() -%}
        {%- do typed.update({name: dict(column, data_type=aam_inbound.spark_type(column.data_type))}) -%}
    {%- endfor -%}
    {{ return(default__get_empty_schema_sql(typed)) }}
{% endmacro %}
