{%- set numbers = aam_inbound.id_column_numbers(ref('input__aam_id_sync_models')) -%}

with candidates as (
    select * from {{ ref('input__aam_id_sync_models') }}
),

id_sync_columns as (
    select * from {{ ref('id_sync_columns') }}
),

data_sources as (
    select * from {{ ref('input__aam_data_sources') }}
),

suppressed_ids as (
    select * from {{ ref('input__aam_suppressions_model') }}
),

-- ID files know DPIDs alone, and 0 for every data source of AAM UUIDs.
suppressions as (
    select
        data_sources.dpid as data_source,
        suppressed_ids.user_id
    from suppressed_ids
    inner join data_sources on suppressed_ids.data_source = data_sources.data_source
    union
    select
        '0' as data_source,
        suppressed_ids.user_id
    from suppressed_ids
    inner join data_sources on suppressed_ids.data_source = data_sources.data_source
    where data_sources.id_type = 'aam_uuid'
),

declared as (
    select
        id_sync,
        file_prefix,
        dpids,
        count(*) as dpid_count
        {%- for number in numbers %},
        max(case when column_number = {{ number }} then dpid end) as dpid_{{ number }},
        max(case when column_number = {{ number }} then id_type end) as id_type_{{ number }}
        {%- endfor %}
    from id_sync_columns
    group by id_sync, file_prefix, dpids
),

distinct_rows as (
    select
        id_sync,
        id_columns
        {%- for number in numbers %},
        case when id_columns >= {{ number }} then coalesce(id_{{ number }}, '') end as id_{{ number }}
        {%- endfor %},
        count(*) as candidate_rows
    from candidates
    group by id_sync, id_columns{% for number in numbers %}, {{ number + 2 }}{% endfor %}
),

declared_rows as (
    select
        distinct_rows.*,
        declared.file_prefix,
        declared.dpids,
        declared.dpid_count
        {%- for number in numbers %},
        coalesce(declared.dpid_{{ number }}, '') as dpid_{{ number }},
        declared.id_type_{{ number }}
        {%- endfor %}
    from distinct_rows
    left join declared on distinct_rows.id_sync = declared.id_sync
),

-- As for data files, each ID is checked once, whatever it is mapped to.
ids as (
    {%- for number in numbers %}
    select
        dpid_{{ number }} as data_source,
        id_{{ number }} as user_id,
        id_type_{{ number }} as id_type
    from declared_rows
    where id_{{ number }} is not null
        {%- if not loop.last %}
    union
        {%- endif %}
    {%- endfor %}
),

typed as (
    select
        *,
        id_type is not null as is_known_source,
        'sync' as refresh_mode,
        {{ aam_inbound.id_matches_type('user_id', 'id_type') }} as matches_type
    from ids
),

checked as (
    {{ aam_inbound.checked_ids('typed', 'suppressions') }}
),

reasons as (
    select
        declared_rows.*
        {%- for number in numbers %},
        checked_{{ number }}.reason as reason_{{ number }}
        {%- endfor %},
        case
            when declared_rows.dpids is null then 'unknown_id_sync'
            when declared_rows.id_columns <> declared_rows.dpid_count then 'id_sync_column_count'
            when
                declared_rows.file_prefix = 'adobe_id'
                and (
                    declared_rows.id_type_1 in ('dpuuid', 'hashed_email')
                    or (
                        checked_1.reason in ('aam_uuid_format', 'device_id_format')
                        and not {{ aam_inbound.regexp_full_match(
                            'declared_rows.id_1', '[0-9]{30,}|[{]?[0-9A-Fa-f-]{30,}[}]?'
                        ) }}
                    )
                )
                then 'first_column_no_device'
        end as row_reason
    from declared_rows
    {%- for number in numbers %}
    left join checked as checked_{{ number }}
        on
            declared_rows.dpid_{{ number }} = checked_{{ number }}.data_source
            and declared_rows.id_{{ number }} = checked_{{ number }}.user_id
    {%- endfor %}
),

ranked as (
    select
        *,
        least(
            coalesce({{ aam_inbound.reason_rank('row_reason') }}, 999)
            {%- for number in numbers %},
            coalesce({{ aam_inbound.reason_rank('reason_' ~ number) }}, 999)
            {%- endfor %}
        ) as first_rank
    from reasons
),

decided as (
    select
        *,
        case first_rank
            when 999 then null
            when {{ aam_inbound.reason_rank('row_reason') }} then row_reason
            {%- for number in numbers %}
            when {{ aam_inbound.reason_rank('reason_' ~ number) }} then reason_{{ number }}
            {%- endfor %}
        end as own_reason
    from ranked
),

-- Customers of more hashed e-mails than a batch may have (S7) keep those that come first by their bytes.
crowded as (
    select
        dpid_1,
        id_1
    from decided
    where
        own_reason is null
        and file_prefix = 'c2c_id'
    group by dpid_1, id_1
    having count(distinct id_2) > {{ aam_inbound.aam_max_emails_per_customer() }}
),

counted_emails as (
    select
        decided.id_sync,
        decided.id_1,
        decided.id_2,
        dense_rank() over (
            partition by decided.dpid_1, decided.id_1
            order by {{ aam_inbound.byte_order('decided.id_2') }}
        ) as email_number
    from decided
    inner join crowded
        on
            decided.dpid_1 = crowded.dpid_1
            and decided.id_1 = crowded.id_1
    where
        decided.own_reason is null
        and decided.file_prefix = 'c2c_id'
),

limited as (
    select
        decided.*,
        case
            when counted_emails.email_number > {{ aam_inbound.aam_max_emails_per_customer() }} then 'emails_over_limit'
            else decided.own_reason
        end as reason
    from decided
    left join counted_emails
        on
            decided.id_sync = counted_emails.id_sync
            and decided.id_1 = counted_emails.id_1
            and decided.id_2 = counted_emails.id_2
),

ruled as (
    select
        *,
        {{ aam_inbound.reason_rule('reason') }} as rule
    from limited
),

final as (
    select
        id_sync,
        file_prefix,
        dpids
        {%- for number in numbers %},
        case when rule = 'P1' then {{ aam_inbound.sha256_hex('id_' ~ number) }} else id_{{ number }} end as id_{{ number }}
        {%- endfor %},
        cast(candidate_rows as {{ dbt.type_bigint() }}) as candidate_rows,
        reason,
        rule
    from ruled
)

select * from final
