{#- Query: `relation` (data_source, signal_key, signal_value) with what the seeds say of each signal, as
    signal_form_reason reads it. -#}
{% macro looked_up_signals(relation) -%}
    select
        {{ relation }}.*,
        data_sources.data_source is not null as is_known_source,
        coalesce(data_sources.target_data_owner_dpid, data_sources.dpid) as source_owner,
        declared_keys.value_type,
        declared_keys.accepts,
        traits.trait_id,
        traits.trait_type,
        traits.dpid as trait_owner,
        codes.code is not null as is_listed_code
    from {{ relation }}
    left join (select * from {{ ref('input__aam_data_sources') }}) as data_sources
        on {{ relation }}.data_source = data_sources.data_source
    left join (select * from {{ ref('input__aam_signal_keys') }}) as declared_keys
        on
            {{ relation }}.data_source = declared_keys.data_source
            and {{ relation }}.signal_key = declared_keys.signal_key
    left join (select * from {{ ref('input__aam_traits') }}) as traits on {{ relation }}.signal_value = traits.trait_id
    left join (
        select distinct signal_value as code from {{ ref('input__aam_traits') }}
        where signal_key = 'ic'
    ) as codes on {{ relation }}.signal_value = codes.code
{%- endmacro %}
