with differing as (
    select * from {{ ref('inbound_due_users') }}
    where comparison = 'differs'
),

batches as (
    select * from {{ ref('inbound_batches') }}
),

records as (
    select * from {{ source('aam_ledger', 'aam_batch_records') }}
    where line_number = 1
),

realised_traits as (
    select * from {{ ref('inbound_realised_traits') }}
),

unsettled as (
    select
        differing.data_source,
        differing.user_id,
        records.batch_id,
        records.sync_mode,
        {{ aam_inbound.asserted_signals('records') }} as asserted,
        records.removed
    from records
    inner join batches on records.batch_id = batches.batch_id
    inner join differing
        on
            records.user_id = differing.user_id
            and records.dpid = differing.dpid
            and coalesce(records.target_data_owner_dpid, '') = coalesce(differing.target_data_owner_dpid, '')
    where not batches.is_settled
),

texts as (
    select
        data_source,
        user_id,
        'wanted' as origin,
        '' as batch_id,
        desired as signals
    from differing
    union all
    select
        data_source,
        user_id,
        'held' as origin,
        '' as batch_id,
        delivered as signals
    from differing
    union all
    select
        data_source,
        user_id,
        'still_to_remove' as origin,
        '' as batch_id,
        still_to_remove as signals
    from differing
    union all
    select
        data_source,
        user_id,
        sync_mode as origin,
        batch_id,
        asserted as signals
    from unsettled
    union all
    select
        data_source,
        user_id,
        'removed' as origin,
        batch_id,
        removed as signals
    from unsettled
),

signals as (
    select
        data_source,
        user_id,
        origin,
        batch_id,
        {{ aam_inbound.split_signals('signals') }} as signal
    from texts
    where signals <> ''
),

effects as (
    select
        signals.data_source,
        signals.user_id,
        signals.origin,
        signals.batch_id,
        coalesce(realised_traits.effect, signals.signal) as effect
    from signals
    left join realised_traits
        on
            signals.data_source = realised_traits.data_source
            and {{ aam_inbound.lower_case('signals.signal') }} = realised_traits.lower_signal
),

known_effects as (
    select
        data_source,
        user_id,
        effect,
        max(case when origin = 'wanted' then 1 else 0 end) as is_wanted,
        max(case when origin = 'held' then 1 else 0 end) as is_held,
        max(case when origin = 'still_to_remove' then 1 else 0 end) as is_still_to_remove,
        max(case when origin = 'removed' then 1 else 0 end) as is_removed,
        count(distinct case when origin = 'overwrite' then batch_id end) as overwrites_with_it,
        max(case when origin in ('sync', 'overwrite') then batch_id end) as asserted_in
    from effects
    group by data_source, user_id, effect
),

overwrites as (
    select
        data_source,
        user_id,
        count(*) as overwrite_count
    from unsettled
    where sync_mode = 'overwrite'
    group by data_source, user_id
),

final as (
    select
        known_effects.data_source,
        known_effects.user_id,
        known_effects.effect,
        known_effects.is_wanted = 1 as is_wanted,
        known_effects.is_held = 1 as is_held,
        known_effects.is_still_to_remove = 1 as is_still_to_remove,
        -- Something still on its way may take it away, and may be applied last (M2): adding it has to wait (V6).
        known_effects.is_removed = 1
        or known_effects.overwrites_with_it < coalesce(overwrites.overwrite_count, 0) as is_waiting,
        known_effects.asserted_in
    from known_effects
    left join overwrites
        on
            known_effects.data_source = overwrites.data_source
            and known_effects.user_id = overwrites.user_id
)

select * from final
