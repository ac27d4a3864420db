-- The demo's site is a seed, which must stand first. depends_on: {{ ref('raw_site__captured_ids') }}

with

source as (

    select * from {{ source('site', 'captured_ids') }}

),

final as (

    select
        data_source,
        user_id,
        cast(captured_at as date) as captured_on
    from source

)

select * from final
