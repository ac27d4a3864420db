{{ config(materialized='view') }}

with id_sync_rows as (
    select * from {{ ref('id_sync_rows') }}
),

final as (
    select
        id_sync,
        file_prefix,
        dpids,
        {%- for number in aam_inbound.id_column_numbers(ref('id_sync_rows')) %}
        id_{{ number }},
        {%- endfor %}
        candidate_rows,
        reason,
        rule
    from id_sync_rows
    where reason is not null
)

select * from final
