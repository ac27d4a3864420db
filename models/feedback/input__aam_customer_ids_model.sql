{{ config(enabled=var('aam_feedback', false), materialized='view') }}

{#- The model that the var aam_customer_ids_model names, of the project itself. Where dbt says that it was not found,
    the name in the var is wrong: correct it in dbt_project.yml, or leave it empty. -#}
{%- set model = var('aam_customer_ids_model', '') -%}
{%- if model %}
{%- do aam_inbound.check_named_model('aam_customer_ids_model', model, ['data_source', 'user_id', 'customer_id']) %}
select
    {{ aam_inbound.text_by_bytes('data_source') }} as data_source,
    {{ aam_inbound.text_by_bytes('user_id') }} as user_id,
    {{ aam_inbound.text_by_bytes('customer_id') }} as customer_id
from {{ ref(project_name, model) }}
{%- else %}
select
    cast(null as {{ dbt.type_string() }}) as data_source,
    cast(null as {{ dbt.type_string() }}) as user_id,
    cast(null as {{ dbt.type_string() }}) as customer_id
where 1 = 0
{%- endif %}
