{{ config(enabled=var('aam_feedback', false)) }}

with memberships as (
    select * from {{ ref('segment_memberships') }}
    where is_current
),

-- Without the label nothing keeps data that may not be combined with people's out of it (O45).
destinations as (
    select * from {{ ref('input__aam_destinations') }}
    where export_label is not null
),

segments as (
    select * from {{ ref('segments') }}
),

suppressions as (
    select * from {{ ref('input__aam_suppressions_model') }}
),

customers as (
    select * from {{ ref('input__aam_customer_ids_model') }}
),

final as (
    select
        memberships.destination_id,
        memberships.segment,
        segments.segment_id,
        segments.segment_name,
        destinations.data_source,
        memberships.user_id,
        customers.customer_id,
        memberships.valid_from,
        memberships.last_seen_at
    from memberships
    inner join destinations on memberships.destination_id = destinations.destination_id
    left join segments
        on
            memberships.destination_id = segments.destination_id
            and memberships.segment = segments.segment
    left join customers
        on
            destinations.data_source = customers.data_source
            and memberships.user_id = customers.user_id
    left join suppressions
        on
            destinations.data_source = suppressions.data_source
            and memberships.user_id = suppressions.user_id
    -- A removal of Audience Manager's is no word of the person's, and its silence is none either (P2, O34).
    where suppressions.user_id is null
)

select * from final
