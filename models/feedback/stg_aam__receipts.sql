{{ config(enabled=var('aam_feedback', false)) }}

{%- set labels = aam_inbound.receipt_labels() %}
{%- set label_form = '^[> ]*([A-Za-z][A-Za-z ]*[A-Za-z]) *:' %}
{%- set number_form = '^[> ]*[A-Za-z][A-Za-z ]*: *([0-9][0-9,]*) *$' %}
{%- set day = "substr(moment, 1, 10)" %}
{%- set moment_form = '([0-9]{4}-[0-9]{2}-[0-9]{2} (?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9])' %}

with files as (
    select * from {{ ref('stg_aam__feedback_files') }}
    where kind = 'receipt'
),

raw_rows as (
    select * from {{ source('aam_feedback', 'aam_feedback_rows') }}
),

lines as (
    select
        raw_rows.file_id,
        {{ aam_inbound.lower_case(aam_inbound.regexp_first('raw_rows.line', label_form)) }} as label,
        {{ aam_inbound.regexp_first('raw_rows.line', number_form) }} as digits,
        {{ aam_inbound.regexp_first('raw_rows.line', moment_form) }} as moment,
        {{ aam_inbound.regexp_first('raw_rows.line', '[(]ID: *([0-9]+)[)]') }} as partner_id
    from raw_rows
    inner join files on raw_rows.file_id = files.file_id
),

-- Anybody can write a mail: what is no number and no moment is not said.
read_lines as (
    select
        file_id,
        label,
        partner_id,
        {{ aam_inbound.whole_number("replace(digits, ',', '')") }} as counted,
        cast(
            case when {{ aam_inbound.is_real_date(day) }} then moment end as {{ dbt.type_timestamp() }} -- noqa: LT05
        ) as moment
    from lines
),

counted as (
    select
        file_id,
        max(nullif(partner_id, '')) as partner_id,
        {%- for column, names in labels.items() %}
        max(case when label in ('{{ names | join("', '") }}') then counted end) as {{ column }}, -- noqa: LT05
        {%- endfor %}
        max(case when label = 'job start time' then moment end) as job_started_at,
        max(case when label = 'job end time' then moment end) as job_ended_at
    from read_lines
    group by file_id
),

final as (
    select
        files.file_id as receipt_id,
        files.sender,
        files.subject,
        files.arrived_at as sent_at,
        counted.partner_id,
        {%- for column in labels %}
        counted.{{ column }},
        {%- endfor %}
        counted.job_started_at,
        counted.job_ended_at
    from files
    inner join counted on files.file_id = counted.file_id
)

select * from final
