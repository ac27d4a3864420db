{{ config(enabled=var('aam_feedback', false), severity='warn', fail_calc='coalesce(sum(rejected_rows), 0)') }}
{#- What: every row of every outbound delivery was read (O14, O36). A warning: its number is how many were not.
    Why: who is in no row that was read may be in one that was refused. So nothing follows from who is missing from such
    a full delivery (O32, O35), and memberships last until one comes of which all was read.
    How to mend: each failing row says destination, delivery and how many rows were refused; segment_rejects has the
    lines and reasons. Many with row_does_not_fit are a row_template, or header_lines, that is another than Adobe's:
    correct it in aam_destinations, and build stg_aam__outbound_rows anew (docs/feedback.md). -#}

with deliveries as (
    select * from {{ ref('segment_deliveries') }}
)

select
    destination_id,
    delivery,
    user_rows,
    rejected_rows
from deliveries
where rejected_rows > 0
