with

customers as (

    select * from {{ ref('stg_crm__customers') }}

),

final as (

    select
        gaid as id_1,
        crm_id as id_2
    from customers
    where gaid is not null

)

select * from final
