{{ config(enabled=var('aam_feedback', false), materialized='incremental', on_schema_change='fail') }}

-- depends_on: {{ ref('input__aam_destinations') }}
{%- set destinations = aam_inbound.declared_destinations() %}

{%- if is_incremental() %}
with known_files as (
    select distinct file_id from {{ this }}
),
{%- else %}
with known_files as (
    select file_id from {{ ref('stg_aam__feedback_files') }}
    where 1 = 0
),
{%- endif %}

-- Those of which no row was taken apart yet: their destination may have been declared since.
files as (
    select feedback_files.*
    from {{ ref('stg_aam__feedback_files') }} as feedback_files
    left join known_files on feedback_files.file_id = known_files.file_id
    where
        feedback_files.kind = 'outbound'
        and not feedback_files.is_correction
        and known_files.file_id is null
),

rows_of_files as (
    select * from {{ source('aam_feedback', 'aam_feedback_rows') }}
    where file_id >= (select min(file_id) from files)
),

lines as (
    select
        files.file_id,
        rows_of_files.line_number,
        files.destination_id,
        files.sync_mode,
        rows_of_files.line
    from rows_of_files
    inner join files on rows_of_files.file_id = files.file_id
),

rows_taken_apart as (
    {%- for destination in destinations %}
    {{- aam_inbound.outbound_lines(destination) }}
        {%- if not loop.last %}
    union all
        {%- endif %}
    {%- else %}
    select
        file_id,
        line_number,
        destination_id,
        {%- for name in ['user_id', 'segments', 'removed_segments', 'traits', 'dpuuids', 'reason'] %}
        cast(null as {{ dbt.type_string() }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from lines
    where 1 = 0
    {%- endfor %}
),

final as (
    select
        cast(file_id as {{ dbt.type_bigint() }}) as file_id,
        cast(line_number as {{ dbt.type_bigint() }}) as line_number,
        destination_id,
        {{ aam_inbound.text_by_bytes('user_id') }} as user_id,
        {{ aam_inbound.text_by_bytes('segments') }} as segments,
        {{ aam_inbound.text_by_bytes('removed_segments') }} as removed_segments,
        traits,
        dpuuids,
        reason
    from rows_taken_apart
)

select * from final
