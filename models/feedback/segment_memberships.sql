{{ config(enabled=var('aam_feedback', false)) }}

with deliveries as (
    select
        segment_deliveries.destination_id,
        segment_deliveries.delivery,
        segment_deliveries.delivered_at,
        coalesce(segment_deliveries.sync_mode = 'full', false) as is_full,
        -- Of whom and what is missing from a full delivery something follows where every row of it was read alone: the
        -- other rows are somebody's.
        coalesce(
            segment_deliveries.sync_mode = 'full'
            and segment_deliveries.user_rows > 0
            and segment_deliveries.rejected_rows = 0,
            false
        ) as is_full_and_read,
        destinations.full_is_complete,
        -- In the order of their times, `full` before `iter` of one time (O36).
        row_number() over (
            partition by segment_deliveries.destination_id
            order by
                segment_deliveries.delivered_at,
                case when segment_deliveries.sync_mode = 'full' then 0 else 1 end,
                segment_deliveries.delivery
        ) as step
    from {{ ref('segment_deliveries') }} as segment_deliveries
    inner join {{ ref('input__aam_destinations') }} as destinations
        on segment_deliveries.destination_id = destinations.destination_id
    where segment_deliveries.is_complete
),

files as (
    select * from {{ ref('stg_aam__feedback_files') }}
),

user_rows as (
    select
        deliveries.destination_id,
        deliveries.step,
        deliveries.is_full,
        deliveries.is_full_and_read,
        outbound_rows.user_id,
        outbound_rows.segments,
        outbound_rows.removed_segments
    from {{ ref('stg_aam__outbound_rows') }} as outbound_rows
    inner join files on outbound_rows.file_id = files.file_id
    inner join deliveries
        on
            files.destination_id = deliveries.destination_id
            and files.delivery = deliveries.delivery
    where outbound_rows.reason is null
),

-- The lists of the users in a full delivery are whole; but where users have several rows, one that was refused may be
-- anybody's.
rows_of_users as (
    select
        destination_id,
        step,
        user_id,
        count(*) as user_rows
    from user_rows
    where is_full and not is_full_and_read
    group by destination_id, step, user_id
),

partly_read_steps as (
    select
        destination_id,
        step
    from rows_of_users
    group by destination_id, step
    having max(user_rows) > 1
),

rows_with_next_full as (
    select
        user_rows.*,
        min(case when user_rows.is_full and partly_read_steps.step is null then user_rows.step end) over (
            partition by user_rows.destination_id, user_rows.user_id
            order by user_rows.step
            range between 1 following and unbounded following
        ) as next_full
    from user_rows
    left join partly_read_steps
        on
            user_rows.destination_id = partly_read_steps.destination_id
            and user_rows.step = partly_read_steps.step
),

said as (
    select
        destination_id,
        step,
        user_id,
        next_full,
        {{ aam_inbound.split_each('segments') }} as segment,
        1 as is_in
    from rows_with_next_full
    union all
    -- What a full delivery lists as left is not listed as held either (O31).
    select
        destination_id,
        step,
        user_id,
        next_full,
        {{ aam_inbound.split_each('removed_segments') }} as segment,
        0 as is_in
    from rows_with_next_full
    where not is_full
),

-- A user's rows in several parts are one. A segment is its ID or an alias (O19), as the file has it.
events as (
    select
        destination_id,
        user_id,
        segment,
        step,
        min(next_full) as next_full,
        max(is_in) as is_in
    from said
    group by destination_id, user_id, segment, step
),

-- Who is missing from a full delivery has left nothing, unless the user says that it is complete (O32).
complete_steps as (
    select
        destination_id,
        step,
        min(case when is_full_and_read and full_is_complete then step end) over (
            partition by destination_id
            order by step
            rows between 1 following and unbounded following
        ) as next_complete
    from deliveries
),

listed_segments as (
    select distinct
        destination_id,
        segment,
        step
    from events
    where is_in = 1
),

known_segments as (
    select distinct
        destination_id,
        segment
    from listed_segments
),

unlisted as (
    select
        known_segments.destination_id,
        known_segments.segment,
        deliveries.step
    from known_segments
    inner join deliveries on known_segments.destination_id = deliveries.destination_id
    left join listed_segments
        on
            known_segments.destination_id = listed_segments.destination_id
            and known_segments.segment = listed_segments.segment
            and deliveries.step = listed_segments.step
    where
        deliveries.is_full_and_read
        and listed_segments.step is null
),

