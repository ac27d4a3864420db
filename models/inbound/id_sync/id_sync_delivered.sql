{{ config(materialized='view') }}

with records as (
    select * from {{ source('aam_ledger', 'aam_batch_id_syncs') }}
),

batches as (
    select * from {{ ref('inbound_batches') }}
),

counting as (
    select records.*
    from records
    inner join batches on records.batch_id = batches.batch_id
),

newest as (
    select
        file_prefix,
        dpids,
        record,
        max(batch_id) as batch_id
    from counting
    group by file_prefix, dpids, record
),

final as (
    select
        counting.id_sync,
        counting.file_prefix,
        counting.dpids,
        counting.record,
        counting.batch_id,
        counting.change <> 'gone' as is_wanted
    from counting
    inner join newest
        on
            counting.file_prefix = newest.file_prefix
            and counting.dpids = newest.dpids
            and counting.record = newest.record
            and counting.batch_id = newest.batch_id
)

select * from final
