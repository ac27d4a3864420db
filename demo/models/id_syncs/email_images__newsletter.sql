with

registrations as (

    select * from {{ ref('stg_site__registrations') }}

),

opted_out_ids as (

    select * from {{ ref('int_customers__opted_out_ids') }}

),

-- In the site's DPID: an ID is synchronised in its own data source (U2).
data_sources as (

    select * from {{ ref('aam_data_sources') }}
    where data_source = 'site_user'

),

final as (

    select
        registrations.site_user_id,
        {{ aam_inbound.id_sync_url('data_sources.dpid', 'registrations.site_user_id') }} as image_url
    from registrations
    cross join data_sources
    left join opted_out_ids
        on
            opted_out_ids.data_source = 'site_user'
            and registrations.site_user_id = opted_out_ids.user_id
    where
        registrations.takes_newsletter
        and opted_out_ids.user_id is null

)

select * from final
