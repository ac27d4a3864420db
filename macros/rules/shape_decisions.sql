{#- Query: what the user decided of ambiguous shapes, from the model that the var `aam_shape_decisions_model` names;
    no rows where the var is empty. signal_key is empty where IDs are meant. -#}
{% macro shape_decisions() -%}
    {%- set columns = ['data_source', 'signal_key', 'shape', 'kind', 'decision', 'declared_by', 'why'] -%}
    {%- set name = var('aam_shape_decisions_model', '') -%}
    {%- if name and name is not string -%}
        {%- do exceptions.raise_compiler_error(
            'var aam_shape_decisions_model is ' ~ tojson(name) ~ ': it takes the name of one model or seed.'
        ) -%}
    {%- endif -%}
    {%- if name -%}
        {%- do aam_inbound.check_named_model('aam_shape_decisions_model', name, columns) -%}
    {%- endif -%}
    select
        {%- for column in columns %}
            {%- set cell -%}
                {%- if not name -%}
                null
                {%- elif column == 'signal_key' -%}
                coalesce(cast({{ column }} as {{ dbt.type_string() }}), '')
                {%- else -%}
                {{ column }}
                {%- endif -%}
            {%- endset %}
        {{ aam_inbound.text_by_bytes(cell) }} as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    {% if name -%}
    from {{ ref(project_name, name) }}
    {%- else -%}
    where 1 = 0
    {%- endif %}
{%- endmacro %}
