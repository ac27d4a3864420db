{{ config(enabled=var('aam_feedback', false), access='protected') }}

with deliveries as (
    select * from {{ ref('segment_delivery_steps') }}
),

files as (
    select * from {{ ref('stg_aam__feedback_files') }}
),

outbound_rows as (
    select * from {{ ref('stg_aam__outbound_rows') }}
    where reason is null
),

listed as (
    select
        deliveries.destination_id,
        deliveries.step,
        {{ aam_inbound.split_each('outbound_rows.segments') }} as segment
    from outbound_rows
    inner join files on outbound_rows.file_id = files.file_id
    inner join deliveries
        on
            files.destination_id = deliveries.destination_id
            and files.delivery = deliveries.delivery
),

listed_segments as (
    select distinct
        destination_id,
        segment,
        step
    from listed
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

-- A segment that is in no row of a full delivery is not sent any more (O35). 2147483647 stands for never.
final as (
    select
        listed_segments.destination_id,
        listed_segments.segment,
        listed_segments.step,
        coalesce(min(unlisted.step), 2147483647) as gone_step
    from listed_segments
    left join unlisted
        on
            listed_segments.destination_id = unlisted.destination_id
            and listed_segments.segment = unlisted.segment
            and listed_segments.step < unlisted.step
    group by listed_segments.destination_id, listed_segments.segment, listed_segments.step
)

select * from final
