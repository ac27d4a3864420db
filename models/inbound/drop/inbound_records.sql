{{ config(materialized='view') }}

-- The limits on rejects and near misses are tested on these; lines stand only behind them.
-- depends_on: {{ ref('inbound_rejects') }}
-- depends_on: {{ ref('id_match_audit') }}

with changes as (
    select * from {{ ref('inbound_changes') }}
    where line_count > 0
),

final as (
    select
        data_source,
        dpid,
        target_data_owner_dpid,
        sync_mode,
        user_id,
        cast(line_number as {{ dbt.type_int() }}) as line_number,
        cast(line_count as {{ dbt.type_int() }}) as line_count,
        {{ aam_inbound.outgoing_record('changes') }} as record
    from changes
)

select * from final
