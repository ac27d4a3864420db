{#- On-run-end: compacts the ledger once it has more than twice as many rows as users, or as pairs of IDs, when this run has built what
    tells so. -#}
{% macro compact_grown_ledger() %}
    {%- set built = {} -%}
    {%- for result in results if result.status == 'success' -%}
        {%- do built.update({result.node.name: result.node.relation_name}) -%}
    {%- endfor -%}
    {%- if execute and flags.WHICH in ('build', 'run') and 'inbound_batches' in built and 'inbound_change_totals' in built -%}
        {%- set ledger_rows = run_query(
            'select count(*) from ' ~ aam_inbound.ledger_table('aam_batch_records')
            ~ ' where batch_id in (select batch_id from ' ~ built['inbound_batches'] ~ ')'
        ).rows[0][0] -%}
        {%- set users = run_query('select sum(users_known) from ' ~ built['inbound_change_totals']).rows[0][0] or 0 -%}
        {%- if ledger_rows > 2 * users -%}
            {%- do run_query(aam_inbound.compaction(built['inbound_batches'])) -%}
        {%- endif -%}
    {%- endif -%}
    {%- if execute and flags.WHICH in ('build', 'run') and 'inbound_batches' in built and 'id_sync_delivered' in built -%}
        {%- set pair_rows = run_query('select count(*) from ' ~ aam_inbound.ledger_table('aam_batch_id_syncs')).rows[0][0] -%}
        {%- set pairs = run_query('select count(*) from ' ~ built['id_sync_delivered']).rows[0][0] -%}
        {%- if pair_rows > 2 * pairs -%}
            {%- do run_query(aam_inbound.id_sync_compaction(built['inbound_batches'])) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
