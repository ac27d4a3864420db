{{ config(materialized='proposed_batch') }}

with due_users as (
    select * from {{ ref('inbound_due_users') }}
),

user_changes as (
    select * from {{ ref('inbound_user_changes') }}
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
        true as asserts_all,
        cast(null as {{ dbt.type_string() }}) as asserted,
        cast(null as {{ dbt.type_string() }}) as removed,
        cast(null as {{ dbt.type_string() }}) as still_to_remove,
        cast(null as {{ dbt.type_string() }}) as repeat_after_batch,
        {{ aam_inbound.aam_today() }} as refreshed_on
    from due_users
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
    from user_changes
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
