{{ config(materialized='view') }}

with events as (
    select * from {{ source('aam_ledger', 'aam_batches') }}
),

batches as (
    select
        batch_id,
        min(case when event = 'opened' then event_at end) as opened_at,
        min(case when event = 'committed' then event_at end) as committed_at,
        max(case when event = 'abandoned' then 1 else 0 end) as is_abandoned,
        max(case when event = 'settled' then 1 else 0 end) as is_marked_settled
    from events
    group by batch_id
),

-- An open batch counts as well: whatever is sent next, it is finished before.
counting as (
    select
        batch_id,
        opened_at,
        committed_at,
        case
            when committed_at is null then 0
            when is_marked_settled = 1 then 1
            when
                {{ dbt.dateadd('hour', aam_inbound.aam_settle_hours(), 'committed_at') }}
                <= {{ aam_inbound.aam_now() }}
                then 1
            else 0
        end as is_settled_itself
    from batches
    where
        opened_at is not null
        and is_abandoned = 0
),

final as (
    select
        batch_id,
        opened_at,
        committed_at,
        min(is_settled_itself) over (
            order by batch_id
            rows between unbounded preceding and current row
        ) = 1 as is_settled
    from counting
)

select * from final
