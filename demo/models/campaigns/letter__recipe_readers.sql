{{ config(enabled=var('aam_feedback', false)) }}

with

members as (

    select * from {{ ref('aam_inbound', 'segment_members_now') }}
    where segment_name = 'Recipe readers'

),

customers as (

    select * from {{ ref('stg_crm__customers') }}

),

-- Who opted out is not among the members (P2).
final as (

    select
        customers.crm_id,
        customers.full_name,
        customers.street_address,
        customers.city,
        members.valid_from as reader_since
    from members
    inner join customers on members.customer_id = customers.crm_id

)

select * from final
