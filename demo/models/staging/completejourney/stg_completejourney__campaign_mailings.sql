with

source as (

    select * from {{ source('completejourney', 'campaigns') }}

),

final as (

    select
        cast(campaign_id as bigint) as campaign_id,
        cast(household_id as bigint) as household_id
    from source

)

select * from final
