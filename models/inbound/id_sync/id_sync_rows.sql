{%- set numbers = aam_inbound.id_column_numbers(ref('id_sync_checked_rows')) -%}

with checked_rows as (
    select * from {{ ref('id_sync_checked_rows') }}
),

mapped_emails as (
    select
        row_key,
        first_dpid,
        id_1,
        id_2
    from checked_rows
    where
        reason is null
        and file_prefix = 'c2c_id'
),

-- Customers of more hashed e-mails than a batch may have (S7) keep those that come first by their bytes.
crowded as (
    select
        first_dpid,
        id_1
    from mapped_emails
    group by first_dpid, id_1
    having count(distinct id_2) > {{ aam_inbound.aam_max_emails_per_customer() }}
),

counted_emails as (
    select
        mapped_emails.row_key,
        dense_rank() over (
            partition by mapped_emails.first_dpid, mapped_emails.id_1
            order by {{ aam_inbound.byte_order('mapped_emails.id_2') }}
        ) as email_number
    from mapped_emails
    inner join crowded
        on
            mapped_emails.first_dpid = crowded.first_dpid
            and mapped_emails.id_1 = crowded.id_1
),

limited as (
    select
        checked_rows.*,
        coalesce(counted_emails.email_number > {{ aam_inbound.aam_max_emails_per_customer() }}, false) as is_over_limit
    from checked_rows
    left join counted_emails on checked_rows.row_key = counted_emails.row_key
),

ruled as (
    select
        *,
        {{ aam_inbound.reason_rule("case when is_over_limit then 'emails_over_limit' else reason end") }} as rule
    from limited
),

final as (
    select
        id_sync,
        file_prefix,
        dpids
        {%- for number in numbers %},
        case
            when is_over_limit and is_ambiguous then {{ aam_inbound.sha256_hex('id_' ~ number) }}
            else id_{{ number }}
        end as id_{{ number }}
        {%- endfor %},
        cast(candidate_rows as {{ dbt.type_bigint() }}) as candidate_rows,
        case when is_over_limit then 'emails_over_limit' else reason end as reason,
        rule
    from ruled
)

select * from final
