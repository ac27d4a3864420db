with changes as (
    select * from {{ ref('inbound_changes') }}
    where line_count > 0
),

on_hold as (
    select * from {{ ref('inbound_users_on_hold') }}
),

data_sources as (
    select * from {{ ref('input__aam_data_sources') }}
),

known_ids as (
    select * from {{ ref('id_sync_known_ids') }}
),

records as (
    select
        changes.data_source,
        count(*) as records,
        sum(case when known_ids.is_settled then 1 else 0 end) as records_synced,
        sum(case when not known_ids.is_settled and known_ids.is_captured then 1 else 0 end) as records_captured,
        sum(case when not known_ids.is_settled and not known_ids.is_captured then 1 else 0 end) as records_pending,
        sum(case when known_ids.user_id is null then 1 else 0 end) as records_unknown
    from changes
    left join known_ids
        on
            changes.data_source = known_ids.data_source
            and changes.user_id = known_ids.user_id
    group by changes.data_source
),

waiting as (
    select
        data_source,
        count(*) as users_on_hold
    from on_hold
    group by data_source
),

joined as (
    select
        data_sources.data_source,
        {{ aam_inbound.needs_id_sync('data_sources') }} as needs_sync,
        coalesce(records.records, 0) as records,
        coalesce(records.records_synced, 0) as records_synced,
        coalesce(records.records_captured, 0) as records_captured,
        coalesce(records.records_pending, 0) as records_pending,
        coalesce(records.records_unknown, 0) as records_unknown,
        coalesce(waiting.users_on_hold, 0) as users_on_hold
    from data_sources
    left join records on data_sources.data_source = records.data_source
    left join waiting on data_sources.data_source = waiting.data_source
),

final as (
    select
        data_source,
        needs_sync
        {%- for column in ['records', 'records_synced', 'records_captured', 'records_pending'] %},
        cast({{ column }} as {{ dbt.type_bigint() }}) as {{ column }}
        {%- endfor %},
        cast(case when needs_sync then records_unknown else 0 end as {{ dbt.type_bigint() }}) as records_unknown,
        cast(users_on_hold as {{ dbt.type_bigint() }}) as users_on_hold,
        case
            when records > 0 and needs_sync then round(100.0 * (records_synced + records_captured) / records, 2)
        end as known_pct
    from joined
)

select * from final
