{#- On-run-start: writes down what of all that is behind the drop this invocation is about to build. Until it says how
    that ended, nobody can know what stands in the warehouse: should it be killed, what an earlier invocation proved
    holds no more. -#}
{% macro begin_proof() %}
    {%- if aam_inbound.builds_or_tests() and flags.WHICH != 'test' -%}
        {%- set rows = [] -%}
        {%- for unique_id in aam_inbound.nodes_behind_the_drop() if unique_id in selected_resources -%}
            {%- do rows.append({
                'invocation_id': invocation_id,
                'event': 'began',
                'event_at': run_started_at.strftime('%Y-%m-%d %H:%M:%S.%f'),
                'node_id': unique_id,
                'node_kind': unique_id.split('.')[0],
            }) -%}
        {%- endfor -%}
        {%- do aam_inbound.append_proofs(rows) -%}
    {%- endif -%}
{% endmacro %}
