{#- SQL expression: when a row of a signals model was true, from the column that the var `aam_newest_by` names; NULL
    where the var is empty or the model has no such column. -#}
{% macro moment_of_signal(model) -%}
    {%- set column = var('aam_newest_by', '') -%}
    {%- set is_build = execute and flags.WHICH in ('build', 'run') -%}
    {%- set relation = load_relation(ref(project_name, model)) if column and is_build else none -%}
    {%- set present = [] -%}
    {%- if relation is not none -%}
        {%- do present.extend(adapter.get_columns_in_relation(relation) | map(attribute='name') | map('lower')) -%}
    {%- endif -%}
    {{ return('cast(' ~ (column if column | lower in present else 'null') ~ ' as ' ~ dbt.type_timestamp() ~ ')') }}
{%- endmacro %}
