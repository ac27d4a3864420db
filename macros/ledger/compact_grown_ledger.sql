{#- On-run-end: compacts the ledger once it has more than twice as many rows as users, or as pairs of IDs, when this run
    has built what tells so. -#}
{% macro compact_grown_ledger() %}
    {%- set is_build = execute and flags.WHICH in ('build', 'run') -%}
    {%- set built = {} -%}
    {%- for result in results if result.status == 'success' -%}
        {%- do built.update({result.node.name: result.node.relation_name}) -%}
    {%- endfor -%}
    {%- if is_build and 'inbound_batches' in built and 'inbound_change_totals' in built -%}
        {%- set sizes_sql -%}
            select
                (
                    select count(*) from {{ aam_inbound.ledger_table('aam_batch_records') }}
                    where batch_id in (select batch_id from {{ built['inbound_batches'] }})
                ),
                (select sum(users_known + users_unclearable) from {{ built['inbound_change_totals'] }})
        {%- endset -%}
        {%- set ledger_rows, users = run_query(sizes_sql).rows[0] -%}
        {%- if ledger_rows > 2 * (users or 0) -%}
            {%- do run_query(aam_inbound.compaction(built['inbound_batches'])) -%}
        {%- endif -%}
    {%- endif -%}
    {%- if is_build and 'inbound_batches' in built and 'id_sync_delivered' in built -%}
        {%- set sizes_sql -%}
            select
                (select count(*) from {{ aam_inbound.ledger_table('aam_batch_id_syncs') }}),
                (select count(*) from {{ built['id_sync_delivered'] }})
        {%- endset -%}
        {%- set pair_rows, pairs = run_query(sizes_sql).rows[0] -%}
        {%- if pair_rows > 2 * pairs -%}
            {%- do run_query(aam_inbound.id_sync_compaction(built['inbound_batches'])) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
