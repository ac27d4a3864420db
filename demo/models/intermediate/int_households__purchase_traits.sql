with

purchases as (

    select * from {{ ref('int_households__purchases') }}

),

final as (

    select
        household_id,
        'Buys organic' as trait_name
    from purchases
    where organic_basket_count >= 3
    union all
    -- No basket in the eight weeks before now; a basket exactly eight weeks ago still counts.
    select
        household_id,
        'Lapsed shopper' as trait_name
    from purchases
    where last_basket_at < {{ days_ago(56) }}
    union all
    select
        household_id,
        'Recently active' as trait_name
    from purchases
    where last_basket_at >= {{ days_ago(14) }}
    union all
    select
        household_id,
        'Frequent shopper' as trait_name
    from purchases
    where basket_count >= 100
    union all
    select
        household_id,
        'Big spender' as trait_name
    from purchases
    where spend_decile = 1
    union all
    -- A coupon in at least every fifth basket, over enough baskets to call it a habit.
    select
        household_id,
        'Heavy coupon user' as trait_name
    from purchases
    where basket_count >= 5 and coupon_basket_count >= 0.2 * basket_count
    union all
    select
        household_id,
        'Never uses coupons' as trait_name
    from purchases
    where basket_count >= 10 and coupon_basket_count = 0 and coupon_redemption_count = 0
    union all
    select
        household_id,
        'Private-label buyer' as trait_name
    from purchases
    where basket_count >= 5 and private_label_spend >= 0.4 * spend
    union all
    select
        household_id,
        'Pet owner' as trait_name
    from purchases
    where pet_basket_count >= 3
    union all
    select
        household_id,
        'Baby products' as trait_name
    from purchases
    where baby_basket_count >= 3

)

select * from final
