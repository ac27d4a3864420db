{{ config(enabled=var('aam_feedback', false)) }}

-- What stands in files is the alias of the mapping or, without one, the segment's ID (O19).
with files as (
    select * from {{ ref('stg_aam__feedback_files') }}
    where kind = 'mappings'
),

raw_rows as (
    select * from {{ source('aam_feedback', 'aam_feedback_rows') }}
),

mappings as (
    select
        {{ aam_inbound.text_by_bytes(aam_inbound.json_text('raw_rows.line', 'destinationId')) }} as destination_id,
        {{ aam_inbound.text_by_bytes(aam_inbound.json_text('raw_rows.line', 'sid')) }} as segment_id,
        {{ aam_inbound.text_by_bytes(aam_inbound.json_text('raw_rows.line', 'traitAlias')) }} as segment_alias,
        {{ aam_inbound.json_text('raw_rows.line', 'elementName') }} as segment_name,
        {{ aam_inbound.json_text('raw_rows.line', 'elementStatus') }} as status,
        files.file_id,
        files.received_at
    from raw_rows
    inner join files on raw_rows.file_id = files.file_id
),

newest as (
    select
        destination_id,
        max(file_id) as file_id,
        max(received_at) as answered_at
    from mappings
    group by destination_id
),

-- Of each segment what the last answer said that had it, and whether the newest has it still.
ranked as (
    select
        mappings.destination_id,
        coalesce(nullif(mappings.segment_alias, ''), mappings.segment_id) as segment,
        mappings.segment_id,
        mappings.segment_name,
        mappings.status,
        mappings.file_id = newest.file_id as is_in_newest,
        newest.answered_at,
        row_number() over (
            partition by mappings.destination_id, coalesce(nullif(mappings.segment_alias, ''), mappings.segment_id)
            order by mappings.file_id desc
        ) as newest_first
    from mappings
    inner join newest on mappings.destination_id = newest.destination_id
),

final as (
    select
        destination_id,
        segment,
        segment_id,
        segment_name,
        case when is_in_newest then status else 'unmapped' end as status,
        is_in_newest and status = 'active' as is_active,
        answered_at
    from ranked
    where newest_first = 1
)

select * from final
