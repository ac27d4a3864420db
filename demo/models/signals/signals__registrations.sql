with

ids as (

    select * from {{ ref('int_customers__ids') }}

),

traits as (

    select * from {{ ref('int_data_sources__traits') }}

),

registrations as (

    select * from {{ ref('stg_site__registrations') }}

),

-- Every data source has this trait; were it missing, the NULL would fail the test of signal_value.
newsletter_signals as (

    select
        ids.data_source,
        ids.user_id,
        'd_sid' as signal_key,
        traits.trait_id as signal_value
    from registrations
    inner join ids on registrations.household_id = ids.household_id
    left join traits
        on
            ids.data_source = traits.data_source
            and traits.trait_name = 'Newsletter subscriber'
    where registrations.takes_newsletter

),

channel_signals as (

    select
        ids.data_source,
        ids.user_id,
        'ic' as signal_key,
        'reg-' || registrations.channel as signal_value
    from registrations
    inner join ids on registrations.household_id = ids.household_id
    where ids.data_source in ('site_user', 'aam_uuid')

),

date_signals as (

    select
        ids.data_source,
        ids.user_id,
        'registered_on' as signal_key,
        cast(cast(registrations.registered_at as date) as {{ dbt.type_string() }}) as signal_value
    from registrations
    inner join ids on registrations.household_id = ids.household_id
    where ids.data_source in ('site_user', 'aam_uuid')

),

final as (

    select * from newsletter_signals
    union all
    select * from channel_signals
    union all
    select * from date_signals

)

select * from final
