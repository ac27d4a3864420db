with

customers as (

    select * from {{ ref('stg_crm__customers') }}

),

registrations as (

    select * from {{ ref('stg_site__registrations') }}

),

-- IDs are taken as they are: one changed letter and AAM sees another visitor (L7).
every_id as (

    select
        household_id,
        'crm' as data_source,
        crm_id as user_id
    from customers
    union all
    select
        household_id,
        'android' as data_source,
        gaid as user_id
    from customers
    union all
    select
        household_id,
        'ios' as data_source,
        idfa as user_id
    from customers
    union all
    select
        household_id,
        'site_user' as data_source,
        site_user_id as user_id
    from registrations
    union all
    select
        household_id,
        'aam_uuid' as data_source,
        aam_uuid as user_id
    from registrations

),

final as (

    select distinct
        household_id,
        data_source,
        user_id
    from every_id
    where user_id is not null

)

select * from final
