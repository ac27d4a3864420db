with

customers as (

    select * from {{ ref('stg_crm__customers') }}

),

ids as (

    select * from {{ ref('int_customers__ids') }}

),

final as (

    select distinct
        ids.data_source,
        ids.user_id
    from ids
    inner join customers on ids.household_id = customers.household_id
    where customers.is_opted_out

)

select * from final
