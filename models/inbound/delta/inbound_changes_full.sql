{{ config(materialized='view') }}

with profiles as (
    select * from {{ ref('inbound_profiles') }}
),

data_sources as (
    select * from {{ ref('input__aam_data_sources') }}
),

user_changes as (
    select * from {{ ref('inbound_user_changes') }}
),

-- Whoever is not among them is as the profile says, or is new.
unchanged as (
    select
        profiles.data_source,
        data_sources.dpid,
        data_sources.target_data_owner_dpid,
        data_sources.refresh_mode as sync_mode,
        profiles.user_id,
        'refresh' as change,
        profiles.profile,
        true as asserts_all,
        cast(null as {{ dbt.type_string() }}) as asserted,
        cast(null as {{ dbt.type_string() }}) as removed,
        cast(null as {{ dbt.type_string() }}) as still_to_remove,
        cast(null as {{ dbt.type_string() }}) as repeat_after_batch,
        {{ aam_inbound.aam_today() }} as refreshed_on
    from profiles
    inner join data_sources on profiles.data_source = data_sources.data_source
    left join user_changes
        on
            profiles.data_source = user_changes.data_source
            and profiles.user_id = user_changes.user_id
    where user_changes.user_id is null
),

differing as (
    select
        data_source,
        dpid,
        target_data_owner_dpid,
        sync_mode,
        user_id,
        change,
        profile,
        true as asserts_all,
        cast(null as {{ dbt.type_string() }}) as asserted,
        removed,
        still_to_remove,
        repeat_after_batch,
        {{ aam_inbound.aam_today() }} as refreshed_on
    from user_changes
    where
        profile <> ''
        or removed is not null
),

users as (
    select * from unchanged
    union all
    select * from differing
),

lines as (
    {{ aam_inbound.outgoing_lines('users') }}
),

final as (
    select
        {{ aam_inbound.line_columns() | join(',\n        ') }}
    from lines
)

select * from final
