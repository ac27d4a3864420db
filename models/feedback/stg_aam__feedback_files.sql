{{ config(enabled=var('aam_feedback', false), materialized='view') }}

with files as (
    select * from {{ source('aam_feedback', 'aam_feedback_files') }}
),

final as (
    select
        file_id,
        source,
        path,
        file_name,
        kind,
        state = 'correction' as is_correction,
        {{ aam_inbound.text_by_bytes('destination_id') }} as destination_id,
        delivery,
        sync_mode,
        named_at,
        part,
        sender,
        subject,
        arrived_at,
        received_at,
        size,
        content_bytes,
        line_count,
        md5
    from files
)

select * from final
