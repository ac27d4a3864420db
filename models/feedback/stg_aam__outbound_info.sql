{{ config(enabled=var('aam_feedback', false), materialized='view') }}

with files as (
    select * from {{ ref('stg_aam__feedback_files') }}
    where kind = 'info' and not is_correction
),

rows_of_files as (
    select * from {{ source('aam_feedback', 'aam_feedback_rows') }}
),

final as (
    select
        files.file_id,
        {{ aam_inbound.text_by_bytes(aam_inbound.json_text('rows_of_files.line', 'destination_id')) }}
            as destination_id,
        {{ aam_inbound.json_text('rows_of_files.line', 'delivery') }} as delivery,
        {{ aam_inbound.json_text('rows_of_files.line', 'file_name') }} as file_name,
        cast({{ aam_inbound.json_text('rows_of_files.line', 'size') }} as {{ dbt.type_bigint() }}) as size,
        cast({{ aam_inbound.json_text('rows_of_files.line', 'lines') }} as {{ dbt.type_bigint() }}) as line_count,
        {{ aam_inbound.json_text('rows_of_files.line', 'md5') }} as md5
    from rows_of_files
    inner join files on rows_of_files.file_id = files.file_id
)

select * from final
