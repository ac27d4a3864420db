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
    {{ exact_text('data_source') }} as data_source,
    {{ exact_text('user_id') }} as user_id,
    {{ exact_text('signal_key') }} as signal_key,
    {{ exact_text('signal_value') }} as signal_value
from {{ ref(model) }}
{% if not loop.last -%}
union all
{% endif -%}
{%- endfor %}
