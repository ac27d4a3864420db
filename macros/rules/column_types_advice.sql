{#- The lines that keep columns of one of the account's lists text, as dbt_project.yml takes them for a seed of the
    project; of a model, what to do instead. -#}
{% macro column_types_advice(name, columns) -%}
    {%- set seed = graph.nodes.get('seed.' ~ project_name ~ '.' ~ name) -%}
    {%- if not seed -%}
        {{ return('Cast ' ~ columns | join(', ') ~ ' to text in the model ' ~ name ~ '.') }}
    {%- endif -%}
    {%- set advice -%}
Write into dbt_project.yml, and run `dbt seed --full-refresh --select {{ name }}`:
seeds:
    {%- for part in seed.fqn %}
{{ '  ' * loop.index }}{{ part }}:
    {%- endfor %}
{{ '  ' * (seed.fqn | length + 1) }}+column_types:
    {%- for column in columns %}
{{ '  ' * (seed.fqn | length + 2) }}{{ column }}: {{ dbt.type_string() }}
    {%- endfor %}
    {%- endset -%}
    {{ return(advice) }}
{%- endmacro %}
