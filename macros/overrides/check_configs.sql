{#- Refuses configs of the user's dbt_project.yml that reach this package: what stands there without a project's name
    overrides even what a package's own file says. As a view nothing would be proposed to the ledger, and a test that
    only warns lets what it finds leave. -#}
{% macro check_configs() %}
    {%- set reached = {} -%}
    {%- for node in graph.nodes.values() if node.package_name == 'aam_inbound' -%}
        {%- if node.config.materialized != 'proposed_batch' and "materialized='proposed_batch'" in node.raw_code -%}
            {%- set config = '+materialized: ' ~ node.config.materialized -%}
            {%- do reached.update({'key': 'models', 'config': config, 'node': node.name}) -%}
        {%- elif
            node.resource_type == 'test'
            and node.config.severity | lower != 'error'
            and "severity='warn'" not in node.raw_code
        -%}
            {%- set config = '+severity: ' ~ node.config.severity | lower -%}
            {%- do reached.update({'key': 'data_tests', 'config': config, 'node': node.name}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if reached -%}
        {%- set advice -%}
`{{ reached.key }}: {{ reached.config }}` of dbt_project.yml reaches the package aam_inbound too
{{- ' (' ~ reached.node ~ ')' }}, which can't
work with it. Write it under your project's name:

{{ reached.key }}:
  {{ project_name }}:
    {{ reached.config }}
        {%- endset -%}
        {%- do exceptions.raise_compiler_error(advice) -%}
    {%- endif -%}
{% endmacro %}
