with differing as (
    select * from {{ ref('inbound_due_users') }}
    where comparison = 'differs'
),

effects as (
    select * from {{ ref('inbound_effects') }}
),

realised_traits as (
    select * from {{ ref('inbound_realised_traits') }}
),

batches as (
    select * from {{ ref('inbound_batches') }}
),

wanted as (
    select
        data_source,
        user_id,
        {{ aam_inbound.split_signals('desired') }} as signal
    from differing
    where desired <> ''
),

held as (
    select
        data_source,
        user_id,
        {{ aam_inbound.split_signals('delivered') }} as signal
    from differing
    where delivered <> ''
),

wanted_effects as (
    select
        wanted.data_source,
        wanted.user_id,
        wanted.signal,
        coalesce(realised_traits.effect, wanted.signal) as effect,
        held.signal is null as is_addition,
        held.signal is null and coalesce(effects.is_waiting, false) as is_deferred
    from wanted
    left join realised_traits
        on
            wanted.data_source = realised_traits.data_source
            and {{ aam_inbound.lower_case('wanted.signal') }} = realised_traits.lower_signal
    left join effects
        on
            wanted.data_source = effects.data_source
            and wanted.user_id = effects.user_id
            and coalesce(realised_traits.effect, wanted.signal) = effects.effect
    left join held
        on
            wanted.data_source = held.data_source
            and wanted.user_id = held.user_id
            and wanted.signal = held.signal
),

wanted_signals as (
    select
        data_source,
        user_id,
        signal,
        max(case when is_addition then 1 else 0 end) as is_addition,
        max(case when is_deferred then 1 else 0 end) as is_deferred
    from wanted_effects
    group by data_source, user_id, signal
),

wanted_by_user as (
    select
        data_source,
        user_id,
        {{ aam_inbound.joined_signals('signal', where='is_deferred = 0') }} as profile,
        {{ aam_inbound.joined_signals('signal', where='is_deferred = 0 and is_addition = 1') }} as added,
        {{ aam_inbound.joined_signals('signal', where='is_deferred = 1') }} as deferred
    from wanted_signals
    group by data_source, user_id
),

kept_effects as (
    select distinct
        wanted_effects.data_source,
        wanted_effects.user_id,
        wanted_effects.effect
    from wanted_effects
    inner join wanted_signals
        on
            wanted_effects.data_source = wanted_signals.data_source
            and wanted_effects.user_id = wanted_signals.user_id
            and wanted_effects.signal = wanted_signals.signal
    where wanted_signals.is_deferred = 0
),

-- What Audience Manager holds, or may hold, and should not.
surplus as (
    select
        effects.data_source,
        effects.user_id,
        effects.effect,
        effects.is_held,
        effects.asserted_in,
        {{ aam_inbound.is_named_trait('effects.effect') }} as is_named,
        -- wanted again, but waiting: adding it will settle the matter
        effects.is_wanted and not effects.is_held as is_wanted_again,
        (effects.is_wanted and not effects.is_held) or effects.asserted_in is not null as is_pending
    from effects
    left join kept_effects
        on
            effects.data_source = kept_effects.data_source
            and effects.user_id = kept_effects.user_id
            and effects.effect = kept_effects.effect
    where
        kept_effects.effect is null
        and (effects.is_held or effects.is_still_to_remove)
),

surplus_by_user as (
    select
        data_source,
        user_id,
        max(case when is_held and not is_wanted_again then 1 else 0 end) = 1 as is_loss,
        {{ aam_inbound.joined_signals('effect', where='not is_wanted_again') }} as taken_away,
        {{ aam_inbound.joined_signals('effect', where='not is_wanted_again and is_named') }} as taken_traits,
        {{ aam_inbound.joined_signals('effect', where='not is_wanted_again and not is_named') }} as taken_others,
        -- A removal that something still on its way may undo is sent now, and again once that is settled; what no line
        -- can take away is remembered. Every row of a user's repeats what is still to be taken away, so the newest says
        -- all.
        {{ aam_inbound.joined_signals('effect', where='is_pending') }} as left_by_overwrite,
        {{ aam_inbound.joined_signals('effect', where='is_pending or not is_named') }} as left_by_sync,
        max(asserted_in) as repeat_after_batch
    from surplus
    group by data_source, user_id
),

