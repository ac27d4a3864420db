{{ config(materialized='view') }}

with id_sync_rows as (
    select * from {{ ref('id_sync_rows') }}
),

final as (
    select * from id_sync_rows
    where reason is not null
)

select * from final
