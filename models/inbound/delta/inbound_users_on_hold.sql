with signals as (
    select * from {{ ref('inbound_signals') }}
),

data_sources as (
    select * from {{ ref('input__aam_data_sources') }}
),

known_ids as (
    select * from {{ ref('id_sync_known_ids') }}
    where
        is_settled
        or is_captured
),

delivered as (
    select * from {{ ref('inbound_delivered') }}
    where profile <> ''
),

final as (
    select distinct
        signals.data_source,
        signals.user_id
    from signals
    inner join data_sources on signals.data_source = data_sources.data_source
    left join known_ids
        on
            signals.data_source = known_ids.data_source
            and signals.user_id = known_ids.user_id
    -- Who has something in AAM already goes on: what is taken away must not wait.
    left join delivered
        on
            signals.data_source = delivered.data_source
            and signals.user_id = delivered.user_id
    where
        {{ aam_inbound.needs_id_sync('data_sources') if var('aam_hold_unsynced', false) else 'false' }}
        and known_ids.user_id is null
        and delivered.user_id is null
)

select * from final
