{{ config(materialized='proposed_batch') }}

{%- set today = 'cast(' ~ aam_inbound.aam_now() ~ ' as date)' -%}

with compared as (
    select * from {{ ref('inbound_compared') }}
),

differences as (
    select * from {{ ref('inbound_differences') }}
),

-- Nearly everybody who is sent: the whole state, and nothing to be taken away.
whole as (
    select
        data_source,
        dpid,
        target_data_owner_dpid,
        refresh_mode as sync_mode,
        user_id,
        comparison as change,
        desired as profile,
        cast(null as {{ dbt.type_string() }}) as sent,
        cast(null as {{ dbt.type_string() }}) as removed,
        cast(null as {{ dbt.type_string() }}) as leftover,
        cast(null as {{ dbt.type_string() }}) as assert_again_after,
        {{ today }} as refreshed_on
    from compared
    where comparison <> 'differs'
),

differing as (
    select
        data_source,
        dpid,
        target_data_owner_dpid,
        sync_mode,
        user_id,
        {{ aam_inbound.user_columns() | join(',\n        ') }}
    from differences
    where is_sent
),

users as (
    select * from whole
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

-- Stored in this order, so that reading the table from start to end gives sorted files without a sort.
select * from final
order by
    case when line_count > 1 then 1 else 0 end,
    {{ aam_inbound.byte_order('data_source') }},
    sync_mode,
    {{ aam_inbound.byte_order('user_id') }},
    line_number
