with candidates as (
    select
        signal_model,
        data_source,
        user_id,
        signal_key,
        signal_value,
        coalesce(data_source, '') as source_or_empty,
        coalesce(user_id, '') as id_or_empty,
        coalesce(signal_key, '') as key_or_empty,
        coalesce(signal_value, '') as value_or_empty
    from {{ ref('input__aam_signal_models') }}
),

data_sources as (
    select * from {{ ref('input__aam_data_sources') }}
),

ids as (
    select * from {{ ref('inbound_checked_ids') }}
    where not is_personal
),

personal_ids as (
    select * from {{ ref('inbound_checked_ids') }}
    where is_personal
),

signal_values as (
    select * from {{ ref('inbound_checked_values') }}
    where not is_personal
),

personal_values as (
    select * from {{ ref('inbound_checked_values') }}
    where is_personal
),

too_long as (
    select * from {{ ref('inbound_long_line_signals') }}
    where reason is not null
),

older_values as (
    select * from {{ ref('inbound_older_values') }}
),

-- IDs and values that hold personal data are stored as hashes only, so a row that finds no entry here is one of those.
-- What only may be a person's number is in clear where it is accepted, and is not repeated here.
kept_out as (
    select
        candidates.*,
        ids.reason as plain_id_reason,
        signal_values.reason as plain_value_reason,
        ids.user_id is null
        or ids.ambiguous_kind is not null
        or signal_values.signal_key is null
        or signal_values.ambiguous_kind is not null as may_be_personal,
        coalesce(too_long.reason, case when older_values.user_id is not null then 'older_value' end) as row_reason
    from candidates
    left join ids
        on
            candidates.source_or_empty = ids.data_source
            and candidates.id_or_empty = ids.user_id
    left join signal_values
        on
            candidates.source_or_empty = signal_values.data_source
            and candidates.key_or_empty = signal_values.signal_key
            and candidates.value_or_empty = signal_values.signal_value
    left join too_long
        on
            candidates.data_source = too_long.data_source
            and candidates.user_id = too_long.user_id
            and candidates.signal_key = too_long.signal_key
            and candidates.signal_value = too_long.signal_value
    left join older_values
        on
            candidates.data_source = older_values.data_source
            and candidates.user_id = older_values.user_id
            and candidates.signal_key = older_values.signal_key
            and candidates.signal_value = older_values.signal_value
    where
        ids.user_id is null
        or older_values.user_id is not null
        or ids.reason is not null
        or signal_values.signal_key is null
        or signal_values.reason is not null
        or too_long.reason is not null
),

-- Few rows are left: these may be hashed.
hashed as (
    select
        kept_out.*,
        case
            when data_sources.data_source is not null then kept_out.data_source
            else {{ aam_inbound.sha256_hex('kept_out.source_or_empty') }}
        end as source_or_hash,
        {{ aam_inbound.sha256_hex('kept_out.id_or_empty') }} as id_hash,
        {{ aam_inbound.sha256_hex('kept_out.key_or_empty') }} as key_hash,
        {{ aam_inbound.sha256_hex('kept_out.value_or_empty') }} as value_hash
    from kept_out
    left join data_sources on kept_out.data_source = data_sources.data_source
),

reasons as (
    select
        hashed.*,
        coalesce(hashed.plain_id_reason, personal_ids.reason) as id_reason,
        coalesce(hashed.plain_value_reason, personal_values.reason) as value_reason
    from hashed
    left join personal_ids
        on
            hashed.source_or_hash = personal_ids.data_source
            and hashed.id_hash = personal_ids.user_id
    left join personal_values
        on
            hashed.source_or_hash = personal_values.data_source
            and hashed.key_hash = personal_values.signal_key
            and hashed.value_hash = personal_values.signal_value
),

decided as (
    select
        *,
        case
            when
                {{ aam_inbound.reason_rank('id_reason') }}
                <= coalesce({{ aam_inbound.reason_rank('value_reason') }}, 999)
                then id_reason
            else coalesce(value_reason, row_reason)
        end as reason
    from reasons
),

ruled as (
    select
        *,
        {{ aam_inbound.reason_rule('reason') }} as rule
    from decided
),

final as (
    select
        signal_model,
        case when may_be_personal then source_or_hash else data_source end as data_source,
        case when may_be_personal then id_hash else user_id end as user_id,
        case when may_be_personal then key_hash else signal_key end as signal_key,
        case when may_be_personal then value_hash else signal_value end as signal_value,
        reason,
        rule
    from ruled
)

select * from final
