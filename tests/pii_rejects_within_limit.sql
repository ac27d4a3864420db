{#- What: no more rows are kept out as personal data (P1) than the var `aam_max_pii_rejects` allows (0 by default).
    Why: the row was caught, but what made it is still there, and the next one may look like nothing that can be caught.
    How to mend: each failing row says data source, reason and rows. Find the rows by comparing sha256_hex of the ID, or
    the value, in the signals model with inbound_rejects, and take the personal data out of that model.
    `aam-export lineage` prints the way of a tagged column into what is sent.
    Numbers of a kind of which it was decided in a data source to keep them out (var `aam_shape_decisions_model`) do not
    count. -#}
with decided as (
    select distinct
        data_source,
        'pii_' || kind as reason
    from {{ ref('input__aam_shape_decisions_model') }}
    where decision = 'keep_out'
),

rejects as (
    select
        kept_out.signal_model,
        kept_out.data_source,
        kept_out.reason,
        kept_out.rule,
        count(*) as reject_rows
    from {{ ref('inbound_rejects') }} as kept_out
    left join decided
        on
            kept_out.data_source = decided.data_source
            and kept_out.reason = decided.reason
    where
        kept_out.rule = 'P1'
        and decided.reason is null
    group by kept_out.signal_model, kept_out.data_source, kept_out.reason, kept_out.rule
),

totals as (
    select
        *,
        sum(reject_rows) over () as all_pii_rows
    from rejects
)

select * from totals
where all_pii_rows > {{ var('aam_max_pii_rejects', 0) }}
