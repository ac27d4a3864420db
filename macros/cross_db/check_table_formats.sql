{#- Refuses tables from which nothing can be deleted, or which two may not write to at once, where a warehouse has
    such. -#}
{% macro check_table_formats() %}
    {%- do adapter.dispatch('check_table_formats', 'aam_inbound')() -%}
{% endmacro %}

{% macro default__check_table_formats() %}
{% endmacro %}

{% macro spark__check_table_formats() %}
    {%- for node in graph.nodes.values()
        if node.package_name == 'aam_inbound' and node.resource_type == 'model'
        and node.config.materialized not in ('view', 'ephemeral')
        and node.config.file_format != 'iceberg' -%}
        {%- set advice -%}
{{ node.name }} would be a table of the format {{ node.config.file_format or 'that Spark has by itself' }}. This package
needs tables of Iceberg: plain ones know neither deletes nor two that write at once, and Delta's `delete` takes no
subquery. Write into dbt_project.yml:

models:
  aam_inbound:
    +file_format: iceberg
        {%- endset -%}
        {%- do exceptions.raise_compiler_error(advice) -%}
    {%- endfor -%}
{% endmacro %}
