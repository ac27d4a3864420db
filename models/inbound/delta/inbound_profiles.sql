with signals as (
    select * from {{ ref('inbound_signals') }}
),
{% if var('aam_hold_unsynced', false) %}
on_hold as (
    select * from {{ ref('inbound_users_on_hold') }}
),
{% endif %}
final as (
    select
        signals.data_source,
        signals.user_id,
        {{ aam_inbound.joined_signals('signals.signal') }} as profile
    from signals
    {%- if var('aam_hold_unsynced', false) %}
    left join on_hold
        on
            signals.data_source = on_hold.data_source
            and signals.user_id = on_hold.user_id
    where on_hold.user_id is null
    {%- endif %}
    group by signals.data_source, signals.user_id
)

-- Stored in this order, so that reading the table from start to end gives sorted files without a sort.
select * from final
order by {{ aam_inbound.byte_order('data_source') }}, {{ aam_inbound.byte_order('user_id') }}
