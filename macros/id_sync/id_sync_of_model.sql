{#- The ID synchronisation that a model of the var `aam_id_sync_models` is for: `crm` of `id_sync__crm`. -#}
{% macro id_sync_of_model(model) -%}
    {%- if not model.startswith('id_sync__') -%}
        {{ exceptions.raise_compiler_error(
            "var aam_id_sync_models: '" ~ model ~ "' is not named id_sync__<id_sync of the list aam_id_syncs>"
        ) }}
    {%- endif -%}
    {{ return(model[9:]) }}
{%- endmacro %}
