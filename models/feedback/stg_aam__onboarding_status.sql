{{ config(enabled=var('aam_feedback', false), materialized='view') }}

{%- set counts = [
    'stored_records', 'records_received', 'format_errors', 'invalid_aam_id', 'invalid_device_id', 'no_trait_realized',
    'no_matching_aam_id', 'success_pct', 'unused_signals', 'realized_traits',
] %}

{%- set line = aam_inbound.line_of_file('raw_rows', 'files') %}

with files as (
    select * from {{ ref('stg_aam__feedback_files') }}
    where kind = 'status'
),

raw_rows as (
    select * from {{ source('aam_feedback', 'aam_feedback_rows') }}
),

delivered as (
    select * from {{ ref('stg_aam__delivered_files') }}
),

reported as (
    select
        raw_rows.file_id,
        files.received_at,
        {{ aam_inbound.json_text(line, 'file_name') }} as file_name,
        {{ aam_inbound.json_text(line, 'error_sampling_active') }} = 'true' as error_sampling_active
        {%- for column in counts %},
            {%- set said = aam_inbound.json_text(line, column) %}
            {%- if column == 'success_pct' %}
        cast(
            nullif({{ aam_inbound.regexp_first(said, '^([0-9]{1,3}(?:[.][0-9]{1,9})?)$') }}, '')
            as {{ dbt.type_float() }}
        ) as {{ column }}
            {%- else %}
        {{ aam_inbound.whole_number(said) }} as {{ column }}
            {%- endif %}
        {%- endfor %}
    from raw_rows
    inner join files on raw_rows.file_id = files.file_id
),

-- The report has two tables (R11): of each count, the newest that any of them gave.
merged as (
    select
        {{ aam_inbound.file_base_name('file_name') }} as base_name,
        max(file_name) as file_name,
        max(received_at) as reported_at,
        max(case when error_sampling_active then 1 else 0 end) = 1 as error_sampling_active
        {%- for column in counts %},
        max(case when {{ column }}_newest = file_id then {{ column }} end) as {{ column }}
        {%- endfor %}
    from (
        select
            reported.*
            {%- for column in counts %},
            max(case when {{ column }} is not null then file_id end) over (
                partition by {{ aam_inbound.file_base_name('file_name') }}
            ) as {{ column }}_newest
            {%- endfor %}
        from reported
    ) as of_files
    group by {{ aam_inbound.file_base_name('file_name') }}
),

final as (
    select
        merged.file_name,
        delivered.file_name as delivered_file_name,
        delivered.batch_id,
        delivered.data_source,
        merged.reported_at,
        merged.error_sampling_active
        {%- for column in counts %},
        merged.{{ column }}
        {%- endfor %}
    from merged
    left join delivered
        on
            merged.base_name = delivered.base_name
            or {{ aam_inbound.regexp_first('merged.base_name', '^(.*[.](?:sync|overwrite))[.][0-9]+$') }}
            = delivered.base_name
)

select * from final