-- A segment that is in no row of a full delivery is not sent any more (O35).
gone_segments as (
    select
        listed_segments.destination_id,
        listed_segments.segment,
        listed_segments.step,
        min(unlisted.step) as gone_step
    from listed_segments
    left join unlisted
        on
            listed_segments.destination_id = unlisted.destination_id
            and listed_segments.segment = unlisted.segment
            and listed_segments.step < unlisted.step
    group by listed_segments.destination_id, listed_segments.segment, listed_segments.step
),

-- 2147483647 stands for never.
followed as (
    select
        events.destination_id,
        events.user_id,
        events.segment,
        events.step,
        events.is_in,
        coalesce(gone_segments.gone_step, 2147483647) as gone_step,
        coalesce(events.next_full, 2147483647) as next_full,
        coalesce(complete_steps.next_complete, 2147483647) as next_complete,
        coalesce(
            lead(events.step) over (
                partition by events.destination_id, events.user_id, events.segment
                order by events.step
            ),
            2147483647
        ) as next_event,
        lead(events.is_in) over (
            partition by events.destination_id, events.user_id, events.segment
            order by events.step
        ) as next_is_in
    from events
    inner join complete_steps
        on
            events.destination_id = complete_steps.destination_id
            and events.step = complete_steps.step
    left join gone_segments
        on
            events.destination_id = gone_segments.destination_id
            and events.segment = gone_segments.segment
            and events.step = gone_segments.step
),

-- What is only listed again goes on.
ended as (
    select
        destination_id,
        user_id,
        segment,
        step,
        is_in,
        case
            when next_event <= next_full and next_event <= next_complete and next_event <= gone_step then next_event
            when gone_step <= next_full and gone_step <= next_complete then gone_step
            when next_full <= next_complete then next_full
            else next_complete
        end as end_step,
        case
            when next_event <= next_full and next_event <= next_complete and next_event <= gone_step
                then case when next_is_in = 0 then 'removed_by_aam' end
            when gone_step <= next_full and gone_step <= next_complete then 'segment_gone'
            else 'absent_from_full'
        end as ended_by
    from followed
),

begun as (
    select
        destination_id,
        user_id,
        segment,
        step,
        end_step,
        ended_by,
        case
            when
                lag(end_step) over (partition by destination_id, user_id, segment order by step) = step
                and lag(is_in) over (partition by destination_id, user_id, segment order by step) = 1
                then 0
            else 1
        end as is_begin,
        is_in
    from ended
),

numbered as (
    select
        destination_id,
        user_id,
        segment,
        step,
        end_step,
        ended_by,
        sum(is_begin) over (
            partition by destination_id, user_id, segment
            order by step
            rows between unbounded preceding and current row
        ) as interval_number
    from begun
    where is_in = 1
),

-- The last of an interval's steps ends last, and it alone has what ended it.
intervals as (
    select
        destination_id,
        user_id,
        segment,
        min(step) as first_step,
        max(step) as last_step,
        max(end_step) as end_step,
        max(ended_by) as ended_by
    from numbered
    group by destination_id, user_id, segment, interval_number
),

-- When the mappings of a destination were last told, and which segments they have (O35).
answers as (
    select
        destination_id,
        max(answered_at) as answered_at
    from {{ ref('segment_mappings') }}
    group by destination_id
),

mapped as (
    select
        destination_id,
        segment
    from {{ ref('segment_mappings') }}
    where is_active
),

dated as (
    select
        intervals.destination_id,
        intervals.user_id,
        intervals.segment,
        began.delivered_at as valid_from,
        seen.delivered_at as last_seen_at,
        ends.delivered_at as ended_at,
        case when ends.delivered_at is not null then intervals.ended_by end as ended_by
    from intervals
    inner join deliveries as began
        on
            intervals.destination_id = began.destination_id
            and intervals.first_step = began.step
    inner join deliveries as seen
        on
            intervals.destination_id = seen.destination_id
            and intervals.last_step = seen.step
    left join deliveries as ends
        on
            intervals.destination_id = ends.destination_id
            and intervals.end_step = ends.step
),

final as (
    select
        dated.destination_id,
        dated.user_id,
        dated.segment,
        dated.valid_from,
        coalesce(dated.ended_at, answers.answered_at) as valid_to,
        dated.last_seen_at,
        dated.ended_at is null and answers.answered_at is null as is_current,
        case when dated.ended_at is null and answers.answered_at is not null then 'segment_gone' else dated.ended_by end
            as ended_by
    from dated
    left join mapped
        on
            dated.destination_id = mapped.destination_id
            and dated.segment = mapped.segment
    left join answers
        on
            dated.destination_id = answers.destination_id
            and dated.last_seen_at < answers.answered_at
            and mapped.segment is null
)

select * from final
