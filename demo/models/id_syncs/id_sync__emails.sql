with

customers as (

    select * from {{ ref('stg_crm__customers') }}

),

final as (

    select
        crm_id as id_1,
        {{ aam_inbound.hash_email('email') }} as id_2
    from customers
    where email is not null

)

select * from final