settled as (
    select coalesce(max(case when is_settled then batch_id end), '') as settled_through
    from batches
),

assembled as (
    select
        differing.data_source,
        differing.dpid,
        differing.target_data_owner_dpid,
        differing.user_id,
        differing.desired,
        differing.delivered,
        differing.delivered_batch_id,
        differing.refreshed_on as refreshed_before_on,
        differing.is_refresh_due,
        coalesce(wanted_by_user.profile, '') as profile,
        wanted_by_user.added,
        wanted_by_user.deferred,
        coalesce(surplus_by_user.is_loss, false) as is_loss,
        surplus_by_user.taken_away,
        surplus_by_user.taken_traits,
        surplus_by_user.taken_others,
        surplus_by_user.left_by_overwrite,
        surplus_by_user.left_by_sync,
        surplus_by_user.repeat_after_batch,
        coalesce(differing.repeat_after_batch, '') <= settled.settled_through as is_repeat_due,
        -- Only an overwrite of the rest (M1) takes away what no trait names; it must say something, in one line (V8;
        -- S3, S8).
        coalesce(wanted_by_user.profile, '') <> ''
        and {{ aam_inbound.byte_length('differing.user_id') }}
        + {{ aam_inbound.byte_length('wanted_by_user.profile') }} + 2
        <= {{ aam_inbound.aam_max_line_bytes() }}
        and (differing.refresh_mode = 'overwrite' or surplus_by_user.taken_others is not null) as is_overwrite
    from differing
    cross join settled
    left join wanted_by_user
        on
            differing.data_source = wanted_by_user.data_source
            and differing.user_id = wanted_by_user.user_id
    left join surplus_by_user
        on
            differing.data_source = surplus_by_user.data_source
            and differing.user_id = surplus_by_user.user_id
),

decided as (
    select
        *,
        case
            when desired = '' then 'removed'
            when delivered = '' and added is not null then 'new'
            when added is not null or is_loss then 'changed'
            when is_refresh_due then 'refresh'
            else 'changed'
        end as change,
        is_overwrite or is_refresh_due or profile = coalesce(added, '') as asserts_all,
        case when is_overwrite then left_by_overwrite else left_by_sync end as still_to_remove,
        added is not null
        or (is_refresh_due and profile <> '')
        or (
            (is_overwrite or taken_traits is not null)
            and (is_loss or (is_repeat_due and taken_away is not null))
        ) as has_lines,
        -- The ledger is told, so that it is lost once. Who is wanted again, but waits, is cleared when the wait
        -- is over.
        is_loss
        and taken_others is not null
        and not is_overwrite
        and (profile <> '' or desired = '') as is_lost_for_good
    from assembled
),

final as (
    select
        data_source,
        dpid,
        target_data_owner_dpid,
        case when is_overwrite then 'overwrite' else 'sync' end as sync_mode,
        user_id,
        case when has_lines or not is_lost_for_good then change else 'unclearable' end as change,
        profile,
        asserts_all,
        case when not asserts_all then coalesce(added, '') end as asserted,
        case when not is_overwrite then taken_traits end as removed,
        still_to_remove,
        repeat_after_batch,
        case when asserts_all then {{ aam_inbound.aam_today() }} else refreshed_before_on end as refreshed_on,
        added,
        deferred,
        taken_away,
        case when not is_overwrite then taken_others end as unclearable,
        desired,
        delivered,
        delivered_batch_id,
        is_loss,
        has_lines or is_lost_for_good as is_sent
    from decided
)

select * from final
