{{ config(enabled=var('aam_feedback', false)) }}

with outbound_rows as (
    select * from {{ ref('stg_aam__outbound_rows') }}
    where reason is not null
),

files as (
    select * from {{ ref('stg_aam__feedback_files') }}
),

raw_rows as (
    select * from {{ source('aam_feedback', 'aam_feedback_rows') }}
),

final as (
    select
        outbound_rows.destination_id,
        files.delivery,
        files.file_name,
        outbound_rows.line_number,
        outbound_rows.reason,
        case outbound_rows.reason
        {%- for slug, rule, _ in aam_inbound.outbound_reject_reasons() %}
            when '{{ slug }}' then '{{ rule }}'
        {%- endfor %}
        end as rule,
        {{ aam_inbound.sha256_hex('raw_rows.line') }} as line_sha256
    from outbound_rows
    inner join files on outbound_rows.file_id = files.file_id
    inner join raw_rows
        on
            outbound_rows.file_id = raw_rows.file_id
            and outbound_rows.line_number = raw_rows.line_number
)

select * from final
