{{ config(materialized='view') }}

with user_changes as (
    select * from {{ ref('inbound_user_changes') }}
),

batches as (
    select * from {{ ref('inbound_batches') }}
),

final as (
    select
        user_changes.data_source,
        user_changes.user_id,
        case when user_changes.profile = '' then 'nothing_left' else 'rest_over_one_line' end as reason,
        user_changes.unclearable as signals,
        batches.opened_at as held_since
    from user_changes
    inner join batches on user_changes.delivered_batch_id = batches.batch_id
    where
        user_changes.unclearable is not null
        -- who is wanted again, but waits, is cleared when the wait is over
        and (user_changes.profile <> '' or user_changes.desired = '')
)

select * from final
