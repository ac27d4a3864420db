{{ config(enabled=var('aam_feedback', false)) }}
-- After the last model, so that a destination which lacks something stops no other.
-- depends_on: {{ ref('segment_members_now') }}
-- Declarations that the other tests of aam_destinations can't see, each with what is wrong. It reads nothing that is
-- built for a delivery: what comes back never stops what leaves.

with destinations as (
    select * from {{ ref('input__aam_destinations') }}
),

seen as (
    select distinct destination_id
    from {{ ref('segment_deliveries') }}
),

final as (
    select
        destinations.destination_id,
        'has no export_label: its members are not in segment_members_now (O45)' as problem
    from destinations
    inner join seen on destinations.destination_id = seen.destination_id
    where destinations.export_label is null
    union all
    select
        destination_id,
        'has no row_template, so that nothing of its files is read (O14)' as problem
    from destinations
    where row_template is null
    union all
    select
        destination_id,
        'has a data_source that aam_data_sources does not list' as problem
    from destinations
    where data_source_id_type is null
    union all
    select
        destination_id,
        'has an id_type that does not exist, so that nothing of its files is read (O4)' as problem
    from destinations
    where
        coalesce(id_type, '') not in (
            {%- for id_type in aam_inbound.id_types() %}
            '{{ id_type }}'{{ ',' if not loop.last }}
            {%- endfor %}
        )
    union all
    select
        destination_id,
        'has another id_type than its data source has (O4)' as problem
    from destinations
    where id_type <> data_source_id_type
    union all
    select
        destination_id,
        'has a schedule that is no number of days, nor never (O29): ' || schedule as problem
    from destinations
    where
        schedule_days is null
        and {{ aam_inbound.lower_case('schedule') }} <> 'never'
    union all
    select
        destination_id,
        'has header_lines that are no number (O14)' as problem
    from destinations
    where header_lines is null
)

select * from final
