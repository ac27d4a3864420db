with signals as (
    select * from {{ ref('inbound_signals') }}
),
{% if var('aam_hold_unsynced', false) %}
held as (
    select * from {{ ref('inbound_held') }}
),
{% endif %}
final as (
    select
        signals.data_source,
        signals.user_id,
        {{ aam_inbound.joined_signals('signals.signal') }} as profile
    from signals
    {%- if var('aam_hold_unsynced', false) %}
    left join held
        on
            signals.data_source = held.data_source
            and signals.user_id = held.user_id
    where held.user_id is null
    {%- endif %}
    group by signals.data_source, signals.user_id
)

-- Stored in this order, so that reading the table from start to end gives sorted files without a sort.
select * from final
order by {{ aam_inbound.byte_order('data_source') }}, {{ aam_inbound.byte_order('user_id') }}
