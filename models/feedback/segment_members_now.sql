{{ config(enabled=var('aam_feedback', false), materialized='view') }}

{#- As IDs that are sent are compared with those of opted-out people (macro checked_ids). -#}
{%- set compared -%}
    {%- if var('aam_suppress_near_misses', true) -%}
        {{ aam_inbound.loose_id('user_id', aam_inbound.regexp_full_match('user_id', '[A-Za-z0-9_-]+')) }}
    {%- else -%}
        user_id
    {%- endif -%}
{%- endset -%}

{#- Where the project has no such model, a join with its empty rows lets DuckDB expect none of any join after it. -#}
{%- set has_customers = var('aam_customer_ids_model', '') %}

-- depends_on: {{ ref('input__aam_customer_ids_model') }}
with memberships as (
    select
        segment_memberships.*,
        {{ compared }} as compared_id
    from {{ ref('segment_memberships') }} as segment_memberships
    where is_current
),

-- Without the label nothing keeps data that may not be combined with people's out of it (O45). Where it is not known
-- whose the IDs are, nobody can tell who of them opted out (P2, O4).
destinations as (
    select * from {{ ref('input__aam_destinations') }}
    where
        export_label is not null
        and id_type = data_source_id_type
),

segments as (
    select * from {{ ref('segments') }}
),

-- In other spellings too: most probably that person.
suppressions as (
    select
        data_source,
        {{ compared }} as compared_id
    from {{ ref('input__aam_suppressions_model') }}
),

{% if has_customers -%}
customers as (
    select * from {{ ref('input__aam_customer_ids_model') }}
),

{% endif -%}
final as (
    select
        memberships.destination_id,
        memberships.segment,
        segments.segment_id,
        segments.segment_name,
        destinations.data_source,
        memberships.user_id,
        {{ 'customers.customer_id' if has_customers else 'cast(null as ' ~ dbt.type_string() ~ ') as customer_id' }},
        memberships.valid_from,
        memberships.last_seen_at
    from memberships
    inner join destinations on memberships.destination_id = destinations.destination_id
    left join segments
        on
            memberships.destination_id = segments.destination_id
            and memberships.segment = segments.segment
    {%- if has_customers %}
    left join customers
        on
            destinations.data_source = customers.data_source
            and memberships.user_id = customers.user_id
    {%- endif %}
    -- A removal of Audience Manager's is no word of the person's, and its silence is none either (P2, O34).
    where
        not exists (
            select 1
            from suppressions
            where
                destinations.data_source = suppressions.data_source
                and memberships.compared_id = suppressions.compared_id
        )
)

select * from final
