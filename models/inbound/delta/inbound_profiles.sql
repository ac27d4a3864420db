-- What is tested of the signals in words is tested before anything is made of them.
-- depends_on: {{ ref('inbound_signals') }}

with user_signals as (
    select * from {{ ref('inbound_user_signals') }}
),

signals as (
    select
        signal_number,
        signal
    from {{ ref('inbound_checked_values') }}
    where reason is null
),
{% if var('aam_hold_unsynced', false) %}
on_hold as (
    select * from {{ ref('inbound_users_on_hold') }}
),
{% endif %}
users as (
    select
        user_signals.data_source,
        user_signals.user_id,
        user_signals.signal_numbers
    from user_signals
    {%- if var('aam_hold_unsynced', false) %}
    left join on_hold
        on
            user_signals.data_source = on_hold.data_source
            and user_signals.user_id = on_hold.user_id
    where on_hold.user_id is null
    {%- endif %}
),

final as (
    {{ aam_inbound.profiles_of_numbers('users', 'signals') }}
)

-- Stored in this order, so that reading the table from start to end gives sorted files without a sort.
select * from final
order by {{ aam_inbound.byte_order('data_source') }}, {{ aam_inbound.byte_order('user_id') }}
