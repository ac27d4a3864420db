{#- The model that the var aam_shape_decisions_model names, of the project itself. Where dbt says that it was not
    found, the name in the var is wrong: correct it in dbt_project.yml, or leave it empty. -#}
{{ config(materialized='view') }}

{{ aam_inbound.shape_decisions() }}
