with changes as (
    select * from {{ ref('id_sync_changes') }}
    where change <> 'gone'
),

ledger as (
    select * from {{ source('aam_ledger', 'aam_batch_id_syncs') }}
),

batches as (
    select * from {{ ref('inbound_batches') }}
),

site_ids as (
    select * from {{ ref('input__aam_site_ids_model') }}
),

data_sources as (
    select * from {{ ref('input__aam_data_sources') }}
),

records as (
    select
        ledger.dpids,
        ledger.record,
        case when batches.is_settled then 1 else 0 end as is_settled
    from ledger
    inner join batches on ledger.batch_id = batches.batch_id
    union all
    select
        dpids,
        record,
        0 as is_settled
    from changes
),

ids as (
    {%- for number in aam_inbound.id_column_range() %}
    select
        split_part(dpids, '_', {{ number }}) as dpid,
        split_part(record, chr(9), {{ number }}) as user_id,
        is_settled
    from records
        {%- if number > 2 %}
    where length(dpids) - length(replace(dpids, '_', '')) >= {{ number - 1 }}
        {%- endif %}
        {%- if not loop.last %}
    union all
        {%- endif %}
    {%- endfor %}
),

known as (
    select
        data_sources.data_source,
        ids.user_id,
        1 as is_sent,
        ids.is_settled,
        0 as is_captured
    from ids
    inner join data_sources on ids.dpid = data_sources.dpid
    where {{ aam_inbound.needs_id_sync('data_sources') }}
    union all
    select
        site_ids.data_source,
        site_ids.user_id,
        0 as is_sent,
        0 as is_settled,
        1 as is_captured
    from site_ids
    inner join data_sources on site_ids.data_source = data_sources.data_source
    where {{ aam_inbound.needs_id_sync('data_sources') }}
),

final as (
    select
        data_source,
        user_id,
        max(is_sent) = 1 as is_sent,
        max(is_settled) = 1 as is_settled,
        max(is_captured) = 1 as is_captured
    from known
    group by data_source, user_id
)

select * from final
