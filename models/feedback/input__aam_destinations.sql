{{ config(enabled=var('aam_feedback', false)) }}

{#- The account's list aam_destinations. Where dbt says that it was not found, the project has no seed and no model of
    that name: docs/feedback.md has its columns. -#}
with destinations as (
    {{ aam_inbound.account_list('aam_destinations') }}
),

data_sources as (
    select * from {{ ref('input__aam_data_sources') }}
),

-- A schedule is a number of days (O29).
final as (
    select
        destinations.destination_id,
        destinations.description,
        destinations.name_template,
        destinations.row_template,
        destinations.blanks,
        cast(coalesce(destinations.header_lines, '0') as {{ dbt.type_int() }}) as header_lines,
        destinations.id_type,
        destinations.data_source,
        data_sources.id_type as data_source_id_type,
        destinations.sync_type,
        cast(coalesce(destinations.schedule, '1') as {{ dbt.type_int() }}) as schedule_days,
        coalesce(
            {{ aam_inbound.lower_case('destinations.full_is_complete') }} in ('true', 'yes', '1'), false
        ) as full_is_complete,
        destinations.export_label
    from destinations
    left join data_sources on destinations.data_source = data_sources.data_source
)

select * from final
