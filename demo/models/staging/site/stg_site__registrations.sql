-- The demo's site is a seed, which must stand first. depends_on: {{ ref('raw_site__registrations') }}

with

source as (

    select * from {{ source('site', 'registrations') }}

),

final as (

    select
        site_user_id,
        cast(household_id as bigint) as household_id,
        email,
        aam_uuid,
        cast(newsletter as boolean) as takes_newsletter,
        channel,
        cast(registered_at as {{ dbt.type_timestamp() }}) as registered_at
    from source

)

select * from final
