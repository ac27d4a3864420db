{#- Makes dbt build tagged models and seeds before the model that calls this, as ref() must be seen while parsing, when
    the tags can't be: everything upstream of the signals, the ID syncs, the suppressions and the site's IDs is, for
    these are named by vars; what else is tagged, the var `aam_pii_models` names. check_tagged_pii_order refuses what
    neither covers. -#}
{% macro tagged_pii_dependencies() %}
-- depends_on: {{ ref('input__aam_signal_models') }}
-- depends_on: {{ ref('input__aam_id_sync_models') }}
-- depends_on: {{ ref('input__aam_suppressions_model') }}
-- depends_on: {{ ref('input__aam_site_ids_model') }}
-- depends_on: {{ ref('input__aam_pii_models') }}
{%- for model in aam_inbound.named_models('aam_pii_models') %}
-- depends_on: {{ ref(project_name, model) }}
{%- endfor %}
{% endmacro %}
