with id_sync_rows as (
    select * from {{ ref('id_sync_rows') }}
    where reason is null
),

final as (
    select
        id_sync,
        file_prefix,
        dpids,
        {{ aam_inbound.id_record('id_sync_rows', aam_inbound.id_column_numbers(ref('id_sync_rows'))) }} as record
    from id_sync_rows
)

-- Stored in this order, so that reading the table from start to end gives sorted files without a sort.
select * from final
order by file_prefix, dpids, {{ aam_inbound.byte_order('record') }}
