{{ config(enabled=var('aam_feedback', false)) }}

with

memberships as (

    select * from {{ ref('aam_inbound', 'segment_memberships') }}
    where is_current

),

destinations as (

    select * from {{ ref('aam_destinations') }}

),

opted_out_ids as (

    select * from {{ ref('int_customers__opted_out_ids') }}

),

segments as (

    select * from {{ ref('aam_inbound', 'segments') }}

),

members_now as (

    select
        destination_id,
        segment,
        count(customer_id) as may_be_reached,
        count(*) - count(customer_id) as unknown
    from {{ ref('aam_inbound', 'segment_members_now') }}
    group by destination_id, segment

),

members as (

    select
        memberships.destination_id,
        memberships.segment,
        count(*) as members,
        count(opted_out_ids.user_id) as opted_out
    from memberships
    inner join destinations on memberships.destination_id = destinations.destination_id
    left join opted_out_ids
        on
            destinations.data_source = opted_out_ids.data_source
            and memberships.user_id = opted_out_ids.user_id
    group by memberships.destination_id, memberships.segment

),

final as (

    select
        members.destination_id,
        segments.segment_name,
        members.members,
        members.opted_out,
        coalesce(members_now.unknown, 0) as unknown,
        coalesce(members_now.may_be_reached, 0) as may_be_reached
    from members
    inner join segments
        on
            members.destination_id = segments.destination_id
            and members.segment = segments.segment
    left join members_now
        on
            members.destination_id = members_now.destination_id
            and members.segment = members_now.segment

)

select * from final
order by segment_name
