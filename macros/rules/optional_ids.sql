{#- Query: `data_source` and `user_id` of the model that a var names, as distinct text; no rows where the var is
    empty. -#}
{% macro optional_ids(variable) -%}
    {%- if var(variable, '') and var(variable) is not string -%}
        {%- do exceptions.raise_compiler_error(
            'var ' ~ variable ~ ' is ' ~ tojson(var(variable)) ~ ': it takes the name of one model.'
        ) -%}
    {%- endif -%}
    {%- if var(variable, '') -%}
    {%- do aam_inbound.check_named_model(variable, var(variable), ['data_source', 'user_id']) -%}
    select distinct
        {{ aam_inbound.text_by_bytes('data_source') }} as data_source,
        {{ aam_inbound.text_by_bytes('user_id') }} as user_id
    from {{ ref(project_name, var(variable)) }}
    where data_source is not null and user_id is not null
    {%- else -%}
    select
        cast(null as {{ dbt.type_string() }}) as data_source,
        cast(null as {{ dbt.type_string() }}) as user_id
    where false
    {%- endif -%}
{%- endmacro %}
