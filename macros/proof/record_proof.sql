{#- On-run-end: writes down how this invocation ended for each node behind the drop: status, times, and of which code
    that holds. The gate of aam-export asks these rows what may leave, and nothing else. -#}
{% macro record_proof() %}
    {%- if aam_inbound.builds_or_tests() -%}
        {%- set behind = aam_inbound.nodes_behind_the_drop() -%}
        {%- set nodes = graph.nodes -%}
        {%- set codes = {} -%}
        {%- set macros_hashes = {} -%}
        {%- set rows = [] -%}
        {%- set told = [] -%}
        {%- set shared = {
            'invocation_id': invocation_id,
            'event': 'ended',
            'event_at': run_started_at.strftime('%Y-%m-%d %H:%M:%S.%f'),
            'profile_name': target.profile_name,
            'target_name': target.name,
            'part_of_data': aam_inbound.part_of_the_data(),
        } -%}
        {%- for result in results if aam_inbound.is_behind_the_drop(result.node, behind) -%}
            {%- set node = result.node -%}
            {%- set known = nodes.get(node.unique_id) -%}
            {%- set facts = dict(shared) -%}
            {%- do facts.update({
                'node_id': node.unique_id,
                'node_kind': node.resource_type | string,
                'status': result.status | string,
                'message': aam_inbound.failing_rows(result)[:5] | join('; '),
            }) -%}
            {%- for timing in result.timing if timing.name == 'execute' and timing.completed_at -%}
                {%- do facts.update({
                    'started_at': aam_inbound.moment(timing.started_at),
                    'ended_at': aam_inbound.moment(timing.completed_at),
                }) -%}
            {%- endfor -%}
            {%- if known -%}
                {#- Nodes that use the same macros, as tests of one rule do, share a hash, which takes long to find. #}
                {%- set used = known.depends_on.macros | sort | join(' ') -%}
                {%- if used not in macros_hashes -%}
                    {%- do macros_hashes.update({used: aam_inbound.macros_hash(known)}) -%}
                {%- endif -%}
                {%- do facts.update({
                    'relation_name': known.relation_name,
                    'code_hash': aam_inbound.code_hash(known),
                    'macros_hash': macros_hashes[used],
                }) -%}
            {%- endif -%}
            {%- if node.resource_type == 'model' and node.compiled_code -%}
                {%- set code = node.compiled_code | replace(aam_inbound.aam_now(), 'current_timestamp') -%}
                {%- do codes.update({local_md5(code): code}) -%}
                {%- do facts.update({'compiled_hash': local_md5(code)}) -%}
            {%- endif -%}
            {%- do rows.append(facts) -%}
            {%- do told.append(node.unique_id) -%}
        {%- endfor -%}
        {#- What was selected and not reached, as with --fail-fast, was not touched. -#}
        {%- for unique_id in behind if unique_id in selected_resources and unique_id not in told -%}
            {%- set facts = dict(shared) -%}
            {%- do facts.update({'node_id': unique_id, 'node_kind': unique_id.split('.')[0], 'status': 'skipped'}) -%}
            {%- do rows.append(facts) -%}
        {%- endfor -%}
        {%- do aam_inbound.keep_proved_code(codes) -%}
        {%- do aam_inbound.append_proofs(rows) -%}
    {%- endif -%}
{% endmacro %}
