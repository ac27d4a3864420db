{{ config(enabled=var('aam_feedback', false)) }}

{%- set silence = aam_inbound.delivery_hours() %}

-- A server that tells no times has its files when they were received.
with files as (
    select
        feedback_files.*,
        coalesce(arrived_at, received_at) as there_at
    from {{ ref('stg_aam__feedback_files') }} as feedback_files
    where kind = 'outbound' and not is_correction
),

control_files as (
    select
        file_id,
        coalesce(arrived_at, received_at) as there_at
    from {{ ref('stg_aam__feedback_files') }}
    where kind = 'info'
),

destinations as (
    select * from {{ ref('input__aam_destinations') }}
),

named_files as (
    select * from {{ ref('stg_aam__outbound_info') }}
),

outbound_rows as (
    select * from {{ ref('stg_aam__outbound_rows') }}
),

corrections as (
    select
        destination_id,
        delivery,
        count(*) as corrected_files
    from {{ ref('stg_aam__feedback_files') }}
    where kind = 'outbound' and is_correction
    group by destination_id, delivery
),

counted_rows as (
    select
        file_id,
        count(*) as user_rows,
        sum(case when reason is null then 0 else 1 end) as rejected_rows
    from outbound_rows
    group by file_id
),

received as (
    select
        files.destination_id,
        files.delivery,
        max(files.sync_mode) as sync_mode,
        coalesce(min(files.named_at), min(files.there_at)) as delivered_at,
        min(files.named_at) as named_at,
        max(files.there_at) as arrived_at,
        max(files.arrived_at) as told_arrived_at,
        count(*) as files,
        sum(files.size) as bytes,
        sum(files.line_count) as line_count,
        sum(coalesce(counted_rows.user_rows, 0)) as user_rows,
        sum(coalesce(counted_rows.rejected_rows, 0)) as rejected_rows
    from files
    left join counted_rows on files.file_id = counted_rows.file_id
    group by files.destination_id, files.delivery
),

-- FileByteSize may mean the file as it is delivered or its content (O25): either is right.
announced as (
    select
        named_files.destination_id,
        named_files.delivery,
        min(control_files.there_at) as announced_at,
        count(distinct named_files.file_name) as announced_files,
        sum(case when files.file_id is null then 1 else 0 end) as missing_files,
        sum(
            case
                when files.file_id is null or named_files.size is null then 0
                when named_files.size in (files.size, files.content_bytes) then 0
                else 1
            end
        ) as damaged_files,
        sum(case when named_files.line_count <> files.line_count then 1 else 0 end) as miscounted_files
    from named_files
    left join control_files on named_files.file_id = control_files.file_id
    left join files
        on
            named_files.file_name = files.file_name
            and named_files.destination_id = files.destination_id
    where
        named_files.destination_id is not null
        and named_files.delivery is not null
    group by named_files.destination_id, named_files.delivery
),

known as (
    select
        destination_id,
        delivery
    from received
    union
    select
        destination_id,
        delivery
    from announced
),

-- Of a delivery that is announced, all of it may be missing.
deliveries as (
    select
        known.destination_id,
        known.delivery,
        received.sync_mode,
        coalesce(received.delivered_at, announced.announced_at) as delivered_at,
        received.named_at,
        received.arrived_at,
        received.told_arrived_at,
        coalesce(received.files, 0) as files,
        coalesce(received.bytes, 0) as bytes,
        coalesce(received.line_count, 0) as line_count,
        coalesce(received.user_rows, 0) as user_rows,
        coalesce(received.rejected_rows, 0) as rejected_rows,
        announced.announced_files,
        coalesce(announced.missing_files, 0) as missing_files,
        coalesce(announced.damaged_files, 0) as damaged_files,
        coalesce(announced.miscounted_files, 0) as miscounted_files,
        coalesce(corrections.corrected_files, 0) as corrected_files,
        case
            when announced.damaged_files > 0 then 'damaged'
            when announced.missing_files > 0 then 'incomplete'
            when announced.announced_files is not null then 'complete'
            when
                {{ dbt.dateadd('hour', silence, 'received.arrived_at') }} <= {{ aam_inbound.aam_now() }}
                then 'complete'
            else 'arriving'
        end as state,
        lag(coalesce(received.delivered_at, announced.announced_at)) over (
            partition by known.destination_id
            order by coalesce(received.delivered_at, announced.announced_at), known.delivery
        ) as previous_delivered_at
    from known
    left join received
        on
            known.destination_id = received.destination_id
            and known.delivery = received.delivery
    left join announced
        on
            known.destination_id = announced.destination_id
            and known.delivery = announced.delivery
    left join corrections
        on
            known.destination_id = corrections.destination_id
            and known.delivery = corrections.delivery
),

timed as (
    select
        deliveries.*,
        {{ dbt.datediff('named_at', 'told_arrived_at', 'hour') }} as hours_to_arrive, -- noqa: LT05
        {{ dbt.datediff('previous_delivered_at', 'delivered_at', 'day') }} as days_since_previous -- noqa: LT05
    from deliveries
),

final as (
    select
        deliveries.destination_id,
        deliveries.delivery,
        deliveries.sync_mode,
        deliveries.delivered_at,
        deliveries.arrived_at,
        deliveries.state,
        deliveries.state = 'complete' as is_complete,
        -- Up to 24 hours is Adobe's usual (O28).
        coalesce(deliveries.hours_to_arrive > 24, false) as is_late,
        -- Days between this delivery and the one before on which one was due; on no schedule none is (O29).
        cast(
            case
                when deliveries.days_since_previous > destinations.schedule_days
                    then deliveries.days_since_previous - destinations.schedule_days
                else 0
            end as {{ dbt.type_bigint() }}
        ) as missing_days
        {%- for column in [
            'files', 'announced_files', 'missing_files', 'damaged_files', 'miscounted_files', 'corrected_files',
            'bytes', 'line_count', 'user_rows', 'rejected_rows',
        ] %},
        cast(deliveries.{{ column }} as {{ dbt.type_bigint() }}) as {{ column }}
        {%- endfor %}
    from timed as deliveries
    left join destinations on deliveries.destination_id = destinations.destination_id
)

select * from final
