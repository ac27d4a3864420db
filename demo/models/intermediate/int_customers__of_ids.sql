with

customers as (

    select * from {{ ref('stg_crm__customers') }}

),

ids as (

    select * from {{ ref('int_customers__ids') }}

),

final as (

    select
        ids.data_source,
        ids.user_id,
        min(customers.crm_id) as customer_id
    from ids
    inner join customers on ids.household_id = customers.household_id
    group by ids.data_source, ids.user_id
    having count(*) = 1

)

select * from final
