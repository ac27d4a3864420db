{#- The names in a var that lists models. Refuses what is no list: of a text, each letter would be taken for a
    model. -#}
{% macro named_models(variable) -%}
    {%- set names = var(variable, []) or [] -%}
    {%- if names is string or names is mapping or names is not iterable -%}
        {%- set advice -%}
var {{ variable }} is {{ tojson(names) }}, not a list of models. Write into dbt_project.yml:

vars:
  {{ variable }}: [{{ names if names is string else 'a_model' }}]
        {%- endset -%}
        {%- do exceptions.raise_compiler_error(advice) -%}
    {%- endif -%}
    {{ return(names) }}
{%- endmacro %}
