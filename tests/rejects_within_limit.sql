{#- What: in no data source are more rows kept out than the var `aam_max_reject_pct` allows (percent; 1 by default).
    Rows of opted-out people and older values are kept out as they should be, and do not count.
    Why: a few bad rows are data, many are a bug upstream, and AAM would be as silent about the users who are missing as
    about bad rows.
    How to mend: each failing row says data source, reason and rows; docs/rejects.md says what to do about each
    reason. -#}
with rejects as (
    select
        coalesce(data_source, '') as data_source,
        reason,
        rule,
        count(*) as reject_rows
    from {{ ref('inbound_rejects') }}
    where
        rule <> 'P2'
        and reason <> 'older_value'
    group by coalesce(data_source, ''), reason, rule
),

candidates as (
    select
        data_source,
        sum(candidate_rows) as candidate_rows
    from {{ ref('inbound_checked_ids') }}
    group by data_source
),

shares as (
    select
        rejects.*,
        candidates.candidate_rows,
        100.0 * sum(rejects.reject_rows) over (partition by rejects.data_source)
        / coalesce(candidates.candidate_rows, rejects.reject_rows) as reject_pct
    from rejects
    left join candidates on rejects.data_source = candidates.data_source
)

select * from shares
where reject_pct > {{ var('aam_max_reject_pct', 1) }}
