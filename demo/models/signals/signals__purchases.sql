with

ids as (

    select * from {{ ref('int_customers__ids') }}

),

traits as (

    select * from {{ ref('int_data_sources__traits') }}

),

purchases as (

    select * from {{ ref('int_households__purchases') }}

),

purchase_traits as (

    select * from {{ ref('int_households__purchase_traits') }}

),

-- Only the traits that the data source may name: a trait that its owner lacks is not sent there (L3).
trait_signals as (

    select
        ids.data_source,
        ids.user_id,
        'd_sid' as signal_key,
        traits.trait_id as signal_value
    from purchase_traits
    inner join ids on purchase_traits.household_id = ids.household_id
    inner join traits
        on
            ids.data_source = traits.data_source
            and purchase_traits.trait_name = traits.trait_name

),

facts as (

    select
        household_id,
        'basket_count' as signal_key,
        cast(basket_count as {{ dbt.type_string() }}) as signal_value
    from purchases
    union all
    -- Cut to whole cents: engines differ in how they round half a cent, and a line must not.
    select
        household_id,
        'average_basket' as signal_key,
        cast(
            cast(floor(100 * spend / basket_count) / 100 as numeric(12, 2)) as {{ dbt.type_string() }}
        ) as signal_value
    from purchases
    union all
    select
        household_id,
        'last_basket_on' as signal_key,
        cast(cast(last_basket_at as date) as {{ dbt.type_string() }}) as signal_value
    from purchases
    union all
    select
        household_id,
        'favourite_store' as signal_key,
        'S' || cast(favourite_store_id as {{ dbt.type_string() }}) as signal_value
    from purchases

),

fact_signals as (

    select
        ids.data_source,
        ids.user_id,
        facts.signal_key,
        facts.signal_value
    from facts
    inner join ids on facts.household_id = ids.household_id
    where ids.data_source in ('crm', 'android', 'ios')

),

final as (

    select * from trait_signals
    union all
    select * from fact_signals

)

select * from final
