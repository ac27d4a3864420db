with due_users as (
    select * from {{ ref('inbound_due_users') }}
),

user_changes as (
    select * from {{ ref('inbound_user_changes') }}
),

unclearable as (
    select * from {{ ref('inbound_unclearable') }}
),

traits as (
    select * from {{ ref('input__aam_traits') }}
),

texts as (
    select
        data_source,
        user_id,
        case when comparison = 'new' then 'added' else 'refreshed' end as operation,
        desired as signals
    from due_users
    where comparison <> 'differs'
    union all
    select
        data_source,
        user_id,
        'added' as operation,
        added as signals
    from user_changes
    where is_sent
    union all
    select
        data_source,
        user_id,
        'refreshed' as operation,
        profile as signals
    from user_changes
    where
        is_sent
        and change = 'refresh'
    union all
    select
        data_source,
        user_id,
        'removed' as operation,
        case when sync_mode = 'overwrite' then taken_away else removed end as signals
    from user_changes
    where is_sent
    union all
    select
        data_source,
        user_id,
        'deferred' as operation,
        deferred as signals
    from user_changes
    union all
    select
        data_source,
        user_id,
        'unclearable' as operation,
        signals
    from unclearable
),

signals as (
    select
        data_source,
        user_id,
        operation,
        {{ aam_inbound.split_signals('signals') }} as signal
    from texts
    where signals <> ''
),

-- No user has a signal twice.
plain as (
    select
        data_source,
        operation,
        signal,
        count(*) as users
    from signals
    where signal not like '"%'
    group by data_source, operation, signal
),

-- A key of many values is one row, in which a user counts once.
by_key as (
    select distinct
        data_source,
        user_id,
        operation,
        substr(signal, 2, position('"="' in signal) - 2) as signal_key
    from signals
    where signal like '"%'
),

keys as (
    select
        data_source,
        operation,
        signal_key as signal,
        count(*) as users
    from by_key
    group by data_source, operation, signal_key
),

named as (
    select * from plain
    union all
    select * from keys
),

counted as (
    select
        data_source,
        signal
        {%- for operation in ['added', 'removed', 'refreshed', 'deferred', 'unclearable'] %},
        cast(
            sum(case when operation = '{{ operation }}' then users else 0 end) as {{ dbt.type_bigint() }}
        ) as users_{{ operation }}
        {%- endfor %}
    from named
    group by data_source, signal
),

final as (
    select
        counted.data_source,
        counted.signal,
        traits.trait_name,
        counted.users_added,
        counted.users_removed,
        counted.users_refreshed,
        counted.users_deferred,
        counted.users_unclearable
    from counted
    left join traits on counted.signal = 'd_sid=' || traits.trait_id
)

select * from final
