{#- A hash of a node's code as the project has it: its SQL and, of a test, what it is told and what makes it fail. Not
    of compiled SQL, in which the time of the build stands, and which dbt does not have after every command. `node` is
    of the graph. proof/code.py computes the same from manifest.json. -#}
{% macro code_hash(node) -%}
    {%- set parts = [node.raw_code or ''] -%}
    {%- if node.resource_type == 'test' -%}
        {%- do parts.append(tojson((node.get('test_metadata') or {}).get('kwargs') or {}, sort_keys=true)) -%}
        {%- for option in ['where', 'severity', 'warn_if', 'error_if', 'fail_calc', 'limit'] -%}
            {%- do parts.append(node.config.get(option) | string) -%}
        {%- endfor -%}
    {%- elif node.resource_type == 'model' -%}
        {%- do parts.append(node.config.get('materialized') | string) -%}
    {%- endif -%}
    {{ return(local_md5(parts | join('\n'))) }}
{%- endmacro %}
