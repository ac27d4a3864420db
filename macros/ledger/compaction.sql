{#- Statement: drops from aam_batch_records what nobody needs any more, so that it does not grow without bound.

    That is, of settled batches: users' lines beyond the first, users of whom a later committed batch says everything,
    and users of whom nothing is left; and all of abandoned batches. What was sent stays told by aam_files. -#}
{% macro compaction(inbound_batches) -%}
    {%- set records = aam_inbound.ledger_table('aam_batch_records') -%}
    {%- set events = aam_inbound.ledger_table('aam_batches') -%}
    delete from {{ records }}
    where
        -- not what the last build proposed: inbound_changes is a view of it
        batch_id <> (select coalesce(max(batch_id), '') from {{ events }} where event = 'proposed')
        and (
            batch_id in (select batch_id from {{ events }} where event = 'abandoned')
            or (
                batch_id in (select batch_id from {{ inbound_batches }} where is_settled)
                and (
                    line_number > 1
                    or (profile = '' and still_to_remove is null)
                    or exists (
                        select 1
                        from {{ records }} as newer
                        inner join {{ inbound_batches }} as batches on newer.batch_id = batches.batch_id
                        where
                            newer.batch_id > {{ records }}.batch_id
                            and newer.dpid = {{ records }}.dpid
                            and coalesce(newer.target_data_owner_dpid, '')
                            = coalesce({{ records }}.target_data_owner_dpid, '')
                            and newer.user_id = {{ records }}.user_id
                            and newer.line_number = 1
                            and batches.committed_at is not null
                    )
                )
            )
        )
{%- endmacro %}
