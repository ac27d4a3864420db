{{ config(enabled=var('aam_feedback', false), access='protected') }}

with segment_deliveries as (
    select * from {{ ref('segment_deliveries') }}
    where is_complete
),

destinations as (
    select * from {{ ref('input__aam_destinations') }}
),

steps as (
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
    from segment_deliveries
    inner join destinations on segment_deliveries.destination_id = destinations.destination_id
),

final as (
    select
        destination_id,
        delivery,
        delivered_at,
        step,
        is_full,
        is_full_and_read,
        -- Who is missing from a full delivery has left nothing, unless the user says that it is complete (O32).
        -- 2147483647 stands for never.
        coalesce(
            min(case when is_full_and_read and full_is_complete then step end) over (
                partition by destination_id
                order by step
                rows between 1 following and unbounded following
            ),
            2147483647
        ) as next_complete
    from steps
)

select * from final
