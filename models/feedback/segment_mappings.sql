{{ config(enabled=var('aam_feedback', false)) }}

{%- set line = aam_inbound.line_of_file('raw_rows', 'files') %}

with files as (
    select * from {{ ref('stg_aam__feedback_files') }}
    where kind = 'mappings'
),

raw_rows as (
    select * from {{ source('aam_feedback', 'aam_feedback_rows') }}
),

mappings as (
    select
        {{ aam_inbound.text_by_bytes(aam_inbound.json_text(line, 'destinationId')) }} as destination_id,
        {{ aam_inbound.text_by_bytes(aam_inbound.json_text(line, 'sid')) }} as segment_id,
        {{ aam_inbound.text_by_bytes(aam_inbound.json_text(line, 'traitAlias')) }} as segment_alias,
        {{ aam_inbound.json_text(line, 'elementName') }} as segment_name,
        {{ aam_inbound.json_text(line, 'elementStatus') }} as status,
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

-- What stands in files is the alias of the mapping or, without one, the segment's ID (O19); but a row template may ask
-- for the ID of a segment that has an alias (O17).
named as (
    select
        mappings.*,
        coalesce(nullif(segment_alias, ''), segment_id) as segment,
        0 as is_other_name
    from mappings
    union all
    select
        mappings.*,
        segment_id as segment,
        1 as is_other_name
    from mappings
    where nullif(segment_alias, '') <> segment_id
),

-- Of each segment what the last answer said that had it, and whether the newest has it still. An alias of one segment
-- may be the ID of another: the alias it is.
ranked as (
    select
        named.destination_id,
        named.segment,
        named.segment_id,
        named.segment_name,
        named.status,
        named.is_other_name,
        named.file_id = newest.file_id as is_in_newest,
        newest.answered_at,
        row_number() over (
            partition by named.destination_id, named.segment
            order by
                named.file_id desc,
                named.is_other_name asc,
                case when named.status = 'active' then 0 else 1 end asc,
                named.segment_id asc
        ) as newest_first
    from named
    inner join newest on named.destination_id = newest.destination_id
),

final as (
    select
        destination_id,
        segment,
        segment_id,
        segment_name,
        case when is_in_newest then status else 'unmapped' end as status,
        is_in_newest and status = 'active' as is_active,
        is_other_name = 1 as is_other_name,
        answered_at
    from ranked
    where newest_first = 1
)

select * from final
