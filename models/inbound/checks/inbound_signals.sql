{{ config(materialized='view') }}

with user_signals as (
    select
        data_source,
        user_id,
        {{ aam_inbound.split_numbers('signal_numbers') }} as signal_number
    from {{ ref('inbound_user_signals') }}
),

valid_values as (
    select * from {{ ref('inbound_checked_values') }}
    where reason is null
),

final as (
    select
        user_signals.data_source,
        user_signals.user_id,
        valid_values.signal_key,
        valid_values.signal_value,
        valid_values.signal
    from user_signals
    inner join valid_values on user_signals.signal_number = valid_values.signal_number
)

select * from final
