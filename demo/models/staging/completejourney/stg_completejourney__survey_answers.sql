with

source as (

    select * from {{ source('completejourney', 'demographics') }}

),

final as (

    select
        cast(household_id as bigint) as household_id,
        age as age_band,
        income as income_band,
        home_ownership,
        household_size,
        kids_count
    from source

)

select * from final
