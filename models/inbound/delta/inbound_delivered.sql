{{ config(materialized='view') }}

with records as (
    select * from {{ source('aam_ledger', 'aam_batch_records') }}
    where line_number = 1
),

batches as (
    select * from {{ ref('inbound_batches') }}
),

data_sources as (
    select * from {{ ref('input__aam_data_sources') }}
),

-- Audience Manager knows DPIDs, not our names for them: a data source that was renamed keeps its users,
-- and one that is declared no more is called by its DPIDs.
named as (
    select
        coalesce(data_sources.data_source, records.dpid || coalesce('_' || records.target_data_owner_dpid, ''))
            as data_source,
        records.dpid,
        records.target_data_owner_dpid,
        records.user_id,
        records.batch_id,
        records.profile,
        records.still_to_remove,
        records.repeat_after_batch,
        records.refreshed_on
    from records
    inner join batches on records.batch_id = batches.batch_id
    left join data_sources
        on
            records.dpid = data_sources.dpid
            and coalesce(records.target_data_owner_dpid, '') = coalesce(data_sources.target_data_owner_dpid, '')
),

newest as (
    select
        data_source,
        user_id,
        max(batch_id) as batch_id
    from named
    group by data_source, user_id
),

final as (
    select named.*
    from named
    inner join newest
        on
            named.data_source = newest.data_source
            and named.user_id = newest.user_id
            and named.batch_id = newest.batch_id
)

select * from final
