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

captured_ids as (
    select * from {{ ref('input__aam_site_ids_model') }}
),

-- ID files know DPIDs alone, and 0 for every data source of AAM UUIDs.
{%- for name, listed in {'suppressions': 'suppressed_ids', 'site_ids': 'captured_ids'}.items() %}
{{ name }} as (
    select
        data_sources.dpid as data_source,
        {{ listed }}.user_id
    from {{ listed }}
    inner join data_sources on {{ listed }}.data_source = data_sources.data_source
    union
    select
        '0' as data_source,
        {{ listed }}.user_id
    from {{ listed }}
    inner join data_sources on {{ listed }}.data_source = data_sources.data_source
    where data_sources.id_type = 'aam_uuid'
),
{% endfor %}

listed_decisions as (
    select * from {{ ref('input__aam_shape_decisions_model') }}
    where signal_key = ''
),

shape_decisions as (
    select
        data_sources.dpid as data_source,
        listed_decisions.shape,
        listed_decisions.kind,
        listed_decisions.decision
    from listed_decisions
    inner join data_sources on listed_decisions.data_source = data_sources.data_source
),

id_syncs as (
    select
        id_sync,
        file_prefix,
        dpids,
        count(*) as dpid_count,
        coalesce(max(case when column_number = 1 then dpid end), '') as first_dpid
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

-- No two rows are alike, so their order is one and the same however often it is asked for.
numbered_rows as (
    select
        *,
        row_number() over (
            order by
                id_sync
                {%- for number in numbers %},
                id_{{ number }}
                {%- endfor %}
        ) as row_key
    from distinct_rows
),

declared_rows as (
    select
        numbered_rows.*,
        id_syncs.file_prefix,
        id_syncs.dpids,
        id_syncs.dpid_count,
        id_syncs.first_dpid
    from numbered_rows
    left join id_syncs on numbered_rows.id_sync = id_syncs.id_sync
),

row_reasons as (
    select
        *,
        case
            when dpids is null then 'unknown_id_sync'
            when id_columns <> dpid_count then 'id_sync_column_count'
        end as row_reason
    from declared_rows
),

-- A row an ID.
row_ids as (
    {%- for number in numbers %}
    select
        row_key,
        id_sync,
        file_prefix,
        {{ number }} as column_number,
        id_{{ number }} as user_id
    from declared_rows
    where id_{{ number }} is not null
        {%- if not loop.last %}
    union all
        {%- endif %}
    {%- endfor %}
),

-- Devices come first in an adobe_id file (U6).
declared_ids as (
    select
        row_ids.row_key,
        row_ids.user_id,
        coalesce(id_sync_columns.dpid, '') as dpid,
        id_sync_columns.id_type,
        coalesce(row_ids.column_number = 1 and row_ids.file_prefix = 'adobe_id', false) as must_be_device
    from row_ids
    left join id_sync_columns
        on
            row_ids.id_sync = id_sync_columns.id_sync
            and row_ids.column_number = id_sync_columns.column_number
),

-- As for data files, each ID is checked once, whatever it is mapped to.
ids as (
    select distinct
        dpid as data_source,
        user_id,
        id_type
    from declared_ids
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
    {{ aam_inbound.checked_ids('typed', 'suppressions', 'site_ids', 'shape_decisions') }}
),

id_reasons as (
    select
        declared_ids.row_key,
        checked.reason,
        checked.ambiguous_kind,
        declared_ids.must_be_device
        and (
            declared_ids.id_type in ('dpuuid', 'hashed_email')
            or (
                checked.reason in ('aam_uuid_format', 'device_id_format')
                and not {{ aam_inbound.regexp_full_match(
                    'declared_ids.user_id', '[0-9]{30,}|[{]?[0-9A-Fa-f-]{30,}[}]?'
                ) }}
            )
        ) as is_no_device
    from declared_ids
    inner join checked
        on
            declared_ids.dpid = checked.data_source
            and declared_ids.user_id = checked.user_id
    where
        checked.reason is not null
        or checked.ambiguous_kind is not null
        or (declared_ids.must_be_device and declared_ids.id_type in ('dpuuid', 'hashed_email'))
),

-- A row that is kept out, for whatever reason, is not kept in clear where one of its IDs may be a person's number.
id_ranks as (
    select
        row_key,
        min({{ aam_inbound.reason_rank('reason') }}) as id_rank,
        min({{ aam_inbound.reason_rank("case when is_no_device then 'first_column_no_device' end") }}) as device_rank,
        max(case when ambiguous_kind is not null then 1 else 0 end) as ambiguous_ids
    from id_reasons
    group by row_key
),

ranked as (
    select
        row_reasons.*,
        least(
            coalesce({{ aam_inbound.reason_rank('row_reasons.row_reason') }}, 999),
            coalesce(id_ranks.id_rank, 999),
            coalesce(id_ranks.device_rank, 999)
        ) as reason_rank,
        coalesce(id_ranks.ambiguous_ids = 1, false) as is_ambiguous
    from row_reasons
    left join id_ranks on row_reasons.row_key = id_ranks.row_key
),

decided as (
    select
        *,
        {{ aam_inbound.reason_of_rank('reason_rank') }} as reason
    from ranked
),

personal as (
    select
        *,
        reason is not null and (reason like 'pii#_%' escape '#' or is_ambiguous) as is_personal
    from decided
),

final as (
    select
        row_key,
        id_sync,
        file_prefix,
        dpids,
        first_dpid
        {%- for number in numbers %},
        case when is_personal then {{ aam_inbound.sha256_hex('id_' ~ number) }} else id_{{ number }} end
            as id_{{ number }}
        {%- endfor %},
        candidate_rows,
        reason,
        is_ambiguous
    from personal
)

select * from final
