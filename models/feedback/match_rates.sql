{{ config(enabled=var('aam_feedback', false)) }}

with status as (
    select * from {{ ref('stg_aam__onboarding_status') }}
    where data_source is not null
),

receipts as (
    select * from {{ ref('receipts') }}
    where
        not is_repeated
        and data_source is not null
),

delivered as (
    select * from {{ ref('stg_aam__delivered_files') }}
),

-- Numbers of a mail can be said of a data source where all its files are of one (R6).
said as (
    select
        status.data_source,
        delivered.delivered_at,
        'status' as told_by,
        coalesce(
            status.records_received,
            status.stored_records + status.format_errors + status.invalid_aam_id + status.no_trait_realized
            + status.no_matching_aam_id + coalesce(status.invalid_device_id, 0)
        ) as records_received,
        status.stored_records,
        status.no_matching_aam_id
    from status
    inner join delivered on status.delivered_file_name = delivered.file_name
    union all
    select
        receipts.data_source,
        coalesce(receipts.job_started_at, receipts.sent_at) as delivered_at,
        'receipt' as told_by,
        receipts.records_received,
        receipts.stored_records,
        receipts.no_matching_aam_id
    from receipts
),

by_day as (
    select
        data_source,
        cast(delivered_at as date) as date_day,
        told_by,
        sum(records_received) as records_received,
        sum(stored_records) as stored_records,
        sum(no_matching_aam_id) as no_matching_aam_id
    from said
    group by data_source, cast(delivered_at as date), told_by
),

-- The report is by file, and so says more than a mail (R11).
ranked as (
    select
        by_day.*,
        row_number() over (
            partition by data_source, date_day
            order by case told_by when 'status' then 0 else 1 end
        ) as best_first
    from by_day
),

final as (
    select
        data_source,
        date_day,
        told_by,
        cast(records_received as {{ dbt.type_bigint() }}) as records_received,
        cast(stored_records as {{ dbt.type_bigint() }}) as stored_records,
        cast(no_matching_aam_id as {{ dbt.type_bigint() }}) as no_matching_aam_id,
        case
            when records_received > 0
                then
                    cast(
                        round(100.0 * (records_received - no_matching_aam_id) / records_received, 2)
                        as {{ dbt.type_float() }}
                    )
        end as matched_pct,
        -- In beta nobody matches: it says nothing of the data (R14).
        records_received > 0 and no_matching_aam_id = records_received as is_all_unmatched
    from ranked
    where best_first = 1
)

select * from final
