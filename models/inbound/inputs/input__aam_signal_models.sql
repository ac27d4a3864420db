{#- The models that the var aam_signal_models names, of the project itself. Where dbt says that one of them was
    not found, the name in the var is wrong: correct it in dbt_project.yml. -#}
{{ config(materialized='view') }}

{%- for model in aam_inbound.named_models('aam_signal_models') %}
{%- set columns = ['data_source', 'user_id', 'signal_key', 'signal_value'] %}
{%- do aam_inbound.check_named_model('aam_signal_models', model, columns) %}
select
    '{{ model }}' as signal_model,
    {{ aam_inbound.text_by_bytes('data_source') }} as data_source,
    {{ aam_inbound.text_by_bytes('user_id') }} as user_id,
    {{ aam_inbound.text_by_bytes('signal_key') }} as signal_key,
    {{ aam_inbound.text_by_bytes('signal_value') }} as signal_value,
    {{ aam_inbound.moment_of_signal(model) }} as valued_at
from {{ ref(project_name, model) }}
{% if not loop.last -%}
union all
{% endif -%}
{%- else %}
select
    {%- for column in ['signal_model', 'data_source', 'user_id', 'signal_key', 'signal_value'] %}
    cast(null as {{ dbt.type_string() }}) as {{ column }},
    {%- endfor %}
    cast(null as {{ dbt.type_timestamp() }}) as valued_at
where 1 = 0
{%- endfor %}
