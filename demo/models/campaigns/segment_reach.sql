{{ config(enabled=var('aam_feedback', false)) }}

with

memberships as (

    select * from {{ ref('aam_inbound', 'segment_memberships') }}
    where is_current

),

segments as (

    select * from {{ ref('aam_inbound', 'segments') }}

),

members_now as (

    select
        destination_id,
        segment,
        count(*) as reachable,
        count(customer_id) as may_be_reached
    from {{ ref('aam_inbound', 'segment_members_now') }}
    group by destination_id, segment

),

members as (

    select
        destination_id,
        segment,
        count(*) as members
    from memberships
    group by destination_id, segment

),

final as (

    select
        members.destination_id,
        segments.segment_name,
        members.members,
        -- Whom segment_members_now leaves out, in whatever spelling of their ID (P2).
        members.members - coalesce(members_now.reachable, 0) as opted_out,
        coalesce(members_now.reachable - members_now.may_be_reached, 0) as unknown,
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
