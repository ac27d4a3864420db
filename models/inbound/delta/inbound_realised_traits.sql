{{ config(materialized='view') }}

with data_sources as (
    select * from {{ ref('input__aam_data_sources') }}
),

traits as (
    select * from {{ ref('input__aam_traits') }}
    where
        trait_type = 'onboarded'
        and signal_key <> ''
),

-- By the data source's rights (L3). Audience Manager's rules don't tell case apart (L7).
final as (
    select
        data_sources.data_source,
        {{ aam_inbound.lower_case(aam_inbound.render_signal('traits.signal_key', 'traits.signal_value')) }}
            as lower_signal,
        'd_sid=' || traits.trait_id as effect
    from data_sources
    inner join traits on coalesce(data_sources.target_data_owner_dpid, data_sources.dpid) = traits.dpid
)

select * from final
