{#- On-run-end: says how many rows inbound_rejects keeps out, by data source and reason, when this run has built it; and
    how to find where personal data comes from. -#}
{% macro report_rejects() %}
    {%- set built = results | selectattr('node.name', 'equalto', 'inbound_rejects')
        | selectattr('status', 'equalto', 'success') | map(attribute='node') | list -%}
    {%- if execute and flags.WHICH in ('build', 'run') and built -%}
        {%- set totals_sql -%}
            select
                coalesce(data_source, ''),
                reason,
                rule,
                count(*)
            from {{ built[0].relation_name }}
            group by 1, 2, 3
            order by 1, 4 desc, 2
        {%- endset -%}
        {%- set totals = run_query(totals_sql) -%}
        {%- set kept_out = totals.columns[3].values() | sum -%}
        {%- do log('Rows kept out (inbound_rejects; docs/rejects.md): ' ~ kept_out, info=true) -%}
        {%- for data_source, reason, rule, reject_rows in totals.rows -%}
            {%- set told = reject_rows ~ ' ' ~ reason ~ ' (' ~ rule ~ ')' -%}
            {%- do log('  ' ~ (data_source or '(none)') ~ ': ' ~ told, info=true) -%}
        {%- endfor -%}
        {%- if 'P1' in totals.rows | map(attribute=2) -%}
            {%- do log(
                'Personal data was kept out. `aam-export lineage` prints the way of a tagged column into what is sent.',
                info=true
            ) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
