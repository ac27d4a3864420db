with

source as (

    select * from {{ source('completejourney', 'coupon_redemptions') }}

),

final as (

    select
        cast(household_id as bigint) as household_id,
        cast(coupon_upc as bigint) as coupon_upc,
        cast(campaign_id as bigint) as campaign_id,
        cast(redemption_date as date) as redeemed_on
    from source

)

select * from final
