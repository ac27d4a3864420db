{{ config(enabled=var('aam_feedback', false), materialized='view') }}

with files as (
    select * from {{ source('aam_ledger', 'aam_files') }}
    where event = 'delivered'
),

data_sources as (
    select * from {{ ref('input__aam_data_sources') }}
),

delivered as (
    select
        batch_id,
        {{ aam_inbound.text_by_bytes('file_name') }} as file_name,
        {{ aam_inbound.text_by_bytes(aam_inbound.file_base_name('file_name')) }} as base_name,
        lines,
        event_at as delivered_at,
        {{ aam_inbound.regexp_first('file_name', '^ftp_dpm_([0-9]+)_') }} as dpid,
        {{ aam_inbound.regexp_first('file_name', '^ftp_dpm_[0-9]+_([0-9]+)_[0-9]+[.]') }} as target_data_owner_dpid
    from files
),

final as (
    select
        delivered.batch_id,
        delivered.file_name,
        delivered.base_name,
        delivered.lines,
        delivered.delivered_at,
        data_sources.data_source
    from delivered
    left join data_sources
        on
            delivered.dpid = data_sources.dpid
            and delivered.target_data_owner_dpid = coalesce(data_sources.target_data_owner_dpid, '')
)

select * from final
