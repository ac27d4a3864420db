{{ config(materialized='view') }}

{%- set today = 'cast(' ~ aam_inbound.aam_now() ~ ' as date)' -%}

with profiles as (
    select * from {{ ref('inbound_profiles') }}
),

data_sources as (
    select * from {{ ref('input__aam_data_sources') }}
),

differences as (
    select * from {{ ref('inbound_differences') }}
),

-- Whoever is not among the differences is as the profile says, or is new.
unchanged as (
    select
        profiles.data_source,
        data_sources.dpid,
        data_sources.target_data_owner_dpid,
        data_sources.refresh_mode as sync_mode,
        profiles.user_id,
        'refresh' as change,
        profiles.profile,
        cast(null as {{ dbt.type_string() }}) as sent,
        cast(null as {{ dbt.type_string() }}) as removed,
        cast(null as {{ dbt.type_string() }}) as leftover,
        cast(null as {{ dbt.type_string() }}) as assert_again_after,
        {{ today }} as refreshed_on
    from profiles
    inner join data_sources on profiles.data_source = data_sources.data_source
    left join differences
        on
            profiles.data_source = differences.data_source
            and profiles.user_id = differences.user_id
    where differences.user_id is null
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
        cast(null as {{ dbt.type_string() }}) as sent,
        removed,
        leftover,
        assert_again_after,
        {{ today }} as refreshed_on
    from differences
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
