{#- On-run-end: compacts the ledger once it has more than twice as many rows as users, when this run has built what tells so. -#}
{% macro compact_grown_ledger() %}
    {%- set built = {} -%}
    {%- for result in results if result.status == 'success' -%}
        {%- do built.update({result.node.name: result.node.relation_name}) -%}
    {%- endfor -%}
    {%- if execute and flags.WHICH in ('build', 'run') and 'inbound_batches' in built and 'inbound_change_totals' in built -%}
        {%- set ledger_rows = run_query('select count(*) from ' ~ source('aam_ledger', 'aam_batch_records')).rows[0][0] -%}
        {%- set users = run_query('select sum(users_known) from ' ~ built['inbound_change_totals']).rows[0][0] or 0 -%}
        {%- if ledger_rows > 2 * users -%}
            {%- do run_query(compaction(built['inbound_batches'])) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
