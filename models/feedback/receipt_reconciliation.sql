{{ config(enabled=var('aam_feedback', false)) }}

{%- set losses = ['format_errors', 'invalid_aam_id', 'no_matching_aam_id', 'no_trait_realized'] %}

with batches as (
    select * from {{ ref('inbound_batches') }}
    where committed_at is not null
),

events as (
    select
        batch_id,
        max(case when event = 'settled' then 1 else 0 end) as is_marked_settled
    from {{ source('aam_ledger', 'aam_batches') }}
    group by batch_id
),

delivered as (
    select * from {{ ref('stg_aam__delivered_files') }}
),

receipt_files as (
    select distinct
        receipt_id,
        batch_id,
        delivered_file_name
    from {{ ref('stg_aam__receipt_files') }}
    where batch_id is not null
),

receipts as (
    select * from {{ ref('receipts') }}
    where not is_repeated
),

status as (
    select * from {{ ref('stg_aam__onboarding_status') }}
    where batch_id is not null
),

markers as (
    select {{ aam_inbound.file_base_name("replace(file_name, '.processed', '')") }} as base_name
    from {{ ref('stg_aam__feedback_files') }}
    where kind = 'marker'
),

-- Each file of a batch, and who says that it was read: a mail, the marker, the status report (R8, R9, R11).
answered as (
    select
        delivered.batch_id,
        delivered.file_name,
        delivered.lines,
        max(case when receipt_files.receipt_id is null then 0 else 1 end) as has_receipt,
        max(case when markers.base_name is null then 0 else 1 end) as has_marker,
        max(case when status.delivered_file_name is null then 0 else 1 end) as has_status
    from delivered
    left join receipt_files on delivered.file_name = receipt_files.delivered_file_name
    left join markers on delivered.base_name = markers.base_name
    left join status on delivered.file_name = status.delivered_file_name
    group by delivered.batch_id, delivered.file_name, delivered.lines
),

files as (
    select
        batch_id,
        count(*) as files,
        sum(has_receipt) as files_with_receipt,
        sum(case when has_receipt + has_marker + has_status > 0 then 1 else 0 end) as files_read,
        sum(lines) as lines_delivered,
        sum(case when {{ aam_inbound.regexp_contains('file_name', '^ftp_dpm_') }} then lines else 0 end) as data_lines,
        sum(case when has_receipt = 1 then lines else 0 end) as lines_acknowledged
    from answered
    group by batch_id
),

mails as (
    select distinct
        receipt_id,
        batch_id
    from receipt_files
),

-- A mail's numbers are of all its files together (R6), whichever batch they are of.
counted as (
    select
        mails.batch_id,
        count(*) as receipts,
        min(receipts.sent_at) as first_receipt_at,
        max(receipts.sent_at) as last_receipt_at,
        max(case when receipts.batches > 1 or receipts.unknown_files > 0 then 1 else 0 end) as is_shared,
        sum(receipts.records_received) as records_received,
        sum(receipts.stored_records) as stored_records,
        {%- for column in losses %}
        sum(receipts.{{ column }}) as {{ column }},
        {%- endfor %}
        sum(receipts.stored_difference) as stored_difference,
        {{ aam_inbound.sorted_join('receipts.sender', "','") }} as senders
    from mails
    inner join receipts on mails.receipt_id = receipts.receipt_id
    group by mails.batch_id
),

reported as (
    select
        batch_id,
        sum(stored_records) as stored_records,
        sum(no_matching_aam_id) as no_matching_aam_id
    from status
    group by batch_id
),

-- What the build that made a batch expected (M5).
foretold as (
    select
        batch_id,
        sum(case when measure = 'lines_unknown' then counted else 0 end) as no_matching_aam_id
    from {{ source('aam_ledger', 'aam_batch_counts') }}
    where measure in ('lines', 'lines_unknown')
    group by batch_id
),

