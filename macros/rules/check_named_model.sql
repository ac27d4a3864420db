{#- Refuses, while dbt builds, a model that a var names and that lacks one of the columns that it is read by. An
    ephemeral one is left to the warehouse, which has no relation of it. -#}
{% macro check_named_model(variable, name, columns) %}
    {%- set is_build = execute and flags.WHICH in ('build', 'run') -%}
    {%- set relation = load_relation(ref(project_name, name)) if is_build else none -%}
    {%- if relation is not none -%}
        {%- set present = adapter.get_columns_in_relation(relation) | map(attribute='name') | map('lower') | list -%}
        {%- do aam_inbound.require_columns(name ~ ' (var ' ~ variable ~ ')', present, columns, columns) -%}
    {%- endif -%}
{% endmacro %}
