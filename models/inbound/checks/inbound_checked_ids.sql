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
        'typed', 'suppressions', 'site_ids', ['refresh_mode', 'candidate_rows', 'signal_bytes']
    ) }}
),

ruled as (
    select
        *,
        {{ aam_inbound.reason_rule('reason') }} as rule
    from checked
),

final as (
    select
        case
            when rule = 'P1' and not is_known_source then {{ aam_inbound.sha256_hex('data_source') }}
            else data_source
        end as data_source,
        case when rule = 'P1' then {{ aam_inbound.sha256_hex('user_id') }} else user_id end as user_id,
        coalesce(rule = 'P1', false) as is_personal,
        reason,
        rule,
        refresh_mode,
        candidate_rows,
        signal_bytes
    from ruled
)

select * from final
