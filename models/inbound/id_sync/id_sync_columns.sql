{{ config(materialized='view') }}

with id_syncs as (
    select * from {{ ref('input__aam_id_syncs') }}
),

data_sources as (
    select * from {{ ref('input__aam_data_sources') }}
),

-- A DPID has IDs of one type (N5), whatever the target data owners are.
id_types as (
    select
        dpid,
        min(id_type) as id_type
    from data_sources
    where dpid <> '0'
    group by dpid
    union all
    -- AAM's own UUIDs (N10).
    select
        '0' as dpid,
        'aam_uuid' as id_type
),

split as (
    {%- for number in aam_inbound.id_column_range() %}
    select
        id_sync,
        file_prefix,
        dpids,
        {{ number }} as column_number,
        split_part(dpids, '_', {{ number }}) as dpid
    from id_syncs
        {%- if not loop.last %}
    union all
        {%- endif %}
    {%- endfor %}
),

final as (
    select
        split.id_sync,
        split.file_prefix,
        split.dpids,
        split.column_number,
        split.dpid,
        id_types.id_type
    from split
    left join id_types on split.dpid = id_types.dpid
    where split.dpid <> ''
)

select * from final
