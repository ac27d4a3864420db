{{ config(enabled=var('aam_feedback', false)) }}

with deliveries as (
    select * from {{ ref('segment_delivery_steps') }}
),

listings as (
    select * from {{ ref('segment_listings') }}
),

files as (
    select * from {{ ref('stg_aam__feedback_files') }}
),

user_rows as {{ aam_inbound.computed_at_each_use() }} (
    select
        deliveries.destination_id,
        deliveries.step,
        deliveries.is_full,
        deliveries.is_full_and_read,
        deliveries.next_complete,
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

-- Of a user with one row, which many have, nothing is compared with other rows: what that one says goes on until nobody
-- is in the segment (O35), or the user is missing from a complete full delivery (O32). Only the others are sorted.
users_with_several_rows as (
    select
        destination_id,
        user_id
    from user_rows
    group by destination_id, user_id
    having count(*) > 1
),

several_rows as (
    select user_rows.*
    from user_rows
    inner join users_with_several_rows
        on
            user_rows.destination_id = users_with_several_rows.destination_id
            and user_rows.user_id = users_with_several_rows.user_id
),

single_rows as (
    select
        user_rows.destination_id,
        user_rows.step,
        user_rows.next_complete,
        user_rows.user_id,
        {{ aam_inbound.split_each('user_rows.segments') }} as segment
    from user_rows
    left join users_with_several_rows
        on
            user_rows.destination_id = users_with_several_rows.destination_id
            and user_rows.user_id = users_with_several_rows.user_id
    where users_with_several_rows.user_id is null
),

-- The lists of the users in a full delivery are whole; but where users have several rows, one that was refused may be
-- anybody's.
rows_of_users as (
    select
        destination_id,
        step,
        user_id,
        count(*) as user_rows
    from several_rows
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
        several_rows.*,
        min(case when several_rows.is_full and partly_read_steps.step is null then several_rows.step end) over (
            partition by several_rows.destination_id, several_rows.user_id
            order by several_rows.step
            range between 1 following and unbounded following
        ) as next_full
    from several_rows
    left join partly_read_steps
        on
            several_rows.destination_id = partly_read_steps.destination_id
            and several_rows.step = partly_read_steps.step
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

-- 2147483647 stands for never, as in the models of steps and listings.
followed as (
    select
        events.destination_id,
        events.user_id,
        events.segment,
        events.step,
        events.is_in,
        coalesce(listings.gone_step, 2147483647) as gone_step,
        coalesce(events.next_full, 2147483647) as next_full,
        deliveries.next_complete,
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
    inner join deliveries
        on
            events.destination_id = deliveries.destination_id
            and events.step = deliveries.step
    left join listings
        on
            events.destination_id = listings.destination_id
            and events.segment = listings.segment
            and events.step = listings.step
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
intervals_of_several_rows as (
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

intervals_of_single_rows as (
    select
        single_rows.destination_id,
        single_rows.user_id,
        single_rows.segment,
        single_rows.step as first_step,
        single_rows.step as last_step,
        case
            when listings.gone_step <= single_rows.next_complete then listings.gone_step
            else single_rows.next_complete
        end as end_step,
        case
            when listings.gone_step <= single_rows.next_complete then 'segment_gone'
            else 'absent_from_full'
        end as ended_by
    from single_rows
    left join listings
        on
            single_rows.destination_id = listings.destination_id
            and single_rows.segment = listings.segment
            and single_rows.step = listings.step
),

intervals as (
    select * from intervals_of_several_rows
    union all
    select * from intervals_of_single_rows
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
