{{ config(materialized='view') }}

-- The limits on rejects are tested on these; lines stand only behind them.
-- depends_on: {{ ref('id_sync_rejects') }}

with changes as (
    select * from {{ ref('id_sync_changes') }}
),

final as (
    select
        id_sync,
        file_prefix,
        dpids,
        record
    from changes
    where change <> 'gone'
)

select * from final
