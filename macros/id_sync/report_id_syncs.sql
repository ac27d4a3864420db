{#- On-run-end: says what this run found about ID synchronisations: how many pairs, what is kept out and why, identity
    collisions. -#}
{% macro report_id_syncs() %}
    {%- if execute and flags.WHICH in ('build', 'run', 'test') -%}
        {%- set built = {} -%}
        {%- set told = ('id_sync_rows', 'id_sync_collisions') -%}
        {%- for result in results if result.node.name in told and result.status == 'success' -%}
            {%- do built.update({result.node.name: result.node.relation_name}) -%}
        {%- endfor -%}
        {%- if 'id_sync_rows' in built -%}
            {%- set totals_sql -%}
                select
                    id_sync,
                    reason,
                    rule,
                    sum(candidate_rows),
                    count(*)
                from {{ built['id_sync_rows'] }}
                group by 1, 2, 3
                order by 1, case when reason is null then 0 else 1 end, 4 desc, 2
            {%- endset -%}
            {%- set totals = run_query(totals_sql).rows -%}
            {%- do log('ID synchronisations (id_sync_rows; docs/id_sync.md):', info=true) if totals -%}
            {%- for id_sync, reason, rule, candidate_rows, pairs in totals -%}
                {%- set kept_out = candidate_rows ~ ' kept out: ' ~ reason ~ ' (' ~ rule ~ ')' -%}
                {%- do log('  ' ~ id_sync ~ ': ' ~ (pairs ~ ' pairs' if reason is none else kept_out), info=true) -%}
            {%- endfor -%}
        {%- endif -%}
        {%- if 'id_sync_collisions' in built -%}
            {%- set collisions_sql -%}
                select
                    id_sync,
                    id_type,
                    count(*)
                from {{ built['id_sync_collisions'] }}
                group by 1, 2
                order by 1, 2
            {%- endset -%}
            {%- for id_sync, id_type, ids in run_query(collisions_sql).rows -%}
                {%- do log(
                    '  ' ~ id_sync ~ ': ' ~ ids ~ ' IDs of type ' ~ id_type
                    ~ ' are mapped to several people (id_sync_collisions)',
                    info=true
                ) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
