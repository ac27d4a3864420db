with pairs as (
    select * from {{ ref('id_sync_pairs') }}
),

delivered as (
    select * from {{ ref('id_sync_delivered') }}
    where is_wanted
),

-- The IDs that were sent before, with whatever they were mapped to.
known_ids as (
    select distinct
        file_prefix,
        dpids,
        split_part(record, chr(9), 1) as id_1
    from delivered
),

compared as (
    select
        coalesce(pairs.id_sync, delivered.id_sync) as id_sync,
        coalesce(pairs.file_prefix, delivered.file_prefix) as file_prefix,
        coalesce(pairs.dpids, delivered.dpids) as dpids,
        coalesce(pairs.record, delivered.record) as record,
        pairs.record is null as is_gone
    from pairs
    full join delivered
        on
            pairs.file_prefix = delivered.file_prefix
            and pairs.dpids = delivered.dpids
            and pairs.record = delivered.record
    where
        pairs.record is null
        or delivered.record is null
),

final as (
    select
        compared.id_sync,
        compared.file_prefix,
        compared.dpids,
        compared.record,
        case
            when compared.is_gone then 'gone'
            when known_ids.id_1 is not null then 'changed'
            else 'new'
        end as change
    from compared
    left join known_ids
        on
            compared.file_prefix = known_ids.file_prefix
            and compared.dpids = known_ids.dpids
            and split_part(compared.record, chr(9), 1) = known_ids.id_1
)

-- Stored in this order, so that reading the table from start to end gives sorted files without a sort.
select * from final
order by file_prefix, dpids, {{ aam_inbound.byte_order('record') }}
