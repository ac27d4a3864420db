with profiles as (
    select * from {{ ref('inbound_profiles') }}
),

due_users as (
    select * from {{ ref('inbound_due_users') }}
),

user_changes as (
    select * from {{ ref('inbound_user_changes') }}
),

unclearable as (
    select * from {{ ref('inbound_unclearable') }}
),

changes as (
    select * from {{ ref('inbound_changes') }}
    where line_number = 1
),

batches as (
    select * from {{ ref('inbound_batches') }}
),

data_sources as (
    select * from {{ ref('input__aam_data_sources') }}
),

base as (
    select coalesce(max(batch_id), '') as base_batch_id from batches
),

desired as (
    select
        data_source,
        count(*) as users_desired
    from profiles
    group by data_source
),

moved as (
    select
        data_source,
        sum(case when delivered = '' and desired <> '' then 1 else 0 end) as users_gained,
        sum(case when delivered <> '' and desired = '' then 1 else 0 end) as users_lost
    from due_users
    group by data_source
),

waiting as (
    select
        data_source,
        -- who gets another value in the place of the old one loses nothing
        sum(
            case when is_sent and is_loss and added is null and deferred is null then 1 else 0 end
        ) as users_losing,
        sum(case when deferred is not null then 1 else 0 end) as users_deferred
    from user_changes
    group by data_source
),

stuck as (
    select
        data_source,
        count(*) as users_unclearable
    from unclearable
    group by data_source
),

sent as (
    select
        data_source,
        sum(case when change = 'new' then 1 else 0 end) as users_new,
        sum(case when change = 'changed' then 1 else 0 end) as users_changed,
        sum(case when change = 'removed' then 1 else 0 end) as users_removed,
        sum(case when change = 'refresh' then 1 else 0 end) as users_refreshed
    from changes
    group by data_source
),

all_sources as (
    select data_source from data_sources
    union
    select data_source from moved
),

counted as (
    select
        all_sources.data_source,
        base.base_batch_id,
        coalesce(desired.users_desired, 0) as users_desired,
        coalesce(desired.users_desired, 0) - coalesce(moved.users_gained, 0) + coalesce(moved.users_lost, 0)
            as users_known,
        coalesce(moved.users_lost, 0) as users_lost,
        coalesce(waiting.users_losing, 0) as users_losing,
        coalesce(sent.users_new, 0) as users_new,
        coalesce(sent.users_changed, 0) as users_changed,
        coalesce(sent.users_removed, 0) as users_removed,
        coalesce(sent.users_refreshed, 0) as users_refreshed,
        coalesce(waiting.users_deferred, 0) as users_deferred,
        coalesce(stuck.users_unclearable, 0) as users_unclearable
    from all_sources
    cross join base
    left join desired on all_sources.data_source = desired.data_source
    left join moved on all_sources.data_source = moved.data_source
    left join waiting on all_sources.data_source = waiting.data_source
    left join stuck on all_sources.data_source = stuck.data_source
    left join sent on all_sources.data_source = sent.data_source
),

final as (
    select
        data_source,
        base_batch_id
        {%- for column in [
            'users_desired', 'users_known', 'users_lost', 'users_losing', 'users_new', 'users_changed', 'users_removed',
            'users_refreshed', 'users_deferred', 'users_unclearable',
        ] %},
        cast({{ column }} as {{ dbt.type_bigint() }}) as {{ column }}
        {%- endfor %}
    from counted
)

select * from final
