with

source as (

    select * from {{ source('completejourney', 'transactions') }}

),

final as (

    select
        cast(household_id as bigint) as household_id,
        cast(store_id as bigint) as store_id,
        cast(basket_id as bigint) as basket_id,
        cast(product_id as bigint) as product_id,
        cast(quantity as bigint) as quantity,
        cast(sales_value as numeric(12, 2)) as sales_value,
        cast(coupon_disc as numeric(12, 2)) as coupon_discount,
        cast(transaction_timestamp as {{ dbt.type_timestamp() }}) as bought_at
    from source

)

select * from final
