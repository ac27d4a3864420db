with signals as (
    select * from {{ ref('inbound_signals') }}
),

final as (
    select
        data_source,
        user_id,
        {{ sorted_join('signal', 'chr(10)') }} as profile
    from signals
    group by data_source, user_id
)

-- Stored in this order, so that reading the table from start to end gives sorted files without a sort.
select * from final
order by {{ byte_order('data_source') }}, {{ byte_order('user_id') }}
