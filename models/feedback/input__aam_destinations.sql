{{ config(enabled=var('aam_feedback', false)) }}

{#- The account's list aam_destinations. Where dbt says that it was not found, the project has no seed and no model of
    that name: docs/feedback.md has its columns. -#}
{%- set schedule = aam_inbound.lower_case(aam_inbound.trim_blanks('destinations.schedule')) %}
{%- set days = aam_inbound.regexp_first(schedule, '^(?:every )?([0-9]+) *(?:d(?:ays?)?)?$') %}
with destinations as (
    {{ aam_inbound.account_list('aam_destinations') }}
),

data_sources as (
    select * from {{ ref('input__aam_data_sources') }}
),

-- A schedule is a number of days, 24 hours or never (O29). What can't be read is NULL, of which the test
-- destinations_are_well_declared tells: a typing error here is to stop nothing else.
final as (
    select
        destinations.destination_id,
        destinations.description,
        destinations.name_template,
        destinations.row_template,
        destinations.blanks,
        {{ aam_inbound.whole_number("coalesce(destinations.header_lines, '0')") }} as header_lines,
        destinations.id_type,
        destinations.data_source,
        data_sources.id_type as data_source_id_type,
        destinations.sync_type,
        destinations.schedule,
        case
            when destinations.schedule is null then 1
            when {{ aam_inbound.regexp_full_match(schedule, '(every )?24 *h(ours)?') }} then 1
            else {{ aam_inbound.whole_number(days) }}
        end as schedule_days,
        coalesce(
            {{ aam_inbound.lower_case('destinations.full_is_complete') }} in ('true', 'yes', '1'), false
        ) as full_is_complete,
        destinations.export_label
    from destinations
    left join data_sources on destinations.data_source = data_sources.data_source
)

select * from final