-- Of a batch that has no counts, what its lines let expect, as long as the ledger has all of them.
read_lines as (
    select
        records.batch_id,
        count(*) as lines,
        sum(
            case
                when known_ids.user_id is null and {{ aam_inbound.needs_id_sync('data_sources') }} then 1
                else 0
            end
        ) as no_matching_aam_id
    from {{ source('aam_ledger', 'aam_batch_records') }} as records
    inner join counted on records.batch_id = counted.batch_id
    left join foretold on records.batch_id = foretold.batch_id
    left join {{ ref('input__aam_data_sources') }} as data_sources
        on records.data_source = data_sources.data_source
    left join {{ ref('id_sync_known_ids') }} as known_ids
        on
            records.data_source = known_ids.data_source
            and records.user_id = known_ids.user_id
    where
        records.line_count > 0
        and foretold.batch_id is null
    group by records.batch_id
),

expected as (
    select
        files.batch_id,
        coalesce(
            foretold.no_matching_aam_id,
            case
                when coalesce(read_lines.lines, 0) = files.data_lines
                    then coalesce(read_lines.no_matching_aam_id, 0)
            end
        ) as no_matching_aam_id
    from files
    left join foretold on files.batch_id = foretold.batch_id
    left join read_lines on files.batch_id = read_lines.batch_id
),

final as (
    select
        batches.batch_id,
        batches.committed_at,
        case
            when events.is_marked_settled = 1 then 'settled'
            when files.files_read = files.files then 'read'
            when files.files_read > 0 then 'partly_read'
            when {{ dbt.dateadd('hour', 48, 'batches.committed_at') }} > {{ aam_inbound.aam_now() }} then 'delivered'
            else 'no_answer'
        end as fate,
        cast(coalesce(files.files, 0) as {{ dbt.type_bigint() }}) as files,
        cast(coalesce(files.files_read, 0) as {{ dbt.type_bigint() }}) as files_read,
        cast(coalesce(files.files_with_receipt, 0) as {{ dbt.type_bigint() }}) as files_with_receipt,
        cast(coalesce(counted.receipts, 0) as {{ dbt.type_bigint() }}) as receipts,
        counted.senders,
        counted.first_receipt_at,
        counted.last_receipt_at,
        coalesce(counted.is_shared, 0) = 1 as is_shared,
        cast(coalesce(files.lines_delivered, 0) as {{ dbt.type_bigint() }}) as lines_delivered,
        cast(coalesce(files.lines_acknowledged, 0) as {{ dbt.type_bigint() }}) as lines_acknowledged,
        cast(counted.records_received as {{ dbt.type_bigint() }}) as records_received,
        cast(coalesce(counted.stored_records, reported.stored_records) as {{ dbt.type_bigint() }}) as stored_records,
        {%- for column in losses %}
        cast(
            {{ 'coalesce(counted.' ~ column ~ ', reported.' ~ column ~ ')' if column == 'no_matching_aam_id'
                else 'counted.' ~ column }} as {{ dbt.type_bigint() }}
        ) as {{ column }},
        {%- endfor %}
        -- `aam-export check` finds no line of ours that Audience Manager would drop.
        cast(case when counted.receipts > 0 then 0 end as {{ dbt.type_bigint() }}) as expected_format_errors,
        cast(
            case when counted.receipts > 0 then expected.no_matching_aam_id end as {{ dbt.type_bigint() }}
        ) as expected_no_matching_aam_id,
        cast(counted.records_received - files.lines_acknowledged as {{ dbt.type_bigint() }}) as received_difference,
        cast(counted.stored_difference as {{ dbt.type_bigint() }}) as stored_difference
    from batches
    left join events on batches.batch_id = events.batch_id
    left join files on batches.batch_id = files.batch_id
    left join counted on batches.batch_id = counted.batch_id
    left join reported on batches.batch_id = reported.batch_id
    left join expected on batches.batch_id = expected.batch_id
)

select * from final
