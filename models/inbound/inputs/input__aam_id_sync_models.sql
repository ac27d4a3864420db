{#- The models that the var aam_id_sync_models names, of the project itself. Where dbt says that one of them was
    not found, the name in the var is wrong: correct it in dbt_project.yml. -#}
{{ config(materialized='view') }}

{%- set models = aam_inbound.named_models('aam_id_sync_models') -%}
{%- set numbers_by_model = {} -%}
{%- for model in models -%}
    {%- if execute and flags.WHICH in ('build', 'run') and load_relation(ref(project_name, model)) is none -%}
        {{ exceptions.raise_compiler_error(
            model ~ ' has no table or view to take the columns id_1, id_2, … from: is it ephemeral? '
            ~ 'Materialize it (N10).'
        ) }}
    {%- endif -%}
    {%- do numbers_by_model.update({model: aam_inbound.id_column_numbers(ref(project_name, model))}) -%}
{%- endfor -%}
{%- set longest = namespace(numbers=[1, 2]) -%}
{%- for numbers in numbers_by_model.values() if numbers | length > longest.numbers | length -%}
    {%- set longest.numbers = numbers -%}
{%- endfor -%}

{%- for model in models %}
select
    '{{ model }}' as id_sync_model,
    '{{ aam_inbound.id_sync_of_model(model) }}' as id_sync,
    {{ numbers_by_model[model] | length }} as id_columns
    {%- for number in longest.numbers %},
    {{ aam_inbound.text_by_bytes('id_' ~ number if number in numbers_by_model[model] else 'null') }} as id_{{ number }}
    {%- endfor %}
from {{ ref(project_name, model) }}
{% if not loop.last -%}
union all
{% endif -%}
{%- else %}
select
    cast(null as {{ dbt.type_string() }}) as id_sync_model,
    cast(null as {{ dbt.type_string() }}) as id_sync,
    cast(null as {{ dbt.type_int() }}) as id_columns
    {%- for number in longest.numbers %},
    cast(null as {{ dbt.type_string() }}) as id_{{ number }}
    {%- endfor %}
where false
{%- endfor %}
