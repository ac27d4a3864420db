{{ config(materialized='view') }}

{%- set models = var('aam_signal_models') -%}
{%- if not models -%}
    {{ exceptions.raise_compiler_error(
        "var aam_signal_models names no model, so there is nothing to send. List the models with your signals in "
        ~ "dbt_project.yml."
    ) }}
{%- endif -%}

{%- for model in models %}
select
    '{{ model }}' as signal_model,
    cast(data_source as {{ dbt.type_string() }}) as data_source,
    cast(user_id as {{ dbt.type_string() }}) as user_id,
    cast(signal_key as {{ dbt.type_string() }}) as signal_key,
    cast(signal_value as {{ dbt.type_string() }}) as signal_value
from {{ ref(model) }}
{% if not loop.last -%}
union all
{% endif -%}
{%- endfor %}
