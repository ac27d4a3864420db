{{ config(materialized='view') }}

with pairs as (
    select * from {{ ref('id_sync_pairs') }}
),

id_sync_columns as (
    select * from {{ ref('id_sync_columns') }}
),

final as (
    select
        pairs.id_sync,
        from_columns.column_number as from_column_number,
        from_columns.dpid as from_dpid,
        from_columns.id_type as from_type,
        split_part(pairs.record, chr(9), from_columns.column_number) as from_id,
        to_columns.column_number as to_column_number,
        to_columns.dpid as to_dpid,
        to_columns.id_type as to_type,
        split_part(pairs.record, chr(9), to_columns.column_number) as to_id
    from pairs
    inner join id_sync_columns as from_columns on pairs.id_sync = from_columns.id_sync
    inner join id_sync_columns as to_columns
        on
            pairs.id_sync = to_columns.id_sync
            and from_columns.column_number <> to_columns.column_number
)

select * from final
