{{ config(materialized='view') }}

{%- for model in var('aam_pii_models', []) %}
-- depends_on: {{ ref(project_name, model) }}
select '{{ model }}' as pii_model
{% if not loop.last -%}
union all
{% endif -%}
{%- else %}
select cast(null as {{ dbt.type_string() }}) as pii_model
where 1 = 0
{%- endfor %}
