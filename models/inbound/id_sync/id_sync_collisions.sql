with mappings as (
    select * from {{ ref('id_sync_mappings') }}
),

-- Customers by their data source, for one person has an ID in each.
final as (
    select
        id_sync,
        from_column_number as column_number,
        from_dpid as dpid,
        from_type as id_type,
        from_id as user_id,
        to_dpid as customer_dpid,
        count(distinct to_id) as people,
        min(to_id) as first_person,
        max(to_id) as last_person
    from mappings
    where
        from_type <> 'dpuuid'
        and to_type = 'dpuuid'
    group by id_sync, from_column_number, from_dpid, from_type, from_id, to_dpid
    having count(distinct to_id) > 1
)

select * from final
