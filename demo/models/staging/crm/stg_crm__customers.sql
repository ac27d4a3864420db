-- The demo's CRM is a seed, which must stand first. depends_on: {{ ref('raw_crm__customers') }}

with

source as (

    select * from {{ source('crm', 'customers') }}

),

final as (

    select
        crm_id,
        cast(household_id as bigint) as household_id,
        full_name,
        email,
        phone,
        street_address,
        city,
        cast(birth_date as date) as birth_date,
        loyalty_tier,
        gaid,
        idfa,
        cast(opted_out as boolean) as is_opted_out
    from source

)

select * from final
