with candidates as (
    select * from {{ ref('input__aam_signal_models') }}
),

-- Only users whose signals may be too long for one line are looked at, by a bound that counting the IDs gave as well.
long_ids as (
    select * from {{ ref('inbound_checked_ids') }}
    where
        reason is null
        and {{ aam_inbound.byte_length('user_id') }} + 1 + signal_bytes > {{ aam_inbound.aam_max_line_bytes() }}
),

valid_values as (
    select * from {{ ref('inbound_checked_values') }}
    where reason is null
),

signals as (
    select distinct
        candidates.data_source,
        candidates.user_id,
        candidates.signal_key,
        candidates.signal_value,
        valid_values.signal,
        long_ids.refresh_mode
    from candidates
    inner join long_ids
        on
            candidates.data_source = long_ids.data_source
            and candidates.user_id = long_ids.user_id
    inner join valid_values
        on
            candidates.data_source = valid_values.data_source
            and candidates.signal_key = valid_values.signal_key
            and candidates.signal_value = valid_values.signal_value
),

cut as (
    {{ aam_inbound.cut_lines('signals', aam_inbound.aam_max_line_bytes(), aam_inbound.aam_max_lines_per_user()) }}
),

counted as (
    select
        signals.*,
        cut.line_number,
        max(cut.line_number) over (partition by signals.data_source, signals.user_id) as line_count
    from signals
    inner join cut
        on
            signals.data_source = cut.data_source
            and signals.user_id = cut.user_id
            and signals.signal = cut.signal
),

reasoned as (
    select
        *,
        case
            when line_number is null then 'signal_too_long'
            when line_count > {{ aam_inbound.aam_max_lines_per_user() }} then 'user_over_lines'
            when refresh_mode = 'overwrite' and line_count > 1 then 'user_over_one_line'
        end as reason
    from counted
),

final as (
    select
        data_source,
        user_id,
        signal_key,
        signal_value,
        signal,
        line_number,
        line_count,
        reason,
        {{ aam_inbound.reason_rule('reason') }} as rule
    from reasoned
)

select * from final
