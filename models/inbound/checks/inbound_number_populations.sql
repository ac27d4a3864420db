with checked_ids as (
    select * from {{ ref('inbound_checked_ids') }}
),

checked_values as (
    select * from {{ ref('inbound_checked_values') }}
),

-- Of a row that is kept out as personal data the key is a hash; here it is one of the list.
declared_keys as (
    select
        data_source,
        signal_key,
        {{ aam_inbound.sha256_hex('signal_key') }} as key_hash
    from {{ ref('input__aam_signal_keys') }}
),

decisions as (
    select * from {{ ref('input__aam_shape_decisions_model') }}
),

members as (
    select
        data_source,
        '' as signal_key,
        user_id as text,
        reason,
        ambiguous_shape,
        ambiguous_kind
    from checked_ids
    where ambiguous_shape is not null
    union all
    select
        checked_values.data_source,
        coalesce(declared_keys.signal_key, checked_values.signal_key) as signal_key,
        checked_values.signal_value as text,
        checked_values.reason,
        checked_values.ambiguous_shape,
        checked_values.ambiguous_kind
    from checked_values
    left join declared_keys
        on
            checked_values.data_source = declared_keys.data_source
            and checked_values.signal_key = declared_keys.key_hash
    where checked_values.ambiguous_shape is not null
),

populations as (
    {{ aam_inbound.number_populations('members', ['data_source', 'signal_key'], 'text') }}
),

kept_out as (
    select
        data_source,
        signal_key,
        ambiguous_shape,
        ambiguous_kind,
        count(*) as kept_out
    from members
    where reason = 'pii_' || ambiguous_kind
    group by data_source, signal_key, ambiguous_shape, ambiguous_kind
),

final as (
    select
        populations.data_source,
        populations.signal_key,
        populations.ambiguous_shape as shape,
        populations.ambiguous_kind as kind,
        cast(populations.ids as bigint) as ids,
        cast(populations.passing_ids as bigint) as passing_ids,
        populations.chance_ids,
        cast(coalesce(kept_out.kept_out, 0) as bigint) as kept_out_ids,
        decisions.decision
    from populations
    left join kept_out
        on
            populations.data_source = kept_out.data_source
            and populations.signal_key = kept_out.signal_key
            and populations.ambiguous_shape = kept_out.ambiguous_shape
            and populations.ambiguous_kind = kept_out.ambiguous_kind
    left join decisions
        on
            populations.data_source = decisions.data_source
            and populations.signal_key = decisions.signal_key
            and populations.ambiguous_shape = decisions.shape
            and populations.ambiguous_kind = decisions.kind
)

select * from final
