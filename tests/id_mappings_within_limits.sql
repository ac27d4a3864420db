{#- What: no customer ID is mapped to more than 100 device IDs of a kind, no device ID to more than 10 customer IDs,
    no customer ID to more than 10 hashed e-mails (M8). A warning: its number is how many IDs are over.
    Why: AAM keeps no more than that, and does not say which.
    How to mend: each failing row says the ID synchronisation, the limit, how many IDs are over it and the most that
    one has. An ID of so many is seldom one person's: a shop's tablet, a test account, a placeholder that nobody
    listed. -#}
{{ config(severity='warn', fail_calc='coalesce(sum(ids_over), 0)') }}
{%- set devices = "('" ~ aam_inbound.device_id_types() | join("', '") ~ "')" %}

with mappings as (
    select * from {{ ref('id_sync_mappings') }}
),

counted as (
    select
        id_sync,
        from_type,
        to_type,
        from_id,
        count(distinct to_id) as mapped_ids
    from mappings
    group by id_sync, from_column_number, to_column_number, from_type, to_type, from_id
),

limited as (
    select
        *,
        case
            when from_type = 'dpuuid' and to_type in {{ devices }} then 100
            when from_type in {{ devices }} and to_type = 'dpuuid' then 10
            when from_type = 'dpuuid' and to_type = 'hashed_email' then {{ aam_inbound.aam_max_emails_per_customer() }}
        end as most
    from counted
)

select
    id_sync,
    'M8' as rule,
    from_type,
    to_type,
    most,
    count(*) as ids_over,
    max(mapped_ids) as most_found
from limited
where mapped_ids > most
group by id_sync, from_type, to_type, most
