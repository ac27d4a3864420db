{#- What a test of this package that is attached to nothing (tests/*.sql) found: a text a failing row, `data_source crm,
    reject_pct 12.5, …`. These tests return counts and names, and never an ID or a value of a person. -#}
{% macro failing_rows(result) -%}
    {%- set said = [] -%}
    {%- set node = result.node -%}
    {%- if node.package_name == 'aam_inbound' and node.resource_type == 'test' and not node.test_metadata -%}
        {%- if result.status in ('fail', 'warn') and node.compiled_code -%}
            {%- set rows = run_query(node.compiled_code) -%}
            {%- for row in rows.rows -%}
                {%- set cells = [] -%}
                {%- for name in rows.column_names -%}
                    {%- do cells.append(name ~ ' ' ~ (row[name] | round(3) if row[name] is number else row[name])) -%}
                {%- endfor -%}
                {%- do said.append(cells | join(', ')) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endif -%}
    {{ return(said) }}
{%- endmacro %}
