{#- On-run-start: refuses a project whose dbt_project.yml, or whose session, takes away what this package promises, with
    the lines to write. -#}
{% macro check_project() %}
    {%- if execute and project_name != 'aam_inbound' -%}
        {%- do aam_inbound.check_dispatch() -%}
        {%- do aam_inbound.check_configs() -%}
        {%- do aam_inbound.check_table_formats() -%}
    {%- endif -%}
    {%- if aam_inbound.builds_or_tests() -%}
        {%- do aam_inbound.check_session() -%}
    {%- endif -%}
{% endmacro %}
