with ids as (
    select
        data_source,
        user_id,
        ambiguous_kind,
        {{ aam_inbound.loose_id(
            'user_id', aam_inbound.regexp_full_match('user_id', '[A-Za-z0-9_-]+')
        ) }} as loose_id
    from {{ ref('inbound_checked_ids') }}
    where reason is null
),

twins as (
    select
        data_source,
        loose_id,
        count(*) as spellings,
        -- What may be a person's number is no example to show.
        case when count(ambiguous_kind) = 0 then min(user_id) end as first_id,
        case when count(ambiguous_kind) = 0 then max(user_id) end as last_id
    from ids
    group by data_source, loose_id
    having count(*) > 1
),

final as (
    select
        data_source,
        cast(count(*) as bigint) as people,
        cast(sum(spellings) as bigint) as ids,
        min(first_id || ' / ' || last_id) as example
    from twins
    group by data_source
)

select * from final
