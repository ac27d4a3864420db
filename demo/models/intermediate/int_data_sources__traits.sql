with

data_sources as (

    select * from {{ ref('aam_data_sources') }}

),

traits as (

    select * from {{ ref('aam_traits') }}

),

final as (

    select
        data_sources.data_source,
        traits.trait_id,
        traits.trait_name
    from data_sources
    inner join traits on coalesce(data_sources.target_data_owner_dpid, data_sources.dpid) = traits.dpid
    where traits.trait_type = 'onboarded'

)

select * from final
