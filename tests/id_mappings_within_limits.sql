{#- What: no customer ID is mapped to more than 100 device IDs of a kind, no device ID to more than 10 customer IDs,
    no customer ID to more than 10 hashed e-mails (M8). A warning: its number is how many IDs are over.
    Why: AAM keeps no more than that, and does not say which.
    How to mend: each failing row says the ID synchronisation, the limit, how many IDs are over it and the most that
    one has. An ID of so many is seldom one person's: a shop's tablet, a test account, a placeholder that nobody
    listed. -#}
{{ config(severity='warn', fail_calc='coalesce(sum(ids_over), 0)') }}
{%- set numbers = aam_inbound.id_column_numbers(ref('id_sync_rows')) -%}
{%- set devices = "('" ~ aam_inbound.device_id_types() | join("', '") ~ "')" %}

with id_sync_rows as (
    select * from {{ ref('id_sync_rows') }}
    where reason is null
),

id_sync_columns as (
    select * from {{ ref('id_sync_columns') }}
),

mappings as (
    {%- for number in numbers %}
        {%- set outer = loop %}
        {%- for other in numbers if other != number %}
    select
        id_sync_rows.id_sync,
        from_columns.id_type as from_type,
        to_columns.id_type as to_type,
        id_sync_rows.id_{{ number }} as from_id,
        count(distinct id_sync_rows.id_{{ other }}) as mapped_ids
    from id_sync_rows
    inner join id_sync_columns as from_columns
        on
            id_sync_rows.id_sync = from_columns.id_sync
            and from_columns.column_number = {{ number }}
    inner join id_sync_columns as to_columns
        on
            id_sync_rows.id_sync = to_columns.id_sync
            and to_columns.column_number = {{ other }}
    group by id_sync_rows.id_sync, from_columns.id_type, to_columns.id_type, id_sync_rows.id_{{ number }}
            {%- if not (outer.last and loop.last) %}
    union all
            {%- endif %}
        {%- endfor %}
    {%- endfor %}
),

limited as (
    select
        *,
        case
            when from_type = 'dpuuid' and to_type in {{ devices }} then 100
            when from_type in {{ devices }} and to_type = 'dpuuid' then 10
            when from_type = 'dpuuid' and to_type = 'hashed_email' then {{ aam_inbound.aam_max_emails_per_customer() }}
        end as most
    from mappings
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
