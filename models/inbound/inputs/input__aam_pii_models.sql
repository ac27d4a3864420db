{#- The models that the var aam_pii_models names, of the project itself. Where dbt says that one of them was not found,
    the name in the var is wrong: correct it in dbt_project.yml. -#}
{{ config(materialized='view') }}

{%- for model in aam_inbound.named_models('aam_pii_models') %}
-- depends_on: {{ ref(project_name, model) }}
select '{{ model }}' as pii_model
{% if not loop.last -%}
union all
{% endif -%}
{%- else %}
select cast(null as {{ dbt.type_string() }}) as pii_model
where 1 = 0
{%- endfor %}
