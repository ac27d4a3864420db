with

source as (

    select * from {{ source('completejourney', 'products') }}

),

final as (

    select
        cast(product_id as bigint) as product_id,
        brand,
        department,
        product_category,
        product_type
    from source

)

select * from final
