{#- What: in no ID synchronisation are more rows kept out than the var `aam_max_reject_pct` allows (percent; 1 by
    default), none because its first column holds no device ID (U6), and none more as personal data (P1) than the var
    `aam_max_pii_rejects` allows (0 by default). Rows of opted-out people are kept out as they should be, and do not
    count.
    Why: a few bad rows are data, many are a bug upstream; customer IDs in the place of device IDs are columns in the
    wrong order.
    How to mend: each failing row says ID synchronisation, reason, rule and rows; docs/rejects.md says what to do
    about each reason, and id_sync_rejects has the rows. -#}
with id_sync_rows as (
    select * from {{ ref('id_sync_rows') }}
),

totals as (
    select
        id_sync,
        sum(candidate_rows) as all_rows,
        sum(case when rule <> 'P2' then candidate_rows else 0 end) as rows_kept_out
    from id_sync_rows
    group by id_sync
),

rejects as (
    select
        id_sync,
        reason,
        rule,
        sum(candidate_rows) as reject_rows
    from id_sync_rows
    where rule <> 'P2'
    group by id_sync, reason, rule
),

judged as (
    select
        rejects.*,
        100.0 * totals.rows_kept_out / totals.all_rows as reject_pct,
        sum(case when rejects.rule = 'P1' then rejects.reject_rows else 0 end) over () as all_pii_rows
    from rejects
    inner join totals on rejects.id_sync = totals.id_sync
)

select * from judged
where
    reject_pct > {{ var('aam_max_reject_pct', 1) }}
    or rule = 'U6'
    or (rule = 'P1' and all_pii_rows > {{ var('aam_max_pii_rejects', 0) }})
-- The first of them are printed: what fails whatever its share comes first.
order by
    case rule when 'U6' then 0 when 'P1' then 1 else 2 end asc,
    reject_rows desc,
    id_sync asc,
    reason asc
