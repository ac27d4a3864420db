{{ config(materialized='view') }}

with pairs as (
    select * from {{ ref('id_sync_pairs') }}
),

changes as (
    select * from {{ ref('id_sync_changes') }}
),

final as (
    select
        pairs.id_sync,
        pairs.file_prefix,
        pairs.dpids,
        pairs.record,
        coalesce(changes.change, 'refresh') as change
    from pairs
    left join changes
        on
            pairs.file_prefix = changes.file_prefix
            and pairs.dpids = changes.dpids
            and pairs.record = changes.record
    union all
    select
        id_sync,
        file_prefix,
        dpids,
        record,
        change
    from changes
    where change = 'gone'
)

select * from final
