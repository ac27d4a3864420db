{#- What: no more rows are kept out as personal data (P1) than the var `aam_max_pii_rejects` allows (0 by default).
    Why: the row was caught, but what made it is still there, and the next one may look like nothing that can be caught.
    How to mend: each failing row says data source, reason and rows. Find the rows by comparing sha256_hex of the ID, or
    the value, in the signals model with inbound_rejects, and take the personal data out of that model.
    `aam-export lineage` prints the way of a tagged column into what is sent.
    Numbers of a shape and kind of which it was decided, for the IDs of a data source or the values of a key, to keep
    them out (var `aam_shape_decisions_model`) do not count; what is certain, and what another key has, does. -#}
with decided as (
    select
        data_source,
        signal_key,
        {{ aam_inbound.sha256_hex('signal_key') }} as key_hash,
        shape,
        'pii_' || kind as reason
    from {{ ref('input__aam_shape_decisions_model') }}
    where decision = 'keep_out'
),

-- As inbound_rejects has them: hashes.
personal_ids as (
    select
        ids.data_source,
        ids.user_id,
        case when decided.reason is null then 1 else 0 end as is_undecided
    from {{ ref('inbound_checked_ids') }} as ids
    left join decided
        on
            ids.data_source = decided.data_source
            and decided.signal_key = ''
            and ids.ambiguous_shape = decided.shape
            and ids.reason = decided.reason
    where ids.is_personal and ids.rule = 'P1'
),

personal_values as (
    select
        signal_values.data_source,
        signal_values.signal_key,
        signal_values.signal_value,
        case when decided.reason is null then 1 else 0 end as is_undecided
    from {{ ref('inbound_checked_values') }} as signal_values
    left join decided
        on
            signal_values.data_source = decided.data_source
            and signal_values.signal_key = decided.key_hash
            and decided.signal_key <> ''
            and signal_values.ambiguous_shape = decided.shape
            and signal_values.reason = decided.reason
    where signal_values.is_personal and signal_values.rule = 'P1'
),

rejects as (
    select
        kept_out.signal_model,
        kept_out.data_source,
        kept_out.reason,
        kept_out.rule,
        count(*) as reject_rows
    from {{ ref('inbound_rejects') }} as kept_out
    left join personal_ids
        on
            kept_out.data_source = personal_ids.data_source
            and kept_out.user_id = personal_ids.user_id
    left join personal_values
        on
            kept_out.data_source = personal_values.data_source
            and kept_out.signal_key = personal_values.signal_key
            and kept_out.signal_value = personal_values.signal_value
    where
        kept_out.rule = 'P1'
        -- A row counts where anything in it is undecided.
        and (
            coalesce(personal_ids.is_undecided, 0) + coalesce(personal_values.is_undecided, 0) > 0
            or coalesce(personal_ids.is_undecided, personal_values.is_undecided) is null
        )
    group by kept_out.signal_model, kept_out.data_source, kept_out.reason, kept_out.rule
),

totals as (
    select
        *,
        sum(reject_rows) over () as all_pii_rows
    from rejects
)

select * from totals
where all_pii_rows > {{ var('aam_max_pii_rejects', 0) }}
