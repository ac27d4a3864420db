with

transactions as (

    select * from {{ ref('stg_completejourney__transactions') }}
    where bought_at < {{ aam_inbound.aam_now() }}

),

products as (

    select * from {{ ref('stg_completejourney__products') }}

),

coupon_redemptions as (

    select * from {{ ref('stg_completejourney__coupon_redemptions') }}
    where redeemed_on < {{ aam_inbound.aam_now() }}

),

-- A few purchases are of products that the list of products lacks: they count as neither of these.
kinds_of_products as (

    select
        product_id,
        brand = 'Private' as is_private_label,
        coalesce(
            product_category = 'ORGANICS FRUIT & VEGETABLES' or product_type like 'ORGANIC%', false
        ) as is_organic,
        coalesce(
            product_category in ('CAT FOOD', 'CAT LITTER', 'DOG FOODS', 'PET CARE SUPPLIES'), false
        ) as is_for_pets,
        coalesce(
            product_category in (
                'BABY FOODS', 'BABYFOOD', 'BABY HBC', 'DIAPERS & DISPOSABLES', 'INFANT CARE PRODUCTS',
                'INFANT FORMULA'
            ),
            false
        ) as is_for_babies
    from products

),

baskets as (

    select
        transactions.household_id,
        transactions.basket_id,
        transactions.store_id,
        max(transactions.bought_at) as bought_at,
        sum(transactions.sales_value) as spend,
        sum(case when kinds.is_private_label then transactions.sales_value else 0 end) as private_label_spend,
        max(case when kinds.is_organic then 1 else 0 end) as has_organic,
        max(case when kinds.is_for_pets then 1 else 0 end) as has_pet_products,
        max(case when kinds.is_for_babies then 1 else 0 end) as has_baby_products,
        max(case when transactions.coupon_discount > 0 then 1 else 0 end) as has_coupon
    from transactions
    left join kinds_of_products as kinds on transactions.product_id = kinds.product_id
    group by transactions.household_id, transactions.basket_id, transactions.store_id

),

households as (

    select
        household_id,
        cast(sum(spend) as numeric(12, 2)) as spend,
        cast(sum(private_label_spend) as numeric(12, 2)) as private_label_spend,
        count(*) as basket_count,
        max(bought_at) as last_basket_at,
        sum(has_organic) as organic_basket_count,
        sum(has_pet_products) as pet_basket_count,
        sum(has_baby_products) as baby_basket_count,
        sum(has_coupon) as coupon_basket_count
    from baskets
    group by household_id

),

redemptions as (

    select
        household_id,
        count(*) as redemption_count
    from coupon_redemptions
    group by household_id

),

stores as (

    select
        household_id,
        store_id,
        row_number() over (
            partition by household_id
            order by count(*) desc, sum(spend) desc, store_id asc
        ) as store_rank
    from baskets
    group by household_id, store_id

),

final as (

    select
        households.household_id,
        households.basket_count,
        households.last_basket_at,
        households.spend,
        households.private_label_spend,
        households.organic_basket_count,
        households.pet_basket_count,
        households.baby_basket_count,
        households.coupon_basket_count,
        stores.store_id as favourite_store_id,
        ntile(10) over (order by households.spend desc, households.household_id asc) as spend_decile,
        coalesce(redemptions.redemption_count, 0) as coupon_redemption_count
    from households
    inner join stores on households.household_id = stores.household_id and stores.store_rank = 1
    left join redemptions on households.household_id = redemptions.household_id

)

select * from final
