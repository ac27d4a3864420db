{%- set slot = aam_inbound.hash_bucket('profiles.user_id', aam_inbound.aam_refresh_days()) -%}

with profiles as (
    select * from {{ ref('inbound_profiles') }}
),

delivered as (
    select * from {{ ref('inbound_delivered') }}
),

data_sources as (
    select * from {{ ref('input__aam_data_sources') }}
),

-- Days from a fixed one, so that a user's slot in the cycle of refreshes comes every aam_refresh_days.
days as (
    select
        cast('1970-01-01' as date) as first_day,
        {{ aam_inbound.aam_today() }} as today
),

today as (
    select
        today as today_on,
        {{ dbt.datediff('first_day', 'today', 'day') }} as day_number
    from days
),

joined as (
    select
        coalesce(profiles.data_source, delivered.data_source) as data_source,
        coalesce(profiles.user_id, delivered.user_id) as user_id,
        delivered.user_id is not null as is_known,
        coalesce(profiles.profile, '') as desired,
        coalesce(delivered.profile, '') as delivered,
        delivered.batch_id as delivered_batch_id,
        delivered.dpid,
        delivered.target_data_owner_dpid,
        delivered.still_to_remove,
        delivered.repeat_after_batch,
        delivered.refreshed_on,
        -- Sent whole before the latest of the user's slots: so a day on which nothing was built is caught up. A clock
        -- that ran ahead for a while must not put refreshes off until it is right.
        profiles.user_id is not null
        and delivered.user_id is not null
        and (
            coalesce(
                {{ dbt.datediff('delivered.refreshed_on', 'today_on', 'day') }},
                {{ aam_inbound.aam_refresh_days() }}
            ) > mod(today.day_number - {{ slot }}, {{ aam_inbound.aam_refresh_days() }})
            or delivered.refreshed_on > today_on
        ) as is_refresh_due
    from profiles
    full join delivered
        on
            profiles.data_source = delivered.data_source
            and profiles.user_id = delivered.user_id
    cross join today
),

final as (
    select
        joined.data_source,
        coalesce(data_sources.dpid, joined.dpid) as dpid,
        case
            when data_sources.data_source is null then joined.target_data_owner_dpid
            else data_sources.target_data_owner_dpid
        end as target_data_owner_dpid,
        coalesce(data_sources.refresh_mode, 'sync') as refresh_mode,
        joined.user_id,
        case
            when not joined.is_known then 'new'
            when joined.desired = joined.delivered and joined.still_to_remove is null then 'refresh'
            else 'differs'
        end as comparison,
        joined.desired,
        joined.delivered,
        joined.delivered_batch_id,
        joined.still_to_remove,
        joined.repeat_after_batch,
        joined.refreshed_on,
        joined.is_refresh_due
    from joined
    left join data_sources on joined.data_source = data_sources.data_source
    where
        not joined.is_known
        or joined.desired <> joined.delivered
        or joined.still_to_remove is not null
        or joined.is_refresh_due
)

select * from final
