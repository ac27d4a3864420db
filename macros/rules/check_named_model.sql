{#- Refuses, while dbt builds, a model that a var names and that lacks one of the columns that it is read by; warns
    of one in which a column of texts is a float. An ephemeral one is left to the warehouse, which has no relation
    of it. -#}
{% macro check_named_model(variable, name, columns) %}
    {%- set is_build = execute and flags.WHICH in ('build', 'run') -%}
    {%- set relation = load_relation(ref(project_name, name)) if is_build else none -%}
    {%- if relation is not none -%}
        {%- set found = adapter.get_columns_in_relation(relation) -%}
        {%- set present = found | map(attribute='name') | map('lower') | list -%}
        {%- do aam_inbound.require_columns(name ~ ' (var ' ~ variable ~ ')', present, columns, columns) -%}
        {%- for column in found if column.name | lower in columns and column.is_float() -%}
            {%- do exceptions.warn(
                name ~ ': ' ~ column.name ~ ' is ' ~ column.dtype ~ ', so that 12345 is written 12345.0 and 0.3 perhaps'
                ~ ' 0.30000000000000004. Cast it to an integer or to a decimal of fixed scale, and then to text'
                ~ ' (L5, L7).'
            ) -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}
