{#- What: no more rows are kept out as personal data (P1) than the var `aam_max_pii_rejects` allows (0 by default).
    Why: the row was caught, but what made it is still there, and the next one may look like nothing that can be caught.
    How to mend: each failing row says data source, reason and rows. Find the rows by comparing sha256_hex of the ID, or
    the value, in the signals model with inbound_rejects, and take the personal data out of that model.
    `aam-export lineage` prints the way of a tagged column into what is sent. -#}
with rejects as (
    select
        signal_model,
        data_source,
        reason,
        rule,
        count(*) as reject_rows
    from {{ ref('inbound_rejects') }}
    where rule = 'P1'
    group by signal_model, data_source, reason, rule
),

totals as (
    select
        *,
        sum(reject_rows) over () as all_pii_rows
    from rejects
)

select * from totals
where all_pii_rows > {{ var('aam_max_pii_rejects', 0) }}
