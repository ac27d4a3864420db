{{ config(enabled=var('aam_feedback', false), materialized='view') }}

{%- set line = aam_inbound.line_of_file('rows_of_files', 'files') %}

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
        {{ aam_inbound.text_by_bytes(aam_inbound.json_text(line, 'destination_id')) }}
            as destination_id,
        {{ aam_inbound.json_text(line, 'delivery') }} as delivery,
        {{ aam_inbound.json_text(line, 'file_name') }} as file_name,
        {{ aam_inbound.whole_number(aam_inbound.json_text(line, 'size')) }} as size,
        {{ aam_inbound.whole_number(aam_inbound.json_text(line, 'lines')) }} as line_count,
        {{ aam_inbound.json_text(line, 'md5') }} as md5
    from rows_of_files
    inner join files on rows_of_files.file_id = files.file_id
)

select * from final
