{{ config(materialized='view') }}

with records as (
    select * from {{ source('aam_ledger', 'aam_batch_records') }}
    where line_count > 0
),

final as (
    select
        batch_id,
        data_source,
        dpid,
        target_data_owner_dpid,
        sync_mode,
        user_id,
        line_number,
        line_count,
        {{ aam_inbound.outgoing_record('records', ended=true) }} as line
    from records
)

select * from final
