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

data_sources as (
    select * from {{ ref('input__aam_data_sources') }}
),

traits as (
    select * from {{ ref('input__aam_traits') }}
    where
        trait_type = 'onboarded'
        and signal_key <> ''
),

-- What a signal brings about: the trait that aam_traits says it realises, by the data source's rights (L3). Keys and
-- values are not case-sensitive there (L7). Any other signal stands for itself, as `d_sid` does.
realised as (
    select
        data_sources.data_source,
        {{ aam_inbound.lower_case(aam_inbound.render_signal('traits.signal_key', 'traits.signal_value')) }} as folded_signal,
        'd_sid=' || traits.trait_id as effect
    from data_sources
    inner join traits on coalesce(data_sources.target_data_owner_dpid, data_sources.dpid) = traits.dpid
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
        signals.*,
        coalesce(realised.effect, signals.signal) as effect
    from signals
    left join realised
        on
            signals.data_source = realised.data_source
            and {{ aam_inbound.lower_case('signals.signal') }} = realised.folded_signal
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

-- Something still on its way may take it away, and may be applied last (M2): adding it has to wait (V6).
waiting_effects as (
    select
        known_effects.data_source,
        known_effects.user_id,
        known_effects.effect
    from known_effects
    left join overwrites
        on
            known_effects.data_source = overwrites.data_source
            and known_effects.user_id = overwrites.user_id
    where
        known_effects.is_removed = 1
        or known_effects.overwrites_with_it < coalesce(overwrites.overwrite_count, 0)
),

wanted_signals as (
    select
        effects.data_source,
        effects.user_id,
        effects.signal,
        max(case when held.signal is null then 1 else 0 end) as is_addition,
        max(case when held.signal is null and waiting_effects.effect is not null then 1 else 0 end) as is_deferred
    from effects
    left join signals as held
        on
            effects.data_source = held.data_source
            and effects.user_id = held.user_id
            and effects.signal = held.signal
            and held.origin = 'held'
    left join waiting_effects
        on
            effects.data_source = waiting_effects.data_source
            and effects.user_id = waiting_effects.user_id
            and effects.effect = waiting_effects.effect
    where effects.origin = 'wanted'
    group by effects.data_source, effects.user_id, effects.signal
),

profiles as (
    select
        data_source,
        user_id,
        {{ aam_inbound.joined_signals('signal') }} as profile
    from wanted_signals
    where is_deferred = 0
    group by data_source, user_id
),

additions as (
    select
        data_source,
        user_id,
        {{ aam_inbound.joined_signals('signal') }} as added
    from wanted_signals
    where
        is_deferred = 0
        and is_addition = 1
    group by data_source, user_id
),

deferrals as (
    select
        data_source,
        user_id,
        {{ aam_inbound.joined_signals('signal') }} as deferred
    from wanted_signals
    where is_deferred = 1
    group by data_source, user_id
),

kept_effects as (
    select distinct
        effects.data_source,
        effects.user_id,
        effects.effect
    from effects
    inner join wanted_signals
        on
            effects.data_source = wanted_signals.data_source
            and effects.user_id = wanted_signals.user_id
            and effects.signal = wanted_signals.signal
    where
        effects.origin = 'wanted'
        and wanted_signals.is_deferred = 0
),

-- What Audience Manager holds, or may hold, and should not.
surplus as (
    select
        known_effects.data_source,
        known_effects.user_id,
        known_effects.effect,
        known_effects.is_held,
        known_effects.asserted_in,
        {{ aam_inbound.is_named_trait('known_effects.effect') }} as is_named,
        -- wanted again, but waiting: adding it will settle the matter
        known_effects.is_held = 0 and known_effects.is_wanted = 1 as is_wanted_again
    from known_effects
    left join kept_effects
        on
            known_effects.data_source = kept_effects.data_source
            and known_effects.user_id = kept_effects.user_id
            and known_effects.effect = kept_effects.effect
    where
        kept_effects.effect is null
        and (known_effects.is_held = 1 or known_effects.is_still_to_remove = 1)
),

taken as (
    select
        data_source,
        user_id,
        {{ aam_inbound.joined_signals('effect') }} as taken_away,
        max(is_held) as is_loss
    from surplus
    where not is_wanted_again
    group by data_source, user_id
),

taken_traits as (
    select
        data_source,
        user_id,
        {{ aam_inbound.joined_signals('effect') }} as taken_traits
    from surplus
    where
        not is_wanted_again
        and is_named
    group by data_source, user_id
),

taken_others as (
    select
        data_source,
        user_id,
        {{ aam_inbound.joined_signals('effect') }} as taken_others
    from surplus
    where
        not is_wanted_again
        and not is_named
    group by data_source, user_id
),

settled as (
    select coalesce(max(case when is_settled then batch_id end), '') as settled_through
    from batches
),

assembled as (
    select
        differing.*,
        coalesce(profiles.profile, '') as profile,
        additions.added,
        deferrals.deferred,
        taken.taken_away,
        coalesce(taken.is_loss, 0) = 1 as is_loss,
        taken_traits.taken_traits,
        taken_others.taken_others,
        coalesce(differing.repeat_after_batch, '') <= settled.settled_through as is_repeat_due,
        -- Only an overwrite of the rest (M1) takes away what no trait names; it must say something, in one line (V8; S3, S8).
        coalesce(profiles.profile, '') <> ''
        and {{ aam_inbound.byte_length('differing.user_id') }} + {{ aam_inbound.byte_length('profiles.profile') }} + 2
        <= {{ aam_inbound.aam_max_line_bytes() }}
        and (differing.refresh_mode = 'overwrite' or taken_others.taken_others is not null) as is_overwrite
    from differing
    cross join settled
    left join profiles
        on
            differing.data_source = profiles.data_source
            and differing.user_id = profiles.user_id
    left join additions
        on
            differing.data_source = additions.data_source
            and differing.user_id = additions.user_id
    left join deferrals
        on
            differing.data_source = deferrals.data_source
            and differing.user_id = deferrals.user_id
    left join taken
        on
            differing.data_source = taken.data_source
            and differing.user_id = taken.user_id
    left join taken_traits
        on
            differing.data_source = taken_traits.data_source
            and differing.user_id = taken_traits.user_id
    left join taken_others
        on
            differing.data_source = taken_others.data_source
            and differing.user_id = taken_others.user_id
),

-- A removal that something still on its way may undo is sent now, and again once that is settled; what no line can take
-- away is remembered. Every row of a user's repeats what is still to be taken away, so the newest row says all.
remembered as (
    select
        surplus.data_source,
        surplus.user_id,
        {{ aam_inbound.joined_signals('surplus.effect') }} as still_to_remove,
        max(surplus.asserted_in) as repeat_after_batch
    from surplus
    inner join assembled
        on
            surplus.data_source = assembled.data_source
            and surplus.user_id = assembled.user_id
    where
        surplus.is_wanted_again
        or surplus.asserted_in is not null
        or not (surplus.is_named or assembled.is_overwrite)
    group by surplus.data_source, surplus.user_id
),

decided as (
    select
        assembled.data_source,
        assembled.dpid,
        assembled.target_data_owner_dpid,
        case when assembled.is_overwrite then 'overwrite' else 'sync' end as sync_mode,
        assembled.user_id,
        case
            when assembled.desired = '' then 'removed'
            when assembled.delivered = '' and assembled.added is not null then 'new'
            when assembled.added is not null or assembled.is_loss then 'changed'
            when assembled.is_refresh_due then 'refresh'
            else 'changed'
        end as change,
        assembled.profile,
        assembled.is_overwrite
        or assembled.is_refresh_due
        or assembled.profile = coalesce(assembled.added, '') as asserts_all,
        case when not assembled.is_overwrite then assembled.taken_traits end as removed,
        remembered.still_to_remove,
        remembered.repeat_after_batch,
        assembled.refreshed_on as refreshed_before_on,
        assembled.added,
        assembled.deferred,
        assembled.taken_away,
        case when not assembled.is_overwrite then assembled.taken_others end as unclearable,
        assembled.desired,
        assembled.delivered,
        assembled.delivered_batch_id,
        assembled.is_loss,
        assembled.added is not null
        or (assembled.is_refresh_due and assembled.profile <> '')
        or (
            (assembled.is_overwrite or assembled.taken_traits is not null)
            and (assembled.is_loss or (assembled.is_repeat_due and assembled.taken_away is not null))
        ) as has_lines,
        -- the ledger is told, so that it is lost once; who is wanted again, but waits, is cleared when the wait is over
        assembled.is_loss
        and assembled.taken_others is not null
        and not assembled.is_overwrite
        and (assembled.profile <> '' or assembled.desired = '') as is_lost_for_good
    from assembled
    left join remembered
        on
            assembled.data_source = remembered.data_source
            and assembled.user_id = remembered.user_id
),

final as (
    select
        data_source,
        dpid,
        target_data_owner_dpid,
        sync_mode,
        user_id,
        case when has_lines or not is_lost_for_good then change else 'unclearable' end as change,
        profile,
        asserts_all,
        case when not asserts_all then coalesce(added, '') end as asserted,
        removed,
        still_to_remove,
        repeat_after_batch,
        case when asserts_all then {{ aam_inbound.aam_today() }} else refreshed_before_on end as refreshed_on,
        added,
        deferred,
        taken_away,
        unclearable,
        desired,
        delivered,
        delivered_batch_id,
        is_loss,
        has_lines or is_lost_for_good as is_sent
    from decided
)

select * from final
