with

registrations as (

    select * from {{ ref('stg_site__registrations') }}

),

customers as (

    select * from {{ ref('stg_crm__customers') }}

),

final as (

    select
        registrations.aam_uuid as id_1,
        customers.crm_id as id_2
    from registrations
    inner join customers on registrations.household_id = customers.household_id
    where registrations.aam_uuid is not null

)

select * from final
