{{ config(materialized='view') }}

with differences as (
    select * from {{ ref('inbound_differences') }}
),

batches as (
    select * from {{ ref('inbound_batches') }}
),

final as (
    select
        differences.data_source,
        differences.user_id,
        case when differences.profile = '' then 'nothing_left' else 'rest_over_one_line' end as reason,
        differences.unclearable as signals,
        batches.opened_at as held_since
    from differences
    inner join batches on differences.delivered_batch_id = batches.batch_id
    where
        differences.unclearable is not null
        -- who is wanted again, but waits, is cleared when the wait is over
        and (differences.profile <> '' or differences.desired = '')
)

select * from final
