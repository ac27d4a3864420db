{%- set numbers = aam_inbound.id_column_numbers(ref('id_sync_rows')) -%}

with id_sync_rows as (
    select * from {{ ref('id_sync_rows') }}
    where reason is null
),

id_sync_columns as (
    select * from {{ ref('id_sync_columns') }}
),

-- Each ID that is not a customer's with each customer it is mapped to, by data source: one person has an ID in each.
mappings as (
    {%- for number in numbers %}
        {%- set outer = loop %}
        {%- for customer in numbers if customer != number %}
    select
        id_sync_rows.id_sync,
        other_columns.column_number,
        other_columns.dpid,
        other_columns.id_type,
        id_sync_rows.id_{{ number }} as user_id,
        customer_columns.dpid as customer_dpid,
        id_sync_rows.id_{{ customer }} as customer_id
    from id_sync_rows
    inner join id_sync_columns as other_columns
        on
            id_sync_rows.id_sync = other_columns.id_sync
            and other_columns.column_number = {{ number }}
            and other_columns.id_type <> 'dpuuid'
    inner join id_sync_columns as customer_columns
        on
            id_sync_rows.id_sync = customer_columns.id_sync
            and customer_columns.column_number = {{ customer }}
            and customer_columns.id_type = 'dpuuid'
            {%- if not (outer.last and loop.last) %}
    union all
            {%- endif %}
        {%- endfor %}
    {%- endfor %}
),

final as (
    select
        id_sync,
        column_number,
        dpid,
        id_type,
        user_id,
        customer_dpid,
        count(distinct customer_id) as people,
        min(customer_id) as first_person,
        max(customer_id) as last_person
    from mappings
    group by id_sync, column_number, dpid, id_type, user_id, customer_dpid
    having count(distinct customer_id) > 1
)

select * from final
