{{ config(enabled=var('aam_feedback', false)) }}

{%- set labels = aam_inbound.receipt_labels() %}

with receipts as (
    select * from {{ ref('stg_aam__receipts') }}
),

named_files as (
    select
        receipt_id,
        count(*) as files,
        sum(case when batch_id is null then 1 else 0 end) as unknown_files,
        count(distinct batch_id) as batches,
        count(distinct data_source) as data_sources,
        max(data_source) as data_source,
        {{ aam_inbound.sorted_join('file_name', "','") }} as file_names
    from {{ ref('stg_aam__receipt_files') }}
    group by receipt_id
),

-- One mail that came twice, as forwarding makes it, says nothing new.
joined as (
    select
        receipts.*,
        coalesce(named_files.files, 0) as files,
        coalesce(named_files.unknown_files, 0) as unknown_files,
        coalesce(named_files.batches, 0) as batches,
        case when named_files.data_sources = 1 and named_files.unknown_files = 0 then named_files.data_source end
            as data_source,
        named_files.file_names,
        row_number() over (
            partition by
                named_files.file_names, receipts.job_ended_at, receipts.records_received, receipts.stored_records
            order by receipts.sent_at, receipts.receipt_id
        ) > 1 as is_repeated,
        receipts.records_processed - receipts.format_errors - receipts.invalid_aam_id - receipts.no_matching_aam_id
        - receipts.no_trait_realized as expected_stored_records
    from receipts
    left join named_files on receipts.receipt_id = named_files.receipt_id
),

final as (
    select
        receipt_id,
        sender,
        subject,
        sent_at,
        partner_id,
        cast(files as {{ dbt.type_bigint() }}) as files,
        cast(unknown_files as {{ dbt.type_bigint() }}) as unknown_files,
        cast(batches as {{ dbt.type_bigint() }}) as batches,
        data_source,
        file_names,
        is_repeated,
        {%- for column in labels %}
        {{ column }},
        {%- endfor %}
        stored_records - expected_stored_records as stored_difference,
        job_started_at,
        job_ended_at
    from joined
)

select * from final
