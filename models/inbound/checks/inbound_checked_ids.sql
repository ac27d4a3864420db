with candidates as (
    select * from {{ ref('input__aam_signal_models') }}
),

data_sources as (
    select * from {{ ref('input__aam_data_sources') }}
),

suppressions as (
    select * from {{ ref('input__aam_suppressions_model') }}
),

site_ids as (
    select * from {{ ref('input__aam_site_ids_model') }}
),

shape_decisions as (
    select * from {{ ref('input__aam_shape_decisions_model') }}
    where signal_key = ''
),

-- The only pass over all rows: what is checked below is checked once an ID.
ids as (
    select
        coalesce(data_source, '') as data_source,
        coalesce(user_id, '') as user_id,
        count(*) as candidate_rows,
        coalesce(sum({{ aam_inbound.signal_bytes_bound('signal_key', 'signal_value') }}), 0) as signal_bytes
    from candidates
    group by 1, 2
),

typed as (
    select
        ids.*,
        data_sources.data_source is not null as is_known_source,
        data_sources.refresh_mode,
        data_sources.id_type,
        {{ aam_inbound.id_matches_type('ids.user_id', 'data_sources.id_type') }} as matches_type
    from ids
    left join data_sources on ids.data_source = data_sources.data_source
),

checked as (
    {{ aam_inbound.checked_ids(
        'typed', 'suppressions', 'site_ids', 'shape_decisions', ['refresh_mode', 'candidate_rows', 'signal_bytes']
    ) }}
),

ruled as (
    select
        *,
        {{ aam_inbound.reason_rule('reason') }} as rule,
        -- What is kept out and may be a person's number is not kept in clear, whatever it is kept out for.
        reason is not null and (reason like 'pii#_%' escape '#' or ambiguous_kind is not null) as is_personal
    from checked
),

final as (
    select
        case
            when is_personal and not is_known_source then {{ aam_inbound.sha256_hex('data_source') }}
            else data_source
        end as data_source,
        case when is_personal then {{ aam_inbound.sha256_hex('user_id') }} else user_id end as user_id,
        is_personal,
        reason,
        rule,
        refresh_mode,
        candidate_rows,
        signal_bytes,
        ambiguous_shape,
        ambiguous_kind
    from ruled
)

select * from final
