with

ids as (

    select * from {{ ref('int_customers__ids') }}

),

customers as (

    select * from {{ ref('stg_crm__customers') }}

),

mailings as (

    select * from {{ ref('stg_completejourney__campaign_mailings') }}

),

campaigns as (

    select * from {{ ref('stg_completejourney__campaigns') }}
    where starts_on < {{ aam_inbound.aam_now() }}

),

tier_signals as (

    select
        ids.data_source,
        ids.user_id,
        'loyalty_tier' as signal_key,
        customers.loyalty_tier as signal_value
    from customers
    inner join ids on customers.household_id = ids.household_id
    where
        customers.loyalty_tier is not null
        and ids.data_source in ('crm', 'android', 'ios', 'aam_uuid')

),

-- 'Type A' is sent as the code campaign-a; a household mailed in several campaigns of a type has it once.
campaign_signals as (

    select distinct
        ids.data_source,
        ids.user_id,
        'ic' as signal_key,
        'campaign-' || lower(replace(campaigns.campaign_type, 'Type ', '')) as signal_value
    from mailings
    inner join campaigns on mailings.campaign_id = campaigns.campaign_id
    inner join ids on mailings.household_id = ids.household_id
    where ids.data_source in ('crm', 'android', 'ios')

),

final as (

    select * from tier_signals
    union all
    select * from campaign_signals

)

select * from final
