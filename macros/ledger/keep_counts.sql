{#- On-run-end: writes down what this build counted, a row a number, under the batch that it proposed, so that a
    report can tell how numbers moved when no row of those days is left. Counts of batches that nobody opened are
    withdrawn. -#}
{% macro keep_counts() %}
    {%- set built = {} -%}
    {%- for result in results if result.status == 'success' -%}
        {%- do built.update({result.node.name: result.node.relation_name}) -%}
    {%- endfor -%}
    {%- if execute and flags.WHICH in ('build', 'run') and 'inbound_changes' in built -%}
        {%- set models = {} -%}
        {%- for node in graph.nodes.values()
            if node.package_name == 'aam_inbound' and node.name in aam_inbound.counted_models() -%}
            {%- set found = adapter.get_relation(node.database, node.schema, node.alias) -%}
            {%- if found is not none -%}
                {%- do models.update({node.name: found}) -%}
            {%- endif -%}
        {%- endfor -%}
        {#- A scheduler that builds a node at a time may not have come to all of them, the first time. -#}
        {%- if models | length == aam_inbound.counted_models() | length -%}
            {%- set counts = aam_inbound.ledger_table('aam_batch_counts') -%}
            {%- set events = aam_inbound.ledger_table('aam_batches') -%}
            {%- set batch_sql -%}
                select max(batch_id) from {{ events }} where event = 'proposed'
            {%- endset -%}
            {%- set batch_id = run_query(batch_sql).rows[0][0] -%}
            {%- set withdraw -%}
                delete from {{ counts }}
                where
                    batch_id = '{{ batch_id }}'
                    or batch_id not in (select batch_id from {{ events }} where event = 'opened')
            {%- endset -%}
            {%- set keep -%}
                insert into {{ counts }} (batch_id, data_source, measure, item, counted)
                select '{{ batch_id }}' as batch_id, data_source, measure, item, counted
                from ({{ aam_inbound.build_counts(models) }}) as build_counts
            {%- endset -%}
            {%- do run_query(withdraw) -%}
            {%- do run_query(keep) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
