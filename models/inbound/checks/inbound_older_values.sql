with candidates as (
    select * from {{ ref('input__aam_signal_models') }}
    where valued_at is not null
),

single_valued_keys as (
    select * from {{ ref('input__aam_signal_keys') }}
    where cardinality = 'one'
),

dated as (
    select
        candidates.data_source,
        candidates.user_id,
        candidates.signal_key,
        candidates.signal_value,
        max(candidates.valued_at) as valued_at
    from candidates
    inner join single_valued_keys
        on
            candidates.data_source = single_valued_keys.data_source
            and candidates.signal_key = single_valued_keys.signal_key
    group by candidates.data_source, candidates.user_id, candidates.signal_key, candidates.signal_value
),

compared as (
    select
        *,
        max(valued_at) over (partition by data_source, user_id, signal_key) as newest_at
    from dated
),

final as (
    select
        data_source,
        user_id,
        signal_key,
        signal_value
    from compared
    where valued_at < newest_at
)

select * from final
