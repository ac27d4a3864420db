{{ config(materialized='view') }}

with changes as (
    select * from {{ ref('inbound_changes') }}
),

final as (
    select
        {{ line_columns() | join(',\n        ') }}
    from changes
)

select * from final
