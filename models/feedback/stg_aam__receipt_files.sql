{{ config(enabled=var('aam_feedback', false), materialized='view') }}

with receipts as (
    select * from {{ ref('stg_aam__feedback_files') }}
    where kind = 'receipt'
),

raw_rows as (
    select * from {{ source('aam_feedback', 'aam_feedback_rows') }}
),

delivered as (
    select * from {{ ref('stg_aam__delivered_files') }}
),

named as (
    select
        raw_rows.file_id as receipt_id,
        {{ aam_inbound.regexp_first('raw_rows.line', '(s3[an]?://[^ <>]+)') }} as url,
        {{ aam_inbound.regexp_first('raw_rows.line', '((?:ftp_dpm|adobe_id|c2c_id)_[A-Za-z0-9_.-]+)') }} as known_form
    from raw_rows
    inner join receipts on raw_rows.file_id = receipts.file_id
),

-- Grouped, not filtered: an engine moves a filter to where it reads, and searches every row that ever came.
file_names as (
    select
        receipt_id,
        coalesce(nullif(known_form, ''), {{ aam_inbound.regexp_first('url', '([^/]+)$') }}) as file_name
    from named
    group by receipt_id, coalesce(nullif(known_form, ''), {{ aam_inbound.regexp_first('url', '([^/]+)$') }})
    having max(url) <> '' or max(known_form) <> ''
),

-- As it is, without its packing, and without one trailing number, of ours or of Adobe's distributor (R4).
spelled as (
    select
        receipt_id,
        file_name,
        {{ aam_inbound.file_base_name('file_name') }} as base_name,
        {{ aam_inbound.regexp_first(aam_inbound.file_base_name('file_name'), '^(.*[.](?:sync|overwrite))[.][0-9]+$') }}
            as shorter_name
    from file_names
),

final as (
    select
        spelled.receipt_id,
        spelled.file_name,
        coalesce(exact.file_name, shorter.file_name) as delivered_file_name,
        coalesce(exact.batch_id, shorter.batch_id) as batch_id,
        coalesce(exact.data_source, shorter.data_source) as data_source
    from spelled
    left join delivered as exact on spelled.base_name = exact.base_name
    left join delivered as shorter
        on
            spelled.shorter_name = shorter.base_name
            and exact.base_name is null
)

select * from final
