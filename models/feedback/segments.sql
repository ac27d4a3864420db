{{ config(enabled=var('aam_feedback', false)) }}

{%- set line = aam_inbound.line_of_file('raw_rows', 'files') %}

with seen as (
    select
        destination_id,
        segment,
        min(valid_from) as first_seen_at,
        max(last_seen_at) as last_seen_at,
        sum(case when is_current then 1 else 0 end) as members
    from {{ ref('segment_memberships') }}
    group by destination_id, segment
),

mappings as (
    select * from {{ ref('segment_mappings') }}
),

answers as (
    select
        {{ aam_inbound.text_by_bytes(aam_inbound.json_text(line, 'sid')) }} as segment_id,
        {{ aam_inbound.json_text(line, 'name') }} as segment_name,
        {{ aam_inbound.json_text(line, 'segmentRule') }} as segment_rule,
        {{ aam_inbound.json_text(line, 'status') }} as status,
        row_number() over (
            partition by {{ aam_inbound.json_text(line, 'sid') }}
            order by files.file_id desc
        ) as newest_first
    from {{ source('aam_feedback', 'aam_feedback_rows') }} as raw_rows
    inner join {{ ref('stg_aam__feedback_files') }} as files on raw_rows.file_id = files.file_id
    where files.kind = 'segments'
),

-- A segment that no file has stands here once, by the name that files would have first of all.
pairs as (
    select
        destination_id,
        segment
    from seen
    union
    select
        mappings.destination_id,
        mappings.segment
    from mappings
    left join mappings as others
        on
            mappings.destination_id = others.destination_id
            and mappings.segment_id = others.segment_id
            and others.is_other_name
    left join seen
        on
            others.destination_id = seen.destination_id
            and others.segment = seen.segment
    where
        not mappings.is_other_name
        and seen.segment is null
),

named as (
    select
        pairs.destination_id,
        pairs.segment,
        coalesce(mappings.segment_id, pairs.segment) as segment_id,
        mappings.segment_name,
        mappings.status as mapping_status
    from pairs
    left join mappings
        on
            pairs.destination_id = mappings.destination_id
            and pairs.segment = mappings.segment
),

final as (
    select
        named.destination_id,
        named.segment,
        named.segment_id,
        coalesce(answers.segment_name, named.segment_name) as segment_name,
        answers.segment_rule,
        answers.status as segment_status,
        named.mapping_status,
        seen.first_seen_at,
        seen.last_seen_at,
        cast(coalesce(seen.members, 0) as {{ dbt.type_bigint() }}) as members
    from named
    left join answers
        on
            named.segment_id = answers.segment_id
            and answers.newest_first = 1
    left join seen
        on
            named.destination_id = seen.destination_id
            and named.segment = seen.segment
)

select * from final
