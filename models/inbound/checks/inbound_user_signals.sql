with candidates as (
    select * from {{ ref('input__aam_signal_models') }}
),

valid_ids as (
    select * from {{ ref('inbound_checked_ids') }}
    where reason is null
),

valid_values as (
    select * from {{ ref('inbound_checked_values') }}
    where reason is null
),

too_long as (
    select * from {{ ref('inbound_long_line_signals') }}
    where reason is not null
),

older_values as (
    select * from {{ ref('inbound_older_values') }}
),

final as (
    select
        candidates.data_source,
        candidates.user_id,
        {{ aam_inbound.sorted_numbers('valid_values.signal_number') }} as signal_numbers
    from candidates
    inner join valid_ids
        on
            candidates.data_source = valid_ids.data_source
            and candidates.user_id = valid_ids.user_id
    inner join valid_values
        on
            candidates.data_source = valid_values.data_source
            and candidates.signal_key = valid_values.signal_key
            and candidates.signal_value = valid_values.signal_value
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
        too_long.user_id is null
        and older_values.user_id is null
    group by candidates.data_source, candidates.user_id
)

select * from final
