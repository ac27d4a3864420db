{#- Statement: drops from aam_batch_id_syncs the rows of settled batches whose pair has a row in a later settled one,
    and all of abandoned batches. A pair's newest row stays: it says that the pair was sent, or is not wanted any
    more. -#}
{% macro id_sync_compaction(inbound_batches) -%}
    {%- set records = aam_inbound.ledger_table('aam_batch_id_syncs') -%}
    delete from {{ records }}
    where
        (
            batch_id in (select batch_id from {{ inbound_batches }} where is_settled)
            and exists (
                select 1
                from {{ records }} as newer
                inner join {{ inbound_batches }} as batches on newer.batch_id = batches.batch_id
                where
                    newer.batch_id > {{ records }}.batch_id
                    and newer.file_prefix = {{ records }}.file_prefix
                    and newer.dpids = {{ records }}.dpids
                    and newer.record = {{ records }}.record
                    and batches.is_settled
            )
        )
        or batch_id in (select batch_id from {{ aam_inbound.ledger_table('aam_batches') }} where event = 'abandoned')
{%- endmacro %}
